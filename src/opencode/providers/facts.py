"""What is known of models: windows, prices and abilities, from the table that litellm ships."""

import importlib.util
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from opencode.config.schema import ModelSection
from opencode.core.delta import Usage
from opencode.core.provider import ModelInfo

_MILLION = 1_000_000
_CHAT = ("chat", "responses")
_PRICES = (
    "input_cost_per_token",
    "output_cost_per_token",
    "cache_read_input_token_cost",
    "cache_creation_input_token_cost",
)
_ALSO: Mapping[str, tuple[str, ...]] = {
    "bedrock": ("bedrock_converse",),
    "cohere": ("cohere_chat",),
}
"""litellm's further names for what is one provider."""
_FAMILIES = ("vertex_ai",)
"""Providers whose models the table divides by maker: `vertex_ai-anthropic_models` …"""
_BY_PLACE = ("azure", "bedrock")
"""Providers whose models stand there once more for each region they are had in."""
_FILE = "model_prices_and_context_window_backup.json"


class Prices(Struct, frozen=True):
    """US dollars per million tokens; None is unknown. `above` is the same for long prompts."""

    input: float | None = None
    output: float | None = None
    cache_read: float | None = None
    cache_write: float | None = None
    above: "Prices | None" = None
    threshold: int = 0
    """Prompt tokens over which `above` holds."""

    def cost(self, usage: Usage) -> float | None:
        """What that usage costs; None when a price it needs is unknown."""
        if self.above and usage.prompt > self.threshold:
            return self.above.cost(usage)
        total = 0.0
        read = self.input if self.cache_read is None else self.cache_read
        write = self.input if self.cache_write is None else self.cache_write
        for tokens, price in (
            (usage.input, self.input),
            (usage.output, self.output),
            (usage.cache_read, read),
            (usage.cache_write, write),
        ):
            if tokens and price is None:
                return None
            total += tokens * (price or 0.0) / _MILLION
        return total


class Entry(Struct, frozen=True):
    """One model of litellm's table; the names are litellm's."""

    litellm_provider: str = ""
    mode: str = ""
    max_input_tokens: float | str | None = None
    max_output_tokens: float | str | None = None
    input_cost_per_token: float | None = None
    output_cost_per_token: float | None = None
    cache_read_input_token_cost: float | None = None
    cache_creation_input_token_cost: float | None = None
    input_cost_per_token_above_200k_tokens: float | None = None
    output_cost_per_token_above_200k_tokens: float | None = None
    cache_read_input_token_cost_above_200k_tokens: float | None = None
    cache_creation_input_token_cost_above_200k_tokens: float | None = None
    input_cost_per_token_above_272k_tokens: float | None = None
    output_cost_per_token_above_272k_tokens: float | None = None
    cache_read_input_token_cost_above_272k_tokens: float | None = None
    cache_creation_input_token_cost_above_272k_tokens: float | None = None
    supports_function_calling: bool | None = None
    supports_vision: bool | None = None
    supports_pdf_input: bool | None = None
    supports_reasoning: bool | None = None
    supports_minimal_reasoning_effort: bool | None = None
    supports_none_reasoning_effort: bool | None = None
    supports_xhigh_reasoning_effort: bool | None = None
    supports_max_reasoning_effort: bool | None = None

    def info(self, name: str) -> ModelInfo:
        """The same in our words; `name` is `provider/model`."""
        prices = self.prices()
        return ModelInfo(
            name,
            window=_whole(self.max_input_tokens),
            max_output=_whole(self.max_output_tokens),
            input_price=prices.input,
            output_price=prices.output,
            cache_read_price=prices.cache_read,
            cache_write_price=prices.cache_write,
            can_call_tools=self.supports_function_calling is not False,
            can_see=bool(self.supports_vision),
            can_read_pdf=bool(self.supports_pdf_input),
            can_reason=bool(self.supports_reasoning),
        )

    def prices(self) -> Prices:
        """Its prices, those for long prompts included."""
        base = self._prices("")
        if not base.input and not base.output:
            return Prices()  # nobody wrote them down; what is free says so in the settings
        for threshold in (200, 272):
            above = self._prices(f"_above_{threshold}k_tokens")
            if above.input is not None:
                return msgspec.structs.replace(base, above=above, threshold=threshold * 1000)
        return base

    def _prices(self, kind: str) -> Prices:
        found = [_per_million(getattr(self, name + kind)) for name in _PRICES]
        return Prices(found[0], found[1], found[2], found[3])

    def effort(self, wanted: str) -> str:
        """The nearest reasoning effort this model knows; "" when it has no such knob."""
        if not self.supports_reasoning:
            return ""
        match wanted:
            case "none":
                return "none" if self.supports_none_reasoning_effort else ""
            case "minimal":
                return "minimal" if self.supports_minimal_reasoning_effort else "low"
            case "max":
                if self.supports_max_reasoning_effort:
                    return "max"
                return "xhigh" if self.supports_xhigh_reasoning_effort else "high"
            case _:
                return wanted

    def efforts(self) -> tuple[str, ...]:
        """The reasoning efforts this model knows, the least first."""
        every = ("none", "minimal", "low", "medium", "high", "max")
        return tuple(one for one in every if self.effort(one) in (one, "xhigh"))


class Facts:
    """litellm's table, read once and without importing litellm (its import takes seconds)."""

    def __init__(self) -> None:
        self._entries: Mapping[str, Entry] | None = None

    def entry(self, provider: str, model: str) -> Entry | None:
        """The facts of a model; `provider` is litellm's name for it."""
        for key in (f"{provider}/{model}", model):
            found = self._table().get(key)
            if found is not None and _is_of(found, provider):
                return found
        return None

    def of_maker(self, provider: str, model: str) -> Entry | None:
        """The facts of a model that somebody else serves, without prices, which are theirs to make.
        They write versions with dots (`claude-sonnet-4.5`) and variants behind a colon."""
        name = model.partition(":")[0]
        found = self.entry(provider, name) or self.entry(provider, name.replace(".", "-"))
        if found is None:
            return None
        unknown = {key: None for key in found.__struct_fields__ if "_cost_per_token" in key}
        unknown |= {key: None for key in found.__struct_fields__ if "_token_cost" in key}
        return msgspec.structs.replace(found, **unknown)

    def names(self, provider: str) -> Iterator[str]:
        """The models of a provider one can talk to, in the order of the table."""
        prefix = f"{provider}/"
        return iter(
            dict.fromkeys(
                key.removeprefix(prefix)
                for key, entry in self._table().items()
                if _is_of(entry, provider)
                and entry.mode in _CHAT
                and not key.startswith("ft:")
                and not (provider in _BY_PLACE and "/" in key.removeprefix(prefix))
            )
        )

    def _table(self) -> Mapping[str, Entry]:
        if self._entries is None:
            spec = importlib.util.find_spec("litellm")
            origin = spec.origin if spec else None
            data = Path(origin).with_name(_FILE).read_bytes() if origin else b"{}"
            self._entries = _decode(data)
        return self._entries


def _is_of(entry: Entry, provider: str) -> bool:
    named = entry.litellm_provider
    if named == provider or named in _ALSO.get(provider, ()):
        return True
    return provider in _FAMILIES and named.startswith(f"{provider}-")


def _decode(data: bytes) -> Mapping[str, Entry]:
    try:
        return msgspec.json.decode(data, type=dict[str, Entry])
    except msgspec.ValidationError:  # some entry is odd: keep the others
        entries: dict[str, Entry] = {}
        for key, raw in msgspec.json.decode(data, type=dict[str, msgspec.Raw]).items():
            try:
                entries[key] = msgspec.json.decode(raw, type=Entry)
            except msgspec.ValidationError:
                continue
        return entries


def overlay(info: ModelInfo, section: ModelSection) -> ModelInfo:
    """`info` with what the user's settings say instead."""
    changed = {
        "name": section.name or info.name,
        "window": section.window,
        "max_output": section.max_output,
        "input_price": section.input_price,
        "output_price": section.output_price,
        "cache_read_price": section.cache_read_price,
        "cache_write_price": section.cache_write_price,
        "can_call_tools": section.can_call_tools,
        "can_see": section.can_see,
        "can_reason": section.can_reason,
    }
    given = {key: value for key, value in changed.items() if value is not None}
    return msgspec.structs.replace(info, **given)


def _per_million(price: float | None) -> float | None:
    return None if price is None else round(price * _MILLION, 6)


def _whole(value: float | str | None) -> int:
    return int(value) if isinstance(value, int | float) else 0
