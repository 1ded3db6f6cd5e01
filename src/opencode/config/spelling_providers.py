"""How the guide, its sibling and the original spell a provider and its models."""

from collections.abc import Callable
from typing import Any, cast

Table = dict[str, Any]


def renamed(table: Table, names: dict[str, str]) -> Table:
    """The same under other keys; those not named keep theirs."""
    return {names.get(key, key): value for key, value in table.items()}


def table_of(value: Any) -> Table | None:
    """The value, if it is a table."""
    return cast("Table", value) if isinstance(value, dict) else None


def each(section: Any, rewrite: Callable[[Table], Table]) -> Any:
    """Every table of a section rewritten; what is none stays for the checker."""
    table = table_of(section)
    if table is None:
        return section
    return {
        name: rewrite(inner) if (inner := table_of(value)) is not None else value
        for name, value in table.items()
    }


_SAME_WIRES = (
    *("openai", "anthropic", "google", "google-vertex", "azure", "amazon-bedrock", "groq"),
    *("mistral", "cohere", "xai", "perplexity", "togetherai", "cerebras", "deepinfra"),
)
_WIRES = {f"@ai-sdk/{name}": name for name in _SAME_WIRES} | {
    "@ai-sdk/openai-compatible": "openai",
    "@openrouter/ai-sdk-provider": "openrouter",
}
_PROVIDER_NAMES = {"baseURL": "base_url", "apiKey": "api_key", "api": "base_url"}


def provider(raw: Table) -> Table:
    """`[provider.NAME]` under the names of ProviderSection."""
    out = renamed(raw, _PROVIDER_NAMES)
    options = table_of(out.get("options"))
    if options is not None:
        rest = renamed(options, _PROVIDER_NAMES)
        for key in ("base_url", "api_key", "headers"):
            if key in rest:
                out[key] = rest.pop(key)
        out["options"] = rest
        if not rest:
            del out["options"]
    env = out.pop("env", None)
    if isinstance(env, list) and env:
        out.setdefault("api_key_env", cast("list[Any]", env)[0])
    if isinstance(wire := out.pop("npm", None), str):
        out.setdefault("kind", _WIRES.get(wire, ""))
    if "models" in out:
        out["models"] = each(out["models"], _model)
    return out


_MODEL_NAMES = {"tool_call": "can_call_tools", "reasoning": "can_reason", "attachment": "can_see"}
_MODEL_NOTES = (
    *("family", "release_date", "last_updated", "knowledge", "modalities", "status"),
    *("interleaved", "open_weights", "provider", "headers"),
)


def _model(raw: Table) -> Table:
    out = renamed(raw, _MODEL_NAMES)
    for note in _MODEL_NOTES:
        out.pop(note, None)
    if isinstance(out.get("temperature"), bool):
        del out["temperature"]  # the original's: whether the model has such a knob
    limit = table_of(out.pop("limit", None)) or {}
    cost = table_of(out.pop("cost", None)) or {}
    wanted = {
        "window": limit.get("context"),
        "max_output": limit.get("output"),
        "input_price": cost.get("input"),
        "output_price": cost.get("output"),
        "cache_read_price": cost.get("cache_read"),
        "cache_write_price": cost.get("cache_write"),
    }
    for key, value in wanted.items():
        if value is not None:
            out.setdefault(key, value)
    return out
