"""The one Provider the rest of the house sees: a model's name in, the right service asked."""

import contextlib
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, asynccontextmanager
from importlib import import_module
from pathlib import Path

from msgspec.structs import replace

from opencode.config.schema import ModelSection, Settings
from opencode.core.delta import Delta
from opencode.core.error import ProviderError, RequestRefused, UsageError
from opencode.core.provider import ModelInfo, ModelRequest, Provider
from opencode.providers import local
from opencode.providers.choose import (
    BUILT_IN,
    Choice,
    can_ask,
    choose,
    offered,
    unknown_model,
)
from opencode.providers.facts import Entry, Facts, Prices, overlay
from opencode.providers.frames import Clocks, Route
from opencode.providers.keys import (
    Secrets,
    find_address,
    find_key,
    is_near,
    key_variable,
    missing_key,
    needs_key,
)
from opencode.providers.launch import is_private, keep_seconds
from opencode.providers.remote import Remote
from opencode.providers.retry import retried

_LOCAL_PATIENCE = 5
"""Times longer to the first word: a model on this machine may have to be loaded first."""
_FREE = Prices(0.0, 0.0, 0.0, 0.0)


class Router:
    """Every provider as one. `start` it while the prompt is read; see core.provider.Provider."""

    def __init__(
        self, settings: Settings, secrets: Secrets, env: Mapping[str, str], remote: Remote
    ) -> None:
        self._settings = settings
        self._secrets, self._env, self._remote = secrets, env, remote
        self._facts = Facts()
        self._local: dict[str, local.LocalModel | None] = {}
        self._built_in: dict[str, Provider] = {}

    async def start(self, model: str) -> None:
        """Have the worker ready for `model`; nothing happens for models that need none."""
        if model.partition("/")[0] not in BUILT_IN:
            await self._remote.start()

    async def stream(self, request: ModelRequest) -> AsyncGenerator[Delta]:
        """See core.provider.Provider: the answer, with errors that may pass tried again."""
        if (built_in := self._keyless(request.model)) is not None:
            async for delta in built_in.stream(request):
                yield delta
            return
        try:
            route = await self.route(request)
        except UsageError as error:
            raise RequestRefused(error.message, hint=error.hint) from error
        attempts = retried(lambda: self._remote.stream(route, request), self._settings.clocks)
        async with aclosing(attempts) as deltas:
            async for delta in deltas:
                yield delta

    async def models(self) -> list[ModelInfo]:
        """Every model that can be asked right now; the keyless rules last."""
        found: dict[str, ModelInfo] = {}
        for row, section in offered(self._settings):
            if not can_ask(row, section, self._env, self._secrets):
                continue
            names = [section.model, *section.models]
            if row.facts:
                names.extend(self._facts.names(row.facts))
            if row.local:
                names.extend(await local.installed(find_address(row, section, self._env)))
            for name in filter(None, names):
                choice = Choice(row, section, name)
                found.setdefault(choice.name, self._describe(choice, None))
        rules = await self._provider("offline/rules").models()
        return [*found.values(), *rules]

    async def info(self, model: str) -> ModelInfo:
        """What is known of one model; UsageError with the nearest names when there is none."""
        if (built_in := self._keyless(model)) is not None:
            return await built_in.info(model)
        choice = choose(self._settings, model, self._facts)
        if error := unknown_model(choice, self._facts):
            raise error
        return self._describe(choice, await self._look(choice))

    async def route(self, request: ModelRequest) -> Route:
        """How `request` will be sent. AuthError without a key, UsageError without a provider."""
        choice = choose(self._settings, request.model, self._facts)
        if error := unknown_model(choice, self._facts):
            raise error
        row, section = choice.row, choice.section
        address = find_address(row, section, self._env)
        key = find_key(row, section, self._env, self._secrets)
        if key is None and needs_key(row, section, address):
            raise missing_key(row, section)
        model = section.models.get(choice.model, ModelSection())
        entry = self._entry(choice)
        info = self._describe(choice, await self._look(choice))
        wanted = request.effort or section.effort
        options = {**section.options, **model.options}
        if row.local and info.window:
            options.setdefault("num_ctx", info.window)
        near = row.local or is_near(address)
        return Route(
            model=row.prefix + choice.model,
            provider=section.name or row.name,
            id=row.id,
            api_key=key or "",
            key_env=key_variable(row, section),
            base_url=address,
            headers=section.headers,
            options=options,
            prices=self._prices(choice, info),
            clocks=self._clocks(_LOCAL_PATIENCE if near else 1),
            effort=entry.effort(wanted) if entry and wanted else wanted,
            temperature=section.temperature if request.temperature is None else request.temperature,
            max_tokens=request.max_tokens or section.max_tokens,
            markers=row.markers,
            thinks=row.thinks,
            affinity=row.affinity and not address,
        )

    def _clocks(self, patience: int) -> Clocks:
        clocks = self._settings.clocks
        return Clocks(clocks.connect, clocks.first_event * patience, clocks.between_events)

    def _entry(self, choice: Choice) -> Entry | None:
        return self._facts.entry(choice.row.facts, choice.model) if choice.row.facts else None

    def _prices(self, choice: Choice, info: ModelInfo) -> Prices:
        section = choice.section.models.get(choice.model)
        entry = self._entry(choice)
        if entry and (section is None or section.input_price is None):
            return entry.prices()
        return Prices(
            info.input_price, info.output_price, info.cache_read_price, info.cache_write_price
        )

    def _describe(self, choice: Choice, seen: local.LocalModel | None) -> ModelInfo:
        entry = self._entry(choice)
        info = entry.info(choice.name) if entry else ModelInfo(choice.name)
        if choice.row.local:
            info = replace(
                info,
                input_price=_FREE.input,
                output_price=_FREE.output,
                cache_read_price=_FREE.cache_read,
                cache_write_price=_FREE.cache_write,
            )
        if seen:
            info = replace(
                info,
                window=seen.window,
                can_call_tools=seen.can_call_tools,
                can_see=seen.can_see,
                can_reason=seen.can_reason,
            )
        section = choice.section.models.get(choice.model)
        return overlay(info, section) if section else info

    async def _look(self, choice: Choice) -> local.LocalModel | None:
        if not choice.row.local:
            return None
        if choice.name not in self._local:
            address = find_address(choice.row, choice.section, self._env)
            self._local[choice.name] = await local.details(address, choice.model)
        return self._local[choice.name]

    def _keyless(self, model: str) -> Provider | None:
        return self._provider(model) if model.partition("/")[0] in BUILT_IN else None

    def _provider(self, model: str) -> Provider:
        kind, _, rest = model.partition("/")
        name = kind if kind == "offline" else model
        if name not in self._built_in:
            module = import_module(f"opencode.providers.{kind}")
            made = (
                module.OfflineProvider()
                if kind == "offline"
                else module.ScriptedProvider(Path(rest))
            )
            self._built_in[name] = made
        return self._built_in[name]


@asynccontextmanager
async def open_provider(
    settings: Settings, secrets: Secrets, env: Mapping[str, str], runtime: Path
) -> AsyncGenerator[Router]:
    """Every provider of the settings, until the block ends.

    `secrets` looks a stored key up by the provider's id; `env` is the environment keys and
    addresses are read from; `runtime` is where the worker's socket may lie, made if need be.
    Nothing is started before `start` or the first request."""
    folder = runtime if is_private(runtime) else None
    remote = Remote(folder, keep_seconds(settings.worker.keep), env)
    try:
        yield Router(settings, secrets, env, remote)
    finally:
        with contextlib.suppress(ProviderError):
            await remote.close()
