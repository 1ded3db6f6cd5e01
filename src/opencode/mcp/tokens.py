"""Tokens of MCP servers in the user's data folder: mode 0600, changed under one lock for all."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct, field

from opencode.config import paths
from opencode.core.error import ConfigError
from opencode.host.files import lock, write_atomic


class Grant(Struct):
    """What an authorization server gave for one MCP server."""

    url: str
    """Of the MCP server: tokens never travel to another address."""
    access_token: str = ""
    refresh_token: str = ""
    expires: float = 0.0
    """Seconds since the epoch; 0 when it was not said."""
    life: float = 0.0
    """Seconds it was good for when it came."""
    scope: str = ""
    token_endpoint: str = ""
    resource: str = ""
    client: str = ""
    """The registration, as the JSON it came in."""


class _Book(Struct):
    version: int = 1
    servers: dict[str, Grant] = field(default_factory=dict[str, Grant])


def stamp() -> int:
    """Changes whenever the file does; 0 without one."""
    try:
        return _file().stat().st_mtime_ns
    except OSError:
        return 0


def grants() -> dict[str, Grant]:
    """Server name → what is stored. ConfigError when the file is damaged."""
    try:
        return msgspec.json.decode(_file().read_bytes(), type=_Book).servers
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.DecodeError) as error:
        raise ConfigError(
            f"the tokens of MCP servers cannot be read: {error}",
            file=str(_file()),
            hint="Move the file away and run `opencode mcp auth NAME` again.",
        ) from None


def grant_of(name: str, url: str) -> Grant | None:
    """What is stored for that server at that address."""
    found = grants().get(name)
    return found if found and found.url == url else None


def keep(name: str, grant: Grant) -> None:
    """Store it; the caller holds `changing` or does not care who else writes."""
    book = _Book(servers={**grants(), name: grant})
    write_atomic(_file(), msgspec.json.format(msgspec.json.encode(book)), mode=0o600)


def forget(name: str) -> bool:
    """Drop what is stored; False when there was nothing."""
    with changing():
        left = grants()
        if left.pop(name, None) is None:
            return False
        data = msgspec.json.format(msgspec.json.encode(_Book(servers=left)))
        write_atomic(_file(), data, mode=0o600)
    return True


@contextmanager
def changing() -> Generator[None]:
    """Nobody else changes or refreshes tokens meanwhile."""
    with lock(lock_file(), wait=30.0, what="mcp tokens"):
        yield


def lock_file() -> Path:
    """Held while tokens are changed or refreshed, by whatever process."""
    return _file().with_suffix(".lock")


def _file() -> Path:
    return paths.data_dir() / "mcp-auth.json"
