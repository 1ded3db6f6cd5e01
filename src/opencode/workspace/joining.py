"""MCP servers of a workspace: when they start, when their tools join, what models hear of them."""

import time
from collections.abc import Callable, Mapping

from opencode.config.schema import McpSection
from opencode.core.command import Command
from opencode.core.event import Event, Notice, ServerChanged
from opencode.core.message import Message
from opencode.core.place import Place
from opencode.core.session import Session
from opencode.core.tool import AnyTool
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
    ) -> None:
        """`within`: seconds; 0 never waits, None starts no servers at all."""
        wanted = McpSection() if within is None else section
        entries, self.notices = entries_of(wanted.servers, wanted.only)
        self.servers = Servers(entries, place.cwd, shelf, self._turned)
        self._emit = emit
        self._within = within or 0.0
        self._until = time.monotonic() + self._within

    async def start(self) -> None:
        """Run the servers until cancelled."""
        self._until = time.monotonic() + self._within
        await self.servers.start(0.0 if self._within else _AFTER_PAINT)

    def _turned(self, name: str, state: str, detail: str) -> None:
        self._emit(ServerChanged("", "mcp", name, state, detail))
        if state in ("failed", "login"):
            self._emit(Notice("", "warning", f"mcp.{state}", detail, {"server": name}))

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
        words = self._joining.servers.instructions(session.messages)
        prompt = next((m for m in reversed(session.messages) if m.role == "user"), None)
        if not words or prompt is None:
            return []
        prompt.parts.extend(words)
        return [prompt]
