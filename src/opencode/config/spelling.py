"""The many ways a setting may be spelled, brought to the one of `schema.Settings`.

Read here: the guide's TOML, its Korean sibling's YAML, and the TypeScript original's JSON."""

from collections.abc import Callable
from typing import Any, cast

Table = dict[str, Any]

FOREIGN = frozenset(
    (
        *("skills", "references", "watcher", "snapshot", "plugin"),
        *("autoshare", "autoupdate", "enabled_providers", "subagent_depth", "username"),
        *("layout", "attachment", "enterprise", "compaction", "experimental"),
        *("shell", "keybinds"),
    )
)
"""Keys of the TypeScript original that mean nothing to us: named once, never an error."""


def canonical(raw: Table) -> Table:
    """The same settings under the names of Settings; unknown keys are kept for the checker."""
    out: Table = {}
    for key, value in raw.items():
        if key == "$schema":
            continue
        rewrite = _TOP.get(key)
        merge(out, rewrite(value) if rewrite else {key: value})
    return out


def merge(base: Table, over: Table) -> None:
    """Lay `over` onto `base`, table into table."""
    for key, value in over.items():
        held = base.get(key)
        if isinstance(held, dict) and isinstance(value, dict):
            merge(cast("Table", held), cast("Table", value))
        else:
            base[key] = value


def spell(keys: tuple[str, ...]) -> str:
    """The dotted name people write for a path into Settings."""
    return ".".join(spelled(keys))


def spelled(keys: tuple[str, ...]) -> tuple[str, ...]:
    """The path into a file that people write for a path into Settings."""
    match keys:
        case ("default_provider",):
            return ("provider", "default")
        case ("providers", *rest):
            return ("provider", *rest)
        case ("agents", *rest):
            return ("agent", *rest)
        case ("commands", *rest):
            return ("command", *rest)
        case ("mcp", "only"):
            return ("mcp", "servers")
        case ("profiles", name, "settings", *rest):
            return ("profiles", name, *spelled(tuple(rest)))
        case _:
            return keys


def expand_profile(profile: Table) -> Table:
    """The settings a profile (as canonical table) stands for."""
    out: Table = {}
    merge(out, cast("Table", profile.get("settings", {})))
    provider, model = str(profile.get("provider", "")), str(profile.get("model", ""))
    if provider:
        out["default_provider"] = provider
    if model:
        out["model"] = (
            model if model.startswith(f"{provider}/") else f"{provider}/{model}".strip("/")
        )
    if agent := profile.get("agent"):
        out["default_agent"] = agent
    owner = provider or model.partition("/")[0]
    if (base_url := profile.get("base_url")) and owner:
        merge(out, {"providers": {owner: {"base_url": base_url}}})
    return out


def _renamed(table: Table, names: dict[str, str]) -> Table:
    return {names.get(key, key): value for key, value in table.items()}


def _table(value: Any) -> Table | None:
    return cast("Table", value) if isinstance(value, dict) else None


def _each(section: Any, rewrite: Callable[[Table], Table]) -> Any:
    table = _table(section)
    if table is None:
        return section
    return {
        name: rewrite(inner) if (inner := _table(value)) is not None else value
        for name, value in table.items()
    }


def _providers(value: Any) -> Table:
    table = _table(value)
    if table is None:
        return {"default_provider": value} if isinstance(value, str) else {"providers": value}
    rest = dict(table)
    out: Table = {}
    if isinstance(rest.get("default"), str):
        out["default_provider"] = rest.pop("default")
    return out | ({"providers": _each(rest, _provider)} if rest else {})


_SAME_WIRES = (
    *("openai", "anthropic", "google", "google-vertex", "azure", "amazon-bedrock", "groq"),
    *("mistral", "cohere", "xai", "perplexity", "togetherai", "cerebras", "deepinfra"),
)
_WIRES = {f"@ai-sdk/{name}": name for name in _SAME_WIRES} | {
    "@ai-sdk/openai-compatible": "openai",
    "@openrouter/ai-sdk-provider": "openrouter",
}
_PROVIDER_NAMES = {"baseURL": "base_url", "apiKey": "api_key", "api": "base_url"}


def _provider(raw: Table) -> Table:
    out = _renamed(raw, _PROVIDER_NAMES)
    options = _table(out.get("options"))
    if options is not None:
        rest = _renamed(options, _PROVIDER_NAMES)
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
        out["models"] = _each(out["models"], _model)
    return out


_MODEL_NAMES = {"tool_call": "can_call_tools", "reasoning": "can_reason", "attachment": "can_see"}
_MODEL_NOTES = (
    *("family", "release_date", "last_updated", "knowledge", "modalities", "status"),
    *("interleaved", "open_weights", "provider", "headers"),
)


def _model(raw: Table) -> Table:
    out = _renamed(raw, _MODEL_NAMES)
    for note in _MODEL_NOTES:
        out.pop(note, None)
    if isinstance(out.get("temperature"), bool):
        del out["temperature"]  # the original's: whether the model has such a knob
    limit = _table(out.pop("limit", None)) or {}
    cost = _table(out.pop("cost", None)) or {}
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


def _agents(value: Any) -> Table:
    if isinstance(value, str):
        return {"default_agent": value}
    return {"agents": _each(value, _agent)}


def _agent(raw: Table) -> Table:
    out = _renamed(raw, {"maxSteps": "steps", "reasoningEffort": "effort", "variant": "effort"})
    if isinstance(verdict := out.get("permission"), str):
        out["permission"] = {"*": verdict}
    if "top_p" in out:
        merge(out, {"options": {"top_p": out.pop("top_p")}})
    return out


def _modes(value: Any) -> Table:
    return {"agents": _each(value, lambda mode: {"mode": "primary"} | _agent(mode))}


def _permission(value: Any) -> Table:
    return {"permission": {"*": value} if isinstance(value, str) else value}


def _permissions(value: Any) -> Table:
    table = _table(value)
    names = {"allowed_commands": "bash_allow", "blocked_commands": "bash_deny"}
    return {"permissions": _renamed(table, names) if table is not None else value}


def _mcp(value: Any) -> Table:
    table = _table(value)
    if table is None:
        return {"mcp": value}
    rest = dict(table)
    out: Table = {}
    if "only" in rest:
        out["only"] = rest.pop("only")
    listed = rest.pop("servers", None)
    if isinstance(listed, list):
        out["only"] = listed
    elif listed is not None:
        out["servers"] = listed
    if rest:
        merge(out, {"servers": rest})
    return {"mcp": out}


def _mcp_list(value: Any) -> Table:
    if not isinstance(value, list):
        return {"mcp": {"servers": value}}
    servers: Table = {}
    for entry in cast("list[Any]", value):
        table = _table(entry)
        if table is not None and isinstance(name := table.get("name"), str):
            servers[name] = {key: item for key, item in table.items() if key != "name"}
    return {"mcp": {"servers": servers}}


def _profiles(value: Any) -> Table:
    own = ("provider", "model", "base_url", "agent")

    def rewrite(profile: Table) -> Table:
        out = {key: profile[key] for key in own if isinstance(profile.get(key), str)}
        rest = {key: item for key, item in profile.items() if key not in out}
        inner = _table(rest.pop("settings", None)) or {}
        settings = canonical(rest)
        merge(settings, canonical(inner))
        return out | ({"settings": settings} if settings else {})

    return {"profiles": _each(value, rewrite)}


def _level(value: Any) -> Table:
    return {"log": {"level": _level_name(value)}}


def _level_name(value: Any) -> Any:
    name = value.upper() if isinstance(value, str) else value
    return "WARNING" if name == "WARN" else name


def _log(value: Any) -> Table:
    table = _table(value)
    if table is not None and "level" in table:
        return {"log": table | {"level": _level_name(table["level"])}}
    return {"log": value}


def _tool_output(value: Any) -> Table:
    names = {"max_lines": "tool_output_lines", "max_bytes": "tool_output_bytes"}
    table = _table(value)
    return {"limits": _renamed(table, names) if table is not None else value}


def _disabled(value: Any) -> Table:
    names = cast("list[Any]", value) if isinstance(value, list) else []
    return {"providers": {str(name): {"enabled": False} for name in names}}


_TOP: dict[str, Callable[[Any], Table]] = {
    "provider": _providers,
    "providers": _providers,
    "disabled_providers": _disabled,
    "agent": _agents,
    "agents": _agents,
    "mode": _modes,
    "command": lambda value: {"commands": value},
    "permission": _permission,
    "permissions": _permissions,
    "mcp": _mcp,
    "mcp_servers": _mcp_list,
    "lsp": lambda value: {"lsp": {"enabled": value} if isinstance(value, bool) else value},
    "formatter": lambda value: {
        "formatter": {"enabled": value} if isinstance(value, bool) else value
    },
    "profiles": _profiles,
    "log": _log,
    "logLevel": _level,
    "log_level": _level,
    "theme": lambda value: {"ui": {"theme": value}},
    "language": lambda value: {"ui": {"language": value}},
    "tool_output": _tool_output,
}
