"""The MCP servers: how they stand, what they offer; start, stop, log in."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection

from textual.app import SuspendNotSupported

from opencode.core.door import McpServer
from opencode.i18n.catalog import t
from opencode.tui.acts.setup import INFO, guarded
from opencode.tui.desk import Desk
from opencode.tui.here import app_of
from opencode.tui.looks.text import clean, wrap
from opencode.tui.tty.outside import called
from opencode.tui.widgets.choices import Choice

_SETTLED = frozenset(("ready", "failed", "login", "disabled"))
_PATIENCE = 8.0
"""Seconds a server that is started anew is waited for before the list is shown again."""


async def mcp(desk: Desk, argument: str) -> None:
    """The MCP servers: their state, what they offer; start, stop, log in."""
    name = argument
    while True:
        servers = {server.name: server for server in await desk.door.mcp_servers()}
        if not servers:
            desk.tell("info", t("mcp.none"))
            return
        if name not in servers:
            rows = [Choice(f"{s.name}  {s.how}", s.name, _state(s), "") for s in servers.values()]
            name = await desk.pick(t("mcp.title"), rows, name) or ""
        if not name:
            return
        await guarded(desk, _server(desk, servers[name]))
        if argument:
            return
        name = ""


def _state(server: McpServer) -> str:
    state = t(f"mcp.{server.state}")
    return f"{state} · {t('mcp.tools', n=len(server.tools))}" if server.tools else state


async def _server(desk: Desk, server: McpServer) -> None:
    """One server: all that is known of it, and what can be done."""
    acts: dict[str, Callable[[], Awaitable[None]]] = {}
    if server.state == "disabled":
        acts["start"] = lambda: _turn(desk, server, on=True)
    else:
        acts["restart"] = lambda: _turn(desk, server, on=True, again=True)
        acts["stop"] = lambda: _turn(desk, server, on=False)
    if server.state == "login":
        here = desk.ground.home is not None
        acts["log_in_here" if here else "log_in"] = lambda: _log_in(desk, server, here=here)
    does = t("mcp.what")
    rows = [Choice(t(f"mcp.{name}"), name, _command(name, server), does) for name in acts]
    about = f"{_state(server)}. {server.detail}" if server.detail else _state(server)
    rows += _told(desk, about, t("mcp.state")) + _told(desk, server.how, t("mcp.how"))
    rows += [Choice(name, INFO, what, t("mcp.offers")) for name, what in server.tools]
    if act := acts.get(await desk.pick(server.name, rows) or ""):
        await act()


def _told(desk: Desk, text: str, group: str) -> list[Choice]:
    """All of a text in rows of a picker that only tell."""
    room = max(20, min(90, app_of(desk.transcript).size.width * 8 // 10) - 8)
    text = " ".join(clean(text).split())
    return [Choice(text[a:b], INFO, "", group) for a, b in wrap(text, room)]


async def _log_in(desk: Desk, server: McpServer, *, here: bool) -> None:
    """With a browser of this machine; the server of another one is told by its own command."""
    words = ("mcp", "auth", server.name)
    if not here:
        await desk.copy(" ".join(("opencode", *words)))
        return
    app = app_of(desk.transcript)
    try:
        wrong = await called(app, desk.facts.directory, *words)
    except (OSError, SuspendNotSupported):
        await desk.copy(" ".join(("opencode", *words)))
        return
    if wrong:
        desk.tell("error", wrong)
    elif wrong is None:
        state = await _settled(desk, server.name, _SETTLED - {"login"})
        desk.say(f"{server.name}: {t(f'mcp.{state}')}")


def _command(act: str, server: McpServer) -> str:
    return f"opencode mcp auth {server.name}" if act.startswith("log_in") else ""


async def _turn(desk: Desk, server: McpServer, *, on: bool, again: bool = False) -> None:
    """On or off at once, and kept where the user's own file defines the server."""
    await desk.door.turn_mcp_server(server.name, on)
    home = desk.ground.home
    file = ""
    if home is not None and not again:
        for key in (f'mcp.servers."{server.name}"', f'mcp."{server.name}"'):
            if not file and await asyncio.to_thread(home.holds, key):
                word = "true" if on else "false"
                file = await asyncio.to_thread(home.change, f"{key}.enabled", word)
    state = await _settled(desk, server.name)
    said = "mcp.kept" if file else "mcp.for_now"
    desk.say(t(said, name=server.name, state=t(f"mcp.{state}"), file=file))


async def _settled(desk: Desk, name: str, settled: Collection[str] = _SETTLED) -> str:
    until = time.monotonic() + _PATIENCE
    while True:
        found = [s.state for s in await desk.door.mcp_servers() if s.name == name]
        state = found[0] if found else "disabled"
        if state in settled or time.monotonic() > until:
            return state
        await asyncio.sleep(0.1)
