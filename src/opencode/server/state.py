"""What every route of one app shares; two apps in one process share nothing."""

import asyncio
import os
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from opencode.config.paths import project_root
from opencode.core.error import UsageError
from opencode.core.session import Session
from opencode.mcp.login import Login
from opencode.providers.copilot import Code, Place
from opencode.server.access.tickets import Tickets
from opencode.server.attempts import Attempt
from opencode.server.control import Control, Steer
from opencode.server.openai.completion import Completions
from opencode.server.project_files import is_elsewhere
from opencode.server.protocol.translate import project_id
from opencode.server.pty import Terminal, Terminals
from opencode.server.stream.feed import Feed
from opencode.server.stream.frame import Frame
from opencode.workspace.workspace import Workspace


class State:
    """The opened project, its events as frames, and how the OpenAI routes behave."""

    def __init__(
        self,
        door: Workspace,
        completions: Completions | None,
        document: Callable[[], dict[str, Any]],
        base: str = "",
        steer: Steer | None = None,
        tickets: Tickets | None = None,
    ) -> None:
        self.door = door
        self.directory: Path = door.rooms.place.cwd
        self.root = project_root(self.directory)
        self.project = project_id(self.directory)
        self.began = time.time()
        self.completions = completions or Completions()
        self.feed = Feed(door, str(self.directory), self.project, base)
        self.tickets = tickets or Tickets()
        self.logins: dict[str, tuple[Place, Code]] = {}
        """Provider → the login that was begun and not finished."""
        self.attempts: dict[str, Attempt] = {}
        """Logins by the name they are asked after."""
        self.mcp_logins: dict[str, tuple[Login, asyncio.Task[None]]] = {}
        """MCP server → the login that is under way."""
        self.terminals = Terminals(self.directory, self._ended)
        self.control = Control(steer)
        self.document = document
        """The OpenAPI document of what is served."""
        self.pages = 0
        """Streams of the web page that are open."""
        self._group: asyncio.TaskGroup | None = None

    def _ended(self, one: Terminal) -> None:
        self.feed.publish(Frame("pty.exited", {"id": one.id, "exitCode": one.exit_code}))

    @property
    def is_watched(self) -> bool:
        """Whether a person could see what is asked: in the app, on the page, or through a client's
        events."""
        return self.control.steer is not None or self.feed.readers + self.pages > 0

    async def settled(self, session_id: str) -> Session:
        """The session once its last run has written itself down; a run that goes on is not
        waited for."""
        session = await self.door.session(session_id)
        if session.id not in self.feed.busy:
            await self.door.idle(session.id)
        return session

    async def close(self) -> None:
        """End what would go on."""
        await self.terminals.close()
        for _, running in self.mcp_logins.values():
            running.cancel()
        for attempt in self.attempts.values():
            attempt.cancel()

    def live(self, group: asyncio.TaskGroup) -> None:
        """From now on tasks can be started; they end with the app."""
        self._group = group

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """A task that may outlive a request's own, and ends with the app."""
        if self._group is None:
            work.close()
            raise UsageError("The app is not running.", hint="Its lifespan starts it.")
        return self._group.create_task(work)

    def require_here(self, directory: str | None) -> None:
        """One server serves one project: another `directory` is refused, never ignored."""
        if not directory:
            return
        named = unquote(directory)
        own = (os.path.realpath(self.directory), os.path.realpath(self.root))
        if named in own:
            return
        if is_elsewhere(named) or os.path.realpath(named) not in own:
            raise UsageError(
                f"This server serves {self.directory}, not {named}.",
                hint="Start `opencode serve` in that folder.",
            )
