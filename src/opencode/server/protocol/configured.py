"""Commands, MCP servers and permissions as they were set, in the protocol's words, without keys."""

from typing import Any, cast

from opencode.config.schema import CommandSection, Settings
from opencode.mcp.entry import shown_address, shown_words

_HIDDEN = "***"


def configured(settings: Settings) -> dict[str, Any]:
    """Those of the settings."""
    servers = settings.mcp.servers.items()
    return {
        "share": settings.share,
        "permission": settings.permission,
        "command": {name: _command(one) for name, one in settings.commands.items()},
        "mcp": {name: _server(one) for name, one in servers},
    }


def _command(one: CommandSection) -> dict[str, Any]:
    more = {"description": one.description, "agent": one.agent, "model": one.model}
    told = {name: value for name, value in more.items() if value}
    return {"template": one.template, **told, "subtask": one.subtask}


def _server(one: dict[str, Any]) -> dict[str, Any]:
    """A server whose shape is not known only says whether it is on."""
    is_on = {"enabled": bool(one.get("enabled", True))}
    match one:
        case {"url": str() as url}:
            return {"type": "remote", "url": shown_address(url), **is_on, **_secret(one, "headers")}
        case {"command": _}:
            command = cast("str | list[str]", one["command"])
            words = [command] if isinstance(command, str) else command
            words = [*words, *cast("list[str]", one.get("args") or [])]
            told = {"type": "local", "command": shown_words(words)}
            return {**told, **is_on, **_secret(one, "environment")}
        case _:
            return is_on


def _secret(one: dict[str, Any], name: str) -> dict[str, Any]:
    given = one.get(name) or one.get("env")
    if not isinstance(given, dict):
        return {}
    return {name: dict.fromkeys(cast("dict[str, str]", given), _HIDDEN)}
