"""One MCP server as people write it, in the guide's, the original's and the siblings' spelling."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal, cast
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct, field

from opencode.config.check import what_is_wrong
from opencode.core.error import ConfigError, UsageError
from opencode.host.log import redact

_NAMES = {"environment": "env", "disabled": "_disabled", "type": "kind", "transport": "kind"}
_KINDS = {
    "": "",
    "local": "stdio",
    "stdio": "stdio",
    "remote": "",
    "http": "http",
    "streamable-http": "http",
    "streamable_http": "http",
    "streamablehttp": "http",
    "sse": "sse",
}
_HIDDEN = "[hidden]"
_KEY_NAME = re.compile(r"(?i)[\w-]*(?:key|token|secret|password)")
_MILLISECONDS = 1000.0
"""Timeouts this long are the original's milliseconds."""


class Entry(Struct, frozen=True, forbid_unknown_fields=True):
    """How to reach one server."""

    name: str = ""
    kind: Literal["stdio", "http", "sse", ""] = ""
    """"" for a URL of which it is not known whether it speaks streamable HTTP or SSE."""
    command: str = ""
    args: list[str] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)
    """Handed to the server besides the few harmless variables every server gets."""
    cwd: str = ""
    url: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    enabled: bool = True
    timeout: float = 120.0
    """Seconds a call may be silent; progress starts the clock anew."""
    startup_timeout: float = 30.0
    tools: dict[str, bool] = field(default_factory=dict)
    """Tools of the server that are switched off (false)."""
    oauth: dict[str, Any] | bool = True
    """False: never log in; else `client_id`, `client_secret`, `scope` and `port` where needed."""

    @property
    def how(self) -> str:
        """The command line or address, as people know it, without what may be a key."""
        if self.url:
            return shown_address(self.url)
        return " ".join(shown_words([self.command, *self.args]))


def shown_address(url: str) -> str:
    """An address without what may be a key: user, query and fragment."""
    parts = urlsplit(url)
    address = parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment="")
    return address._replace(query="…" if parts.query else "").geturl()


def shown_words(words: Iterable[str]) -> list[str]:
    """A command line without what may be a key: `--token x`, `NAME_KEY=x`, what looks like one."""
    shown: list[str] = []
    hides_next = False
    for word in words:
        name, is_given, _ = word.partition("=")
        is_key = bool(_KEY_NAME.fullmatch(name))
        plain = f"{name}={_HIDDEN}" if is_key and is_given else redact(word)
        shown.append(_HIDDEN if hides_next else plain)
        hides_next = is_key and not is_given and word.startswith("-")
    return shown


def read_entry(name: str, raw: Mapping[str, Any]) -> Entry:
    """The entry of `[mcp.servers.NAME]`. ConfigError says what cannot be understood."""
    table = _spelled(raw)
    kind = _KINDS.get(str(table.get("kind", "")).lower())
    if kind is None:
        raise _unclear(name, f"type {table['kind']!r} is none of stdio, http, sse")
    if not kind and not table.get("url"):
        kind = "stdio"
    try:
        entry = msgspec.convert({**table, "name": name, "kind": kind}, Entry)
    except msgspec.ValidationError as error:
        raise _unclear(name, what_is_wrong(error)) from None
    if entry.kind == "stdio" and not entry.command:
        raise _unclear(name, "neither `command` nor `url` is given")
    if entry.kind != "stdio" and not re.match(r"https?://[^/]", entry.url):
        raise _unclear(name, f"`url` must begin with http:// or https://, not {entry.url!r}")
    return entry


def _spelled(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The entry under the names of Entry: lists as commands, milliseconds, numbers as text."""
    table = {_NAMES.get(key, key): value for key, value in raw.items()}
    if table.pop("_disabled", False):
        table["enabled"] = False
    words = table.get("command")
    if isinstance(words, list) and words:
        table["command"], *first = cast("list[Any]", words)
        table["args"] = [*first, *table.get("args", [])]
    if isinstance(env := table.get("env"), dict):
        table["env"] = {key: _text(value) for key, value in cast("dict[str, Any]", env).items()}
    if isinstance(args := table.get("args"), list):
        table["args"] = [_text(item) for item in cast("list[Any]", args)]
    if isinstance(timeout := table.get("timeout"), int | float) and timeout >= _MILLISECONDS:
        table["timeout"] = timeout / _MILLISECONDS
    return table


def _text(value: Any) -> Any:
    """Numbers and switches as programs expect them in arguments and variables."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def check_name(name: str) -> None:
    """UsageError for a new name that commands and mentions could not hold."""
    if not re.fullmatch(r"[\w.-]+", name) or name == "list":
        raise UsageError(
            f"{name!r} cannot name a server.", hint="Letters, digits, `-`, `_` and `.` can."
        )


def tried_by(name: str) -> str:
    """How a person finds out more about a server that does not start."""
    return f"`opencode mcp debug {name}` tries it step by step."


def _unclear(name: str, why: str) -> ConfigError:
    return ConfigError(
        f"[mcp.servers.{name}]: {why}", hint="`opencode mcp add --help` shows what can be given."
    )
