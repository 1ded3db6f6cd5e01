"""The many ways a setting may be spelled, brought to the one of `schema.Settings`.

Read here: the guide's TOML, its Korean sibling's YAML, and the TypeScript original's JSON."""

from collections.abc import Callable
from typing import Any, cast

from opencode.config.spelling_providers import Table, each, provider, renamed, table_of

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


def _providers(value: Any) -> Table:
    table = table_of(value)
    if table is None:
        return {"default_provider": value} if isinstance(value, str) else {"providers": value}
    rest = dict(table)
    out: Table = {}
    if isinstance(rest.get("default"), str):
        out["default_provider"] = rest.pop("default")
    return out | ({"providers": each(rest, provider)} if rest else {})


def _agents(value: Any) -> Table:
    if isinstance(value, str):
        return {"default_agent": value}
    return {"agents": each(value, _agent)}


def _agent(raw: Table) -> Table:
    out = renamed(raw, {"maxSteps": "steps", "reasoningEffort": "effort", "variant": "effort"})
    if isinstance(verdict := out.get("permission"), str):
        out["permission"] = {"*": verdict}
    if "top_p" in out:
        merge(out, {"options": {"top_p": out.pop("top_p")}})
    return out


def _modes(value: Any) -> Table:
    return {"agents": each(value, lambda mode: {"mode": "primary"} | _agent(mode))}


def _permission(value: Any) -> Table:
    return {"permission": {"*": value} if isinstance(value, str) else value}


def _permissions(value: Any) -> Table:
    table = table_of(value)
    names = {"allowed_commands": "bash_allow", "blocked_commands": "bash_deny"}
    return {"permissions": renamed(table, names) if table is not None else value}


def _mcp(value: Any) -> Table:
    table = table_of(value)
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
        table = table_of(entry)
        if table is not None and isinstance(name := table.get("name"), str):
            servers[name] = {key: item for key, item in table.items() if key != "name"}
    return {"mcp": {"servers": servers}}


def _profiles(value: Any) -> Table:
    own = ("provider", "model", "base_url", "agent")

    def rewrite(profile: Table) -> Table:
        out = {key: profile[key] for key in own if isinstance(profile.get(key), str)}
        rest = {key: item for key, item in profile.items() if key not in out}
        inner = table_of(rest.pop("settings", None)) or {}
        settings = canonical(rest)
        merge(settings, canonical(inner))
        return out | ({"settings": settings} if settings else {})

    return {"profiles": each(value, rewrite)}


def _level(value: Any) -> Table:
    return {"log": {"level": _level_name(value)}}


def _level_name(value: Any) -> Any:
    name = value.upper() if isinstance(value, str) else value
    return "WARNING" if name == "WARN" else name


def _log(value: Any) -> Table:
    table = table_of(value)
    if table is not None and "level" in table:
        return {"log": table | {"level": _level_name(table["level"])}}
    return {"log": value}


def _tool_output(value: Any) -> Table:
    names = {"max_lines": "tool_output_lines", "max_bytes": "tool_output_bytes"}
    table = table_of(value)
    return {"limits": renamed(table, names) if table is not None else value}


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
