"""The one Provider the rest of the house sees: a model's name in, the right service asked."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from importlib import import_module
from pathlib import Path

from msgspec.structs import replace

from opencode.config.schema import Settings
from opencode.core.delta import Delta
from opencode.core.error import AuthError, ProviderError, RequestRefused, UsageError
from opencode.core.provider import ModelInfo, ModelRequest, Provider
from opencode.providers import keyless
from opencode.providers.choose import (
    BUILT_IN,
    Choice,
    can_ask,
    choose,
    unknown_model,
)
from opencode.providers.copilot import Copilot
from opencode.providers.errors import unheard
from opencode.providers.keys import (
    Access,
    Secrets,
    find_access,
    has_credentials,
    is_near,
    key_variable,
)
from opencode.providers.knobs import Turned, knobs_of
from opencode.providers.local.servers import look_whether_somebody_listens
from opencode.providers.local.weights import Weights, window_in
from opencode.providers.models import OLLAMA, Models
from opencode.providers.retry import retried
from opencode.providers.wire.wire import (
    as_let_in,
    check_library,
    echoes,
    habits,
    own_options,
    seals,
    wire_name,
)
from opencode.providers.worker.frames import Clocks, Route
from opencode.providers.worker.launch import is_private, keep_seconds
from opencode.providers.worker.remote import Remote

_LOCAL_PATIENCE = 5
"""Times longer to the first word: a model on this machine may have to be loaded first."""


class Router:
    """Every provider as one. `start` it while the prompt is read; see core.provider.Provider."""

    def __init__(
        self,
        settings: Settings,
        secrets: Secrets,
        env: Mapping[str, str],
        remote: Remote,
        say: Callable[[str], str] = str,
    ) -> None:
        self._settings = settings
        self._secrets, self._env, self._remote = secrets, env, remote
        self._models = Models(settings, secrets, env)
        self._built_in: dict[str, Provider] = {}
        self._copilot = Copilot()
        self._weights = Weights(env)
        self._say = say

    async def close(self) -> None:
        """End what serves models in files."""
        await self._weights.close()

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
        await self._reach(route)
        attempts = retried(lambda: self._asked(route, request), self._settings.clocks)
        async with aclosing(attempts) as deltas:
            async for delta in deltas:
                yield delta

    async def _asked(self, route: Route, request: ModelRequest) -> AsyncGenerator[Delta]:
        """One attempt. Thoughts sealed for another account are left out when they are refused."""
        try:
            async with aclosing(self._remote.stream(route, request)) as deltas:
                async for delta in deltas:
                    yield delta
        except RequestRefused as error:
            if not (route.sealed and "encrypted" in error.message.lower()):
                raise
            async with aclosing(self._remote.stream(replace(route, sealed=""), request)) as deltas:
                async for delta in deltas:
                    yield delta

    async def models(self) -> list[ModelInfo]:
        """Every model that can be asked right now; the keyless rules last."""
        return [*await self._models.all(), keyless.INFO]

    async def info(self, model: str) -> ModelInfo:
        """What is known of one model; UsageError with the nearest names when there is none."""
        if (built_in := self._keyless(model)) is not None:
            return await built_in.info(model)
        choice = self._choose(model)
        info = await self._models.info(choice)
        return replace(info, missing=self._missing(choice))

    async def route(self, request: ModelRequest) -> Route:
        """How `request` will be sent. AuthError without a key, UsageError without a provider."""
        choice = self._choose(request.model)
        row, section = choice.row, choice.section
        access = await self._let_in(choice)
        row = as_let_in(row, access.key)
        model, entry = self._models.section(choice), self._models.entry(choice)
        await self._models.make_room(choice)
        info = await self._models.info(choice)
        knobs = knobs_of(
            Turned(
                request=request,
                model=model,
                provider=section,
                info=info,
                entry=entry,
                prefix=row.prefix,
            )
        )
        options = own_options(row, knobs.options)
        if row.prefix == OLLAMA and info.window:
            options.setdefault("num_ctx", info.window)
        near = row.local or is_near(access.address)
        markers, thinks = habits(row, choice.model)
        wire = wire_name(row, model.id or choice.model, entry.mode if entry else "")
        return Route(
            model=wire,
            provider=section.name or row.name,
            id=row.id,
            api_key=access.key,
            key_env=key_variable(row, section),
            base_url=access.address,
            url_argument=row.url_argument,
            more=access.more,
            headers={**row.headers, **section.headers},
            options=options,
            prices=self._models.prices(choice, info),
            clocks=self._clocks(_LOCAL_PATIENCE if near else 1),
            effort=knobs.effort,
            temperature=knobs.temperature,
            max_tokens=knobs.max_tokens,
            markers=markers,
            thinks=thinks,
            echoes=echoes(row, model.id or choice.model),
            sealed=request.model if seals(row, wire, entry) else "",
            affinity=row.affinity and not access.address,
            initiator=row.login,
        )

    async def _reach(self, route: Route) -> None:
        """Unavailable at once where nobody listens on this machine: waiting starts no server."""
        try:
            if is_near(route.base_url):
                await asyncio.to_thread(look_whether_somebody_listens, route.base_url)
        except OSError:
            raise unheard(route) from None

    def _missing(self, choice: Choice) -> str:
        try:
            find_access(choice.row, choice.section, self._env, self._secrets)
        except AuthError as error:
            return f"{error.message}\n{error.hint}"
        return ""

    def _is_ready(self, choice: Choice) -> bool:
        """Whether the settings speak of it, or a key for it is there."""
        row, section = choice.row, choice.section
        likely = row.id in self._settings.providers or has_credentials(
            row, section, self._env, self._secrets
        )
        return likely and can_ask(row, section, self._env, self._secrets)

    def _choose(self, model: str) -> Choice:
        choice = choose(self._settings, model, self._models.facts, self._is_ready)
        if error := unknown_model(choice, self._models.facts):
            raise error
        return choice

    async def _let_in(self, choice: Choice) -> Access:
        row, section = choice.row, choice.section
        access = find_access(row, section, self._env, self._secrets)
        check_library(as_let_in(row, access.key))
        if row.login:
            host = str(section.options.get("enterpriseUrl") or "")
            return await self._copilot.admit(access, host)
        if row.in_file:
            asked = self._models.section(choice).window or 0
            window = await asyncio.to_thread(window_in, choice.model, asked)
            return await self._weights.serve(choice.model, window)
        return access

    def _clocks(self, patience: int) -> Clocks:
        clocks = self._settings.clocks
        return Clocks(clocks.connect, clocks.first_event * patience, clocks.between_events)

    def _keyless(self, model: str) -> Provider | None:
        return self._provider(model) if model.partition("/")[0] in BUILT_IN else None

    def _provider(self, model: str) -> Provider:
        kind, _, rest = model.partition("/")
        name = kind if kind == "offline" else model
        if name not in self._built_in:
            module = import_module(f"opencode.providers.{kind}")
            made = (
                module.OfflineProvider(self._say)
                if kind == "offline"
                else module.ScriptedProvider(Path(rest))
            )
            self._built_in[name] = made
        return self._built_in[name]


@asynccontextmanager
async def open_provider(
    settings: Settings,
    secrets: Secrets,
    env: Mapping[str, str],
    runtime: Path,
    say: Callable[[str], str] = str,
) -> AsyncGenerator[Router]:
    """Every provider of the settings, until the block ends.

    `secrets` looks a stored key up by the provider's id; `env` is the environment keys and
    addresses are read from; `runtime` is where the worker's socket may lie, made if need be;
    `say` puts what the keyless rules say into the language of the person.
    Nothing is started before `start` or the first request."""
    folder = runtime if is_private(runtime) else None
    remote = Remote(folder, keep_seconds(settings.worker.keep), env)
    try:
        router = Router(settings, secrets, env, remote, say)
        try:
            yield router
        finally:
            await router.close()
    finally:
        with contextlib.suppress(ProviderError):
            await remote.close()
