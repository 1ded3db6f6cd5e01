"""What is known of each model that can be asked: the table, servers on this machine, settings."""

import asyncio
from collections.abc import Mapping

from msgspec.structs import replace

from opencode.config.schema import ModelSection, Settings
from opencode.core.provider import ModelInfo
from opencode.providers.catalog import built_in
from opencode.providers.choose import Choice, can_ask, offered
from opencode.providers.facts import Entry, Facts, Prices, overlay
from opencode.providers.keys import Secrets, find_address, find_key, is_near
from opencode.providers.knobs import efforts_of
from opencode.providers.local.servers import Served, Servers, room_of
from opencode.providers.local.weights import window_in

_FREE = Prices(0.0, 0.0, 0.0, 0.0)
_SMALL = 16_384
"""Tokens: a model that reads no more gets a short prompt and few tools."""
_WEAK = 9.0
"""Billions of parameters: the same, and it loses its way among twenty tools."""
OLLAMA = "ollama_chat/"


class Models:
    """Facts by choice. Servers on this machine are asked when they are needed, and remembered."""

    def __init__(self, settings: Settings, secrets: Secrets, env: Mapping[str, str]) -> None:
        self._settings, self._secrets, self._env = settings, secrets, env
        self._servers = Servers()
        self.facts = Facts()

    async def all(self) -> list[ModelInfo]:
        """Every model of every provider that can be asked right now; servers side by side."""
        ready = [
            (row, section)
            for row, section in offered(self._settings)
            if can_ask(row, section, self._env, self._secrets)
        ]
        named = [Choice(row, section, "") for row, section in ready]
        lists = await asyncio.gather(*(self._served(choice) for choice in named))
        found: dict[str, ModelInfo] = {}
        for (row, section), served in zip(ready, lists, strict=True):
            names = [section.model, *section.models, *(one.name for one in served)]
            if row.facts:
                names.extend(self.facts.names(row.facts))
            elif row.by_maker:
                names.extend((row.model, row.small))
            seen = {one.name: one for one in served}
            for name in filter(None, names):
                choice = Choice(row, section, name)
                found.setdefault(choice.name, self._describe(choice, seen.get(name)))
        return list(found.values())

    async def info(self, choice: Choice) -> ModelInfo:
        """What is known of one model."""
        served = None
        if choice.row.in_file:
            asked = self.section(choice).window or 0
            window = await asyncio.to_thread(window_in, choice.model, asked)
            served = Served(choice.model, window=window)
        elif choice.row.local or self._is_near(choice):
            served = await self._servers.model(
                self._address(choice),
                self._key(choice),
                self.section(choice).id or choice.model,
                ollama=choice.row.prefix == OLLAMA,
            )
            if served and not self._servers.is_full(self._address(choice), served.name):
                served = replace(served, window=room_of(served, self.section(choice).window or 0))
        return self._describe(choice, served)

    async def make_room(self, choice: Choice) -> None:
        """Have a local model loaded as `info` speaks of it, where its server does that."""
        is_local = choice.row.local and not choice.row.in_file
        if choice.row.prefix == "openai/" and (is_local or self._is_near(choice)):
            section = self.section(choice)
            await self._servers.make_room(
                self._address(choice),
                self._key(choice),
                section.id or choice.model,
                section.window or 0,
            )

    def section(self, choice: Choice) -> ModelSection:
        """What the settings say of it."""
        return choice.section.models.get(choice.model, ModelSection())

    def entry(self, choice: Choice) -> Entry | None:
        """What the table says of it."""
        row = choice.row
        if row.by_maker:
            maker, _, model = choice.model.partition("/")
            known = built_in(maker)
            return self.facts.of_maker(known.facts, model) if known and known.facts else None
        if not row.facts:
            return None
        named = self.section(choice).id
        found = self.facts.entry(row.facts, named) if named else None
        return found or self.facts.entry(row.facts, choice.model)

    def prices(self, choice: Choice, info: ModelInfo) -> Prices:
        """What its tokens cost. A price of the settings holds however long a prompt is."""
        entry, section = self.entry(choice), self.section(choice)
        own = (section.input_price, section.output_price)
        own += (section.cache_read_price, section.cache_write_price)
        if entry and all(price is None for price in own):
            return entry.prices()
        return Prices(
            info.input_price, info.output_price, info.cache_read_price, info.cache_write_price
        )

    def _describe(self, choice: Choice, served: Served | None) -> ModelInfo:
        entry, section = self.entry(choice), self.section(choice)
        info = entry.info(choice.name) if entry else ModelInfo(choice.name)
        if choice.row.no_calls:
            info = replace(info, can_call_tools=False)
        if choice.row.local:
            info = replace(
                info,
                input_price=_FREE.input,
                output_price=_FREE.output,
                cache_read_price=_FREE.cache_read,
                cache_write_price=_FREE.cache_write,
            )
        if served:
            info = replace(
                info,
                window=served.window or info.window,
                can_call_tools=_or(served.can_call_tools, info.can_call_tools),
                can_see=_or(served.can_see, info.can_see),
                can_reason=_or(served.can_reason, info.can_reason),
                advice=served.advice,
            )
        if asked := _context_of(choice, section):
            key = f'[provider.{choice.row.id}.models."{choice.model}".options]'
            info = replace(info, window=asked, advice=f"Raise num_ctx in {key}.")
        info = overlay(info, section)
        billions = served.billions if served else 0.0
        lean = 0 < info.window <= _SMALL or 0 < billions <= _WEAK
        return replace(
            info,
            efforts=efforts_of(entry, section),
            lean=lean if section.lean is None else section.lean,
        )

    async def _served(self, choice: Choice) -> list[Served]:
        near = is_near(self._address(choice))
        if choice.row.in_file:
            return []
        if not (choice.row.local or self._is_near(choice)) or (self._settings.offline and not near):
            return []
        return await self._servers.models(
            self._address(choice), self._key(choice), ollama=choice.row.prefix == OLLAMA
        )

    def _is_near(self, choice: Choice) -> bool:
        """Whether it is the user's own OpenAI-compatible server on this machine."""
        return choice.row.prefix == "openai/" and is_near(self._address(choice))

    def _address(self, choice: Choice) -> str:
        return find_address(choice.row, choice.section, self._env)

    def _key(self, choice: Choice) -> str:
        return find_key(choice.row, choice.section, self._env, self._secrets) or ""


def _or(told: bool | None, known: bool) -> bool:
    return known if told is None else told


def _context_of(choice: Choice, section: ModelSection) -> int:
    """Tokens the user lets Ollama reserve; 0 when that is left to us."""
    asked = section.options.get("num_ctx", choice.section.options.get("num_ctx"))
    return asked if isinstance(asked, int) and choice.row.prefix == OLLAMA else 0
