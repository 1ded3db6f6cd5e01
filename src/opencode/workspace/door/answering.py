"""From a prompt to its answer: the conversation grows, the run runs, all of it is written down."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from time import monotonic

from opencode.agent.kit import Kit
from opencode.agent.loop import join_queued
from opencode.agent.title import title_of_words
from opencode.core.error import OpenCodeError, SessionError, UsageError
from opencode.core.event import MessageAdded, Notice, QueueChanged
from opencode.core.message import Message, ReasoningPart, TextPart
from opencode.core.session import Session
from opencode.session.store import SessionStore
from opencode.workspace.door.commands import completion
from opencode.workspace.door.heard import Heard
from opencode.workspace.door.naming import name_by_model
from opencode.workspace.door.reciting import answered_here
from opencode.workspace.live import Live
from opencode.workspace.rooms import Rooms
from opencode.workspace.runs import run

First = Callable[[], Awaitable[None]]

_SOON = 2.0
"""Seconds of a streamed answer that the death of this process may cost."""

_SOONEST = 0.1
"""Seconds between two looks, whatever is set."""

log = logging.getLogger(__name__)


class Answering:
    """Takes prompts up. `rooms` and `pack` are asked anew for each."""

    def __init__(
        self,
        store: SessionStore,
        group: asyncio.TaskGroup,
        rooms: Callable[[], Rooms],
        pack: Callable[[Live], Kit],
        tell: Callable[[Live], None],
        *,
        titles: bool,
    ) -> None:
        self._store, self._group = store, group
        self._rooms, self._pack, self._tell = rooms, pack, tell
        self._titles = titles

    def begin(self, live: Live, prompt: Message, heard: Heard) -> None:
        """Answer it in a run of its own."""
        live.begin(self._group.create_task(self._answer(live, prompt, heard)))

    async def wait_in_line(self, live: Live, prompt: Message) -> None:
        """Let it join the run that goes on."""
        session = live.session
        session.queued.append(prompt)
        self._rooms().bus.emit(QueueChanged(session.id, list(session.queued)))
        await self._store.save(session, sync=True)

    async def only_add(self, live: Live, prompt: Message) -> None:
        """Let it be heard with the next prompt; nothing runs. SessionError while a run goes on."""
        if live.is_busy:
            raise SessionError("The session is busy.", hint="Add it when the run is over.")
        prompt.finish = "stop"  # it waits for no answer
        self._add(live, prompt)
        await self._store.save(live.session, prompt, sync=True)
        await self._store.fold(live.session)

    async def withdraw(self, live: Live, message_id: str) -> Message:
        """Take a waiting prompt back. UsageError when it does not wait any more."""
        session = live.session
        found = next((m for m in session.queued if m.id == message_id), None)
        if found is None:
            raise UsageError("That prompt is not waiting any more.")
        session.queued.remove(found)
        self._rooms().bus.emit(QueueChanged(session.id, list(session.queued)))
        await self._store.save(session)
        return found

    def _add(self, live: Live, prompt: Message) -> None:
        session = live.session
        session.undone.clear()
        if not session.title:
            session.title, session.titled_by = title_of_words(prompt.text), "words"
        live.files.begin(prompt.id)
        session.messages.append(prompt)
        self._rooms().bus.emit(MessageAdded(session.id, prompt))
        self._tell(live)

    async def _answer(self, live: Live, prompt: Message, heard: Heard) -> None:
        session, rooms = live.session, self._rooms()
        self._add(live, prompt)
        writing = asyncio.create_task(self._write_now_and_then(session))
        try:
            refused = await self._refused(session, prompt)
            kit = answered_here(self._pack(live), prompt, rooms.joining.servers)
            first = refused or completion(heard.command, session, prompt, kit)
            live.ended = await run(session, prompt, kit, rooms.bus.emit, first)
            while joined := await join_queued(session, kit):  # typed while the run was ending
                kit = self._pack(live)
                live.ended = await run(session, joined[0], kit, rooms.bus.emit)
        finally:
            live.closing = True
            writing.cancel()
            await asyncio.wait([writing])
            await asyncio.shield(self._fold(session))
            self._tell(live)
        if self._titles and session.titled_by == "words":
            live.title = self._group.create_task(self._name(live, prompt.text))

    async def _refused(self, session: Session, prompt: Message) -> First | None:
        """Save the prompt; where the system refuses, the run begins, and ends, with that."""
        try:
            await self._store.save(session, prompt, sync=True)
        except OpenCodeError as error:
            refusal = error
        else:
            return None

        async def first() -> None:
            raise refusal

        return first

    async def _fold(self, session: Session) -> None:
        """A full disk ends no conversation: what was said is here, and saved once there is room."""
        try:
            await self._store.fold(session)
        except OpenCodeError as error:
            text = f"{error.message} {error.hint}".strip()
            self._rooms().bus.emit(Notice(session.id, "error", "session.save", text))

    async def _write_now_and_then(self, session: Session) -> None:
        """A long answer is written down while it grows, and the file follows."""
        interval = self._store.settings.save_interval
        folded, length = monotonic(), 0
        while True:
            await asyncio.sleep(max(min(interval, _SOON), _SOONEST))
            newest = session.messages[-1]
            before, length = length, _length(newest)
            try:
                if length != before:
                    await self._store.save(session, newest)
                if monotonic() - folded >= interval:
                    folded = monotonic()
                    await self._store.fold(session)
            except (OSError, OpenCodeError) as error:
                log.info("what came for %s was not written: %s", session.id, error)

    async def _name(self, live: Live, text: str) -> None:
        await name_by_model(self._rooms(), live.session, text)
        await asyncio.shield(self._store.save(live.session))
        self._tell(live)


def _length(message: Message) -> int:
    words = (part.text for part in message.parts if isinstance(part, TextPart | ReasoningPart))
    return sum(map(len, words)) + len(message.parts)
