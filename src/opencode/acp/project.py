"""One opened folder of the editor: its workspace, and everything that happens in it told on."""

import asyncio
import contextlib
import logging
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from opencode.acp.asking import Person
from opencode.acp.errors import sentences
from opencode.acp.sound import sound
from opencode.acp.thread import Thread
from opencode.core.ask import Ask, Reply
from opencode.core.bus import Lagged
from opencode.core.error import OpenCodeError, UsageError
from opencode.core.event import (
    AskAnswered,
    AskRaised,
    Notice,
    Numbered,
    ServerChanged,
    ToolFinished,
    ToolStarted,
)
from opencode.core.ids import new_id
from opencode.core.message import ToolPart
from opencode.workspace.collaborators.joining import ONE_SHOT
from opencode.workspace.open import Opening, open_workspace
from opencode.workspace.workspace import Workspace

log = logging.getLogger(__name__)

_CLOSED = "The project was closed."


class Project:
    """Lives in a task of its own from `open` to `close`."""

    door: Workspace

    def __init__(
        self, cwd: Path, opening: Opening, servers: dict[str, dict[str, Any]], person: Person
    ) -> None:
        self.cwd = cwd
        """The folder as the editor spells it; links may lead to the one that is opened."""
        self.threads: dict[str, Thread] = {}
        self.users = 0
        """Requests that work with it right now."""
        self._opening, self._servers, self._person = opening, servers, person
        self._calls: dict[tuple[str, str], ToolPart] = {}
        self._asks: dict[str, asyncio.Task[None]] = {}
        self._over = asyncio.Event()
        self._opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._life = asyncio.create_task(self._live())

    @property
    def is_over(self) -> bool:
        """Whether it is closed, or failed."""
        return self._over.is_set() or self._life.done()

    async def open(self) -> None:
        """Return when it can be used. OpenCodeError when it cannot be opened."""
        await asyncio.shield(self._opened)

    async def close(self) -> None:
        """Cancel what runs and end every child."""
        self._over.set()
        [ended] = await asyncio.gather(self._life, return_exceptions=True)
        if isinstance(ended, Exception):
            log.error("the project %s failed", self.cwd, exc_info=ended)

    async def servers_tried(self) -> None:
        """Servers the editor brought have a while before the first request needs them."""
        if self._servers:
            await self.door.rooms.joining.servers.tried(ONE_SHOT)

    async def _live(self) -> None:
        why = _CLOSED
        try:
            async with open_workspace(self._opening) as self.door, asyncio.TaskGroup() as group:
                await self._join()
                listening = group.create_task(self._listen(group))
                await self._over.wait()
                for task in (listening, *self._asks.values()):
                    task.cancel()
        except OpenCodeError as error:
            why = sentences(error.message, error.hint)
            if not self._opened.done():
                self._opened.set_exception(error)
        finally:
            if not self._opened.done():
                self._opened.set_exception(UsageError(_CLOSED))
                self._opened.exception()  # nobody may be waiting
            for thread in self.threads.values():
                thread.fail(why)

    async def _join(self) -> None:
        """Servers of the settings keep their names; one of the editor's then takes another. One
        that cannot be understood is told of, and the others join."""
        for name, entry in self._servers.items():
            there = {server.name for server in await self.door.mcp_servers()}
            free = next(n for n in (name, *(f"{name}-{k}" for k in range(2, 99))) if n not in there)
            try:
                await self.door.add_mcp_server(free, entry)
            except OpenCodeError as error:
                self.door.notices.append(sentences(error.message, error.hint))

    async def _listen(self, group: asyncio.TaskGroup) -> None:
        epoch, n = "", None
        while True:
            started = n
            try:
                async with self.door.subscribe(epoch, n) as events:
                    if not self._opened.done():
                        self._opened.set_result(None)
                    async for numbered in events:
                        epoch, n = numbered.epoch, numbered.n
                        await self._hear(numbered, group)
            except Lagged:
                if n == started:  # what was missed is gone
                    epoch, n = "", None
                    for thread in self.threads.values():
                        group.create_task(thread.caught_up())
                    for ask in await self.door.asks():
                        self._begin_asking(ask, group)

    async def _hear(self, heard: Numbered, group: asyncio.TaskGroup) -> None:
        event = sound(heard.event)
        numbered = Numbered(heard.epoch, heard.n, event)
        match event:
            case ToolStarted():
                self._calls[event.session, event.call.id] = event.call
            case ToolFinished():
                self._calls.pop((event.session, event.call.id), None)
            case AskRaised():
                self._begin_asking(event.ask, group)
            case AskAnswered():
                if asking := self._asks.pop(event.id, None):
                    asking.cancel()
            case _:
                pass
        is_for_all = isinstance(event, Notice | ServerChanged) and not event.session
        one = self.threads.get(event.session)
        for thread in [*self.threads.values()] if is_for_all else [one] if one else []:
            await thread.show(numbered)

    def _begin_asking(self, ask: Ask, group: asyncio.TaskGroup) -> None:
        if ask.id not in self._asks:
            self._asks[ask.id] = group.create_task(self._answer(ask))

    async def _answer(self, ask: Ask) -> None:
        thread = await self._thread_above(ask.session)
        call = self._calls.get((ask.session, ask.call)) or ToolPart(ask.call or new_id("call"), "")
        if thread is None:
            reply = Reply("reject", reason="Its conversation is not open in the editor.")
        else:
            if not call.tool:
                call = _named(call, ask)
            reply = await self._person.reply(thread.id, thread.cwd, ask, call)
            if reply.verdict == "allow" and ask.session == thread.id:
                await thread.goes_on(call)
        await self.door.answer(ask.id, reply)

    async def _thread_above(self, session_id: str) -> Thread | None:
        """Where a person talks to the session, or to whoever it works for."""
        with contextlib.suppress(OpenCodeError):
            while session_id and session_id not in self.threads:
                session_id = (await self.door.session(session_id)).parent
        return self.threads.get(session_id)


def _named(call: ToolPart, ask: Ask) -> ToolPart:
    return replace(call, tool=ask.tool or ask.kind)
