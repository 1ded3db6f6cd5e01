"""MCP servers of a workspace: when they start, when their tools join, what models hear of them."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from opencode.config.pins import Pins
from opencode.config.schema import McpSection
from opencode.core.command import Command
from opencode.core.door import McpServer
from opencode.core.error import ConfigError, UsageError
from opencode.core.event import Event, Notice, ServerChanged
from opencode.core.message import Message
from opencode.core.place import Place
from opencode.core.session import Session
from opencode.core.tool import AnyTool
from opencode.mcp.entry import Entry, read_entry
from opencode.mcp.servers import Servers, entries_of

ONE_SHOT = 10.0
"""Seconds servers have to start where there may be no second prompt at which they could join."""
_AFTER_PAINT = 1.0
"""Seconds a face has the machine to itself before the library is loaded."""


class Joining:
    """The servers, and for how long a first request may wait for those that are starting."""

    def __init__(
        self,
        section: McpSection,
        place: Place,
        shelf: Mapping[str, AnyTool],
        emit: Callable[[Event], None],
        within: float | None,
        pins: Pins | None = None,
    ) -> None:
        """`within`: seconds; 0 never waits, None starts no servers at all."""
        wanted = McpSection() if within is None else section
        entries, self.notices = entries_of(wanted.servers, wanted.only)
        self.servers = Servers(entries, place.cwd, shelf, self._turned, pins=pins)
        self._section, self._emit = wanted, emit
        self._within = within or 0.0
        self._until = time.monotonic() + self._within

    @property
    def is_one_shot(self) -> bool:
        """Whether there may be no second prompt."""
        return self._within > 0

    async def start(self) -> None:
        """Run the servers until cancelled."""
        self._until = time.monotonic() + self._within
        await self.servers.start(0.0 if self._within else _AFTER_PAINT)

    def _turned(self, name: str, state: str, detail: str) -> None:
        self._emit(ServerChanged("", "mcp", name, state, detail))
        if state in ("failed", "login"):
            self._emit(Notice("", "warning", f"mcp.{state}", detail, {"server": name}))

    async def listed(self) -> list[McpServer]:
        """Every server of the settings as it stands, by name."""
        tools = self.servers.tools().values()
        rows: list[McpServer] = []
        for name, raw in sorted(self._section.servers.items()):
            offered = [(t.name, t.description) for t in tools if t.server == name]
            if life := self.servers.lives.get(name):
                read = [(resource.uri, resource.name) for resource in life.told.resources]
                rows.append(McpServer(name, life.state, life.detail, life.entry.how, offered, read))
                continue
            try:
                rows.append(McpServer(name, "disabled", how=read_entry(name, raw).how))
            except ConfigError as error:
                rows.append(McpServer(name, "failed", f"{error.message} {error.hint}".strip()))
        return rows

    async def turn(self, name: str, on: bool) -> None:
        """Start a server of the settings anew, or end it."""
        if name not in self._section.servers:
            raise UsageError(f"There is no MCP server {name!r}.", hint="`/mcp` lists them.")
        if on:
            entry = read_entry(name, self._section.servers[name])
            await self.servers.turn_on(msgspec.structs.replace(entry, enabled=True))
        else:
            await self.servers.turn_off(name)

    async def add(self, name: str, raw: Mapping[str, Any]) -> None:
        """One more server, for as long as the workspace is open. ConfigError, and UsageError when
        there is one of that name already."""
        if name in self._section.servers:
            raise UsageError(f"There is an MCP server {name!r} already.")
        entry = read_entry(name, raw)
        self._section.servers[name] = dict(raw)
        if entry.enabled:
            await self.servers.turn_on(entry)

    def entry(self, name: str) -> Entry | None:
        """How that server is reached; None when there is none. ConfigError."""
        raw = self._section.servers.get(name)
        return None if raw is None else read_entry(name, raw)

    async def tried(self, name: str) -> None:
        """Return when that server's start has ended, well or not."""
        if life := self.servers.lives.get(name):
            await life.tried()

    def commands(self) -> list[Command]:
        """The prompts servers have ready, as commands `server:prompt`."""
        return [
            Command(
                f"{server}:{prompt.name}",
                " ".join(f"${n}" for n, _ in enumerate(prompt.arguments, 1)),
                prompt.description or f"A prompt of the MCP server {server}",
                source=server,
            )
            for server, prompts in self.servers.prompts().items()
            for prompt in prompts
        ]

    async def known(self, session: Session) -> None:
        """Return when every server was tried, or when its time is up: once for all requests."""
        if not self.servers.lives:
            return
        late = await self.servers.tried(self._until - time.monotonic())
        if late and self._within:
            names = ", ".join(late)
            self._emit(
                Notice(
                    session.id,
                    "warning",
                    "mcp.late",
                    f"Went on without MCP servers that are still starting: {names}.",
                )
            )


class Joined:
    """The tools of one run: ours, and those of servers that answered before its first request."""

    def __init__(self, shelf: Mapping[str, AnyTool], joining: Joining) -> None:
        self.tools: dict[str, AnyTool] = {**shelf, **joining.servers.tools()}
        self._joining = joining
        self._is_complete = False

    async def complete(self, session: Session) -> list[Message]:
        """Let tools join, at the first request only; returns the messages to be saved again since
        servers' own words about themselves went along."""
        if self._is_complete:
            return []
        await self._joining.known(session)
        self._is_complete = True
        self.tools.update(self._joining.servers.tools())
        servers = self._joining.servers
        words = [*servers.instructions(session.messages), *servers.stale(session.messages)]
        prompt = next((m for m in reversed(session.messages) if m.role == "user"), None)
        if not words or prompt is None:
            return []
        prompt.parts.extend(words)
        return [prompt]
