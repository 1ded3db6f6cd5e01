"""What a model is asked with besides the words: effort or variant, temperature, limits, options."""

from collections.abc import Mapping
from typing import Any, cast

from msgspec import Struct, field

from opencode.config.schema import ModelSection, ProviderSection
from opencode.core.provider import ModelInfo, ModelRequest
from opencode.providers.facts import Entry

Table = dict[str, Any]

_NAMES = {
    "reasoningEffort": "reasoning_effort",
    "textVerbosity": "verbosity",
    "serviceTier": "service_tier",
    "parallelToolCalls": "parallel_tool_calls",
    "maxOutputTokens": "max_tokens",
    "maxTokens": "max_tokens",
    "topP": "top_p",
    "topK": "top_k",
    "thinkingConfig": "thinking",
}
"""The original's spelling of options, as our providers want it."""
_BUDGETS = ("anthropic/", "gemini/", "vertex_ai/", "bedrock/")
"""Wires that take a number of tokens to think."""
_LEVELS = ((1024, "minimal"), (4096, "low"), (16_384, "medium"))


class Knobs(Struct, frozen=True):
    """Everything about one request that settings, agents and people can turn."""

    effort: str = ""
    temperature: float | None = None
    max_tokens: int | None = None
    options: Table = field(default_factory=dict[str, Any])


class Turned(Struct, frozen=True, kw_only=True):
    """Who has a say: the request before the model's settings before the provider's."""

    request: ModelRequest
    model: ModelSection
    provider: ProviderSection
    info: ModelInfo
    entry: Entry | None = None
    prefix: str = ""
    """The wire, as litellm calls it."""


def knobs_of(turned: Turned) -> Knobs:
    """The knobs of a request. A variant's options lie over the model's, the agent's over both."""
    request, model, provider = turned.request, turned.model, turned.provider
    wanted = request.effort or model.effort or provider.effort
    variant = _enabled(model.variants).get(wanted)
    options = _spelled(provider.options) | _spelled(model.options)
    if variant is not None:
        options |= _spelled(variant)
        wanted = ""
    options |= _spelled(request.options)
    wanted = str(options.pop("reasoning_effort", "")) or wanted
    warmth = options.pop("temperature", _first(model.temperature, provider.temperature))
    top_p = _first(model.top_p, provider.top_p)
    if top_p is not None:
        options.setdefault("top_p", top_p)
    most = request.max_tokens or options.pop("max_tokens", 0)
    effort = _thinking(wanted, turned, options)
    return Knobs(
        effort,
        _first(request.temperature, warmth),
        _limit(most or model.max_tokens or provider.max_tokens, turned.info),
        options,
    )


def efforts_of(entry: Entry | None, section: ModelSection) -> tuple[str, ...]:
    """What `effort` may say for a model; the variants of the settings first."""
    return (*_enabled(section.variants), *(entry.efforts() if entry else ()))


def _enabled(variants: Mapping[str, Table]) -> dict[str, Table]:
    return {name: one for name, one in variants.items() if not one.get("disabled")}


def _thinking(wanted: str, turned: Turned, options: Table) -> str:
    """The effort in the model's own steps; a number is tokens to think where the wire takes it."""
    if not turned.info.can_reason and turned.entry is not None:
        return ""
    if wanted.isdigit():
        budget = int(wanted)
        if turned.prefix.startswith(_BUDGETS):
            options.setdefault("thinking", {"type": "enabled", "budget_tokens": budget})
            return ""
        wanted = next((name for most, name in _LEVELS if budget <= most), "high")
    return turned.entry.effort(wanted) if turned.entry and wanted else wanted


def _limit(wanted: int | None, info: ModelInfo) -> int | None:
    """Never more than the model can write: some providers refuse such a request."""
    return min(wanted, info.max_output) if wanted and info.max_output else wanted


def _first(*values: float | None) -> float | None:
    return next((value for value in values if value is not None), None)


def _spelled(options: Mapping[str, Any]) -> Table:
    out = {_NAMES.get(key, key): value for key, value in options.items() if key != "disabled"}
    thinking = out.get("thinking")
    if isinstance(thinking, dict):
        out["thinking"] = _budget(cast("Table", thinking))
    return out


def _budget(thinking: Table) -> Table:
    """`{budgetTokens = …}` and Gemini's `{thinkingBudget = …}` in the one shape litellm knows."""
    budget = thinking.get("budgetTokens", thinking.get("thinkingBudget"))
    if budget is None:
        return thinking
    kind = thinking.get("type", "enabled" if budget else "disabled")
    return {"type": kind, "budget_tokens": budget}
