"""The server itself: its health, its places, its log."""

import logging
import socket
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct, field

from opencode.config import paths
from opencode.server.protocol.translate import ms, version
from opencode.server.route import Call, Route

log = logging.getLogger("opencode.client")


class Health(Struct):
    """Alive, and which version."""

    healthy: bool
    version: str
    status: str = "ok"


class Places(Struct):
    """Where things live."""

    home: str
    state: str
    config: str
    data: str
    worktree: str
    directory: str
    root: str
    cwd: str


class App(Struct):
    """What the old SDK and seed 004 ask first."""

    name: str
    version: str
    status: str
    hostname: str
    git: bool
    path: Places
    time: dict[str, int]


class LogEntry(Struct):
    """A line a client wants in our log."""

    service: str
    level: Literal["debug", "info", "error", "warn"]
    message: str
    extra: dict[str, Any] = field(default_factory=dict)


def _places(call: Call) -> Places:
    here, root = str(call.state.directory), str(call.state.root)
    home, data = str(Path.home()), str(paths.data_dir())
    state, config = str(paths.state_dir()), str(paths.config_dir())
    return Places(home, state, config, data, root, here, root, here)


async def health(call: Call) -> Health:
    """Whether it answers."""
    del call
    return Health(True, version())


async def path(call: Call) -> Places:
    """Where things live."""
    return _places(call)


async def app(call: Call) -> App:
    """What this is."""
    has_git = (call.state.root / ".git").exists()
    began = {"initialized": ms(call.state.began)}
    host = socket.gethostname()
    return App("opencode", version(), "ready", host, has_git, _places(call), began)


async def init(call: Call) -> bool:
    """The project is open as long as the server runs: nothing is left to do."""
    del call
    return True


async def write_log(call: Call) -> bool:
    """One line of a client in our log."""
    entry: LogEntry = call.body
    extra = f" {entry.extra}" if entry.extra else ""
    level = logging.WARNING if entry.level == "warn" else getattr(logging, entry.level.upper())
    log.log(level, "%s: %s%s", entry.service, entry.message, extra)
    return True


ROUTES = (
    Route("GET", "/global/health", health, "Whether the server answers.", answer=Health),
    Route("GET", "/api/health", health, "The same.", answer=Health),
    Route("GET", "/path", path, "Where things live.", answer=Places),
    Route("GET", "/app", app, "What this is.", answer=App),
    Route("POST", "/app/init", init, "True: the project is open.", answer=bool),
    Route("POST", "/log", write_log, "Write a line to the log.", body=LogEntry, answer=bool),
)
