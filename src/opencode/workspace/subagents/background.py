"""Sub-agents in the background: who is at work for whom, and how their reports reach them."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Protocol

from opencode.core.delegate import Delegate
from opencode.core.error import OpenCodeError, SessionError, ToolError
from opencode.core.event import Event, JobChanged, MessageAdded, QueueChanged
from opencode.core.message import Message, TextPart, user_message
from opencode.core.session import Session
from opencode.core.tool import Spawned
from opencode.session.store import SessionStore
from opencode.workspace.kit import Asker
from opencode.workspace.live import Live

log = logging.getLogger(__name__)

_MOST = 8
"""At work at once for one session."""
_REPORT = 20_000
"""Characters of a report that join the conversation; the whole stands in the child's session."""


class Start(Protocol):
    """Opens the child's session; what it returns does the work and says what came of it."""

    async def __call__(
        self, by: Asker, name: str, prompt: str, session_id: str
    ) -> tuple[Live, Callable[[], Coroutine[Any, Any, Spawned]]]:
        """ToolError when that cannot be."""
        ...


@dataclass
class _Work:
    by: Live
    child: Live
    agent: str
    started: float = field(default_factory=time.time)
    reason: str = ""
    task: asyncio.Task[None] | None = None
    is_told: bool = False
    """Whoever stopped it knows; no note is needed."""
    sent: asyncio.Event = field(default_factory=asyncio.Event)
    """A person sent it here from the foreground, where its asker waited."""
    is_attended: bool = False
    outcome: Spawned | OpenCodeError | OSError | None = None
    """For the asker who waited to the end."""

    def seen(self) -> Delegate:
        session = self.child.session
        answers = [m for m in session.messages if m.role == "assistant"]
        said = next((m.text for m in reversed(answers) if m.text.strip()), "")
        return Delegate(
            session.id, self.agent, session.title, self.started, self.reason, len(answers), said
        )


class Background:
    """All of a workspace. `wake` answers a note in a session where nothing runs."""

    def __init__(
        self,
        store: SessionStore,
        group: asyncio.TaskGroup,
        emit: Callable[[Event], None],
        wake: Callable[[Live, Message], None],
    ) -> None:
        self._store, self._group, self._emit, self._wake = store, group, emit, wake
        self._works: dict[str, _Work] = {}
        self._attended: dict[str, _Work] = {}
        self._ended = asyncio.Event()
        self._is_closing = False

    async def begin(
        self, start: Start, by: Asker, agent: str, prompt: str, session_id: str
    ) -> Delegate:
        """See `core.delegate.Delegates`."""
        if len(self._at_work(by.live.session.id)) >= _MOST:
            raise ToolError(f"{_MOST} sub-agents are at work in the background: wait for one.")
        child, finish = await start(by, agent, prompt, session_id)
        work = _Work(by.live, child, child.session.agent)
        self._works[child.session.id] = work
        self._show(work, None)
        work.task = self._group.create_task(self._see_through(work, finish))
        await asyncio.sleep(0)  # from here on the child's run is there to be cancelled
        return work.seen()

    async def attend(
        self, by: Live, child: Live, finish: Callable[[], Coroutine[Any, Any, Spawned]]
    ) -> Spawned:
        """What comes of a sub-agent in the foreground. When a person sends it into the background
        meanwhile, `reason` says so. Raises what `finish` does."""
        work = _Work(by, child, child.session.agent, is_attended=True)
        self._attended[child.session.id] = work
        work.task = self._group.create_task(self._see_through(work, finish))
        sent = asyncio.ensure_future(work.sent.wait())
        try:
            await asyncio.wait([work.task, sent], return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            work.task.cancel()
            await asyncio.wait([work.task])
            raise
        finally:
            del self._attended[child.session.id]
            sent.cancel()
        if not work.is_attended:
            return Spawned(child.session.id, work.agent, child.session.title, "background")
        if isinstance(work.outcome, Spawned):
            return work.outcome
        raise work.outcome or asyncio.CancelledError

    async def send(self, session_id: str) -> bool:
        """Send a session's sub-agents from the foreground here, as many as there is room for;
        False when none was at work there."""
        waited = [one for one in self._attended.values() if not one.reason]
        found = [one for one in waited if one.by.session.id == session_id]
        room = _MOST - len(self._at_work(session_id))
        for work in found[: max(room, 0)]:
            work.is_attended = False
            self._works[work.child.session.id] = work
            self._show(work, None)
            work.sent.set()
        return bool(found) and room > 0

    def listed(self, session_id: str) -> list[Delegate]:
        """See Delegates."""
        own = [one for one in self._works.values() if one.by.session.id == session_id]
        return [one.seen() for one in reversed(own)]

    async def stop(self, session_id: str, wanted: str) -> Delegate:
        """See Delegates."""
        work = self._works.get(wanted)
        if work is None or work.by.session.id != session_id:
            known = ", ".join(one.session for one in self.listed(session_id)) or "none"
            raise ToolError(f"No sub-agent {wanted!r} works in the background; known: {known}.")
        work.is_told = True
        await _end([work])
        return work.seen()

    async def stop_all(self, session_id: str) -> bool:
        """End all that work for a session; False when none did."""
        works = self._at_work(session_id)
        await _end(works)
        return bool(works)

    def must_rest(self, session_id: str) -> None:
        """SessionError while files may still be changed on behalf of a session."""
        if works := self._at_work(session_id):
            raise SessionError(
                f"{len(works)} sub-agents of this session still work in the background.",
                hint="Wait for them, or cancel the session, which cancels them.",
            )

    async def heard(self, session: Session) -> None:
        """Return when a report waits for this session, or when none will come any more."""
        while self._at_work(session.id) and not session.queued:
            self._ended.clear()
            await self._ended.wait()

    async def close(self) -> None:
        """End them all; nobody hears of it."""
        self._is_closing = True
        await _end(list(self._works.values()))

    def _at_work(self, session_id: str) -> list[_Work]:
        works = self._works.values()
        return [one for one in works if one.by.session.id == session_id and not one.reason]

    async def _see_through(
        self, work: _Work, finish: Callable[[], Coroutine[Any, Any, Spawned]]
    ) -> None:
        done = Spawned(work.child.session.id, work.agent, "", "cancelled", "It was cancelled.")
        try:
            done = await finish()
            work.outcome = done
        except (OpenCodeError, OSError) as error:
            done = Spawned(work.child.session.id, work.agent, "", "error", str(error))
            work.outcome = error
        except asyncio.CancelledError:
            work.is_told = True
            raise
        finally:
            work.reason = done.reason
            if not work.is_attended:
                if not self._is_closing and not work.is_told:
                    await self._deliver(work, done)
                self._show(work, 0 if done.reason == "done" else 1)
                self._ended.set()

    async def _deliver(self, work: _Work, done: Spawned) -> None:
        """A note between the steps of a run, or one that starts a run."""
        session = work.by.session
        note = user_message("", TextPart(_note(done), origin="nudge"), agent=session.agent)
        note.model = session.model
        if work.by.is_busy:
            session.queued.append(note)
            self._emit(QueueChanged(session.id, list(session.queued)))
        elif done.reason == "cancelled":  # by a person, who did not ask for an answer
            session.messages.append(note)
            self._emit(MessageAdded(session.id, note))
        else:
            self._wake(work.by, note)
            return  # the run saves it
        try:
            await self._store.save(session, note, sync=True)
        except (OpenCodeError, OSError):
            log.exception("the report of %s was not written down", done.session)

    def _show(self, work: _Work, code: int | None) -> None:
        title = f"@{work.agent} {work.child.session.title.removesuffix(f' (@{work.agent})')}"
        self._emit(JobChanged(work.by.session.id, work.child.session.id, title, code))


@dataclass(frozen=True)
class Delegation:
    """Implements `core.delegate.Delegates` for one asker."""

    background: Background
    start: Start
    by: Asker

    async def begin(self, agent: str, prompt: str, session: str) -> Delegate:
        """See Delegates."""
        return await self.background.begin(self.start, self.by, agent, prompt, session)

    def listed(self) -> list[Delegate]:
        """See Delegates."""
        return self.background.listed(self.by.live.session.id)

    async def stop(self, session: str) -> Delegate:
        """See Delegates."""
        return await self.background.stop(self.by.live.session.id, session)


async def _end(works: list[_Work]) -> None:
    for work in works:
        if work.child.run and not work.reason:
            work.child.run.cancel()
    tasks = [work.task for work in works if work.task]
    if tasks:
        await asyncio.wait(tasks)


def _note(done: Spawned) -> str:
    how = {"done": "is done", "cancelled": "was cancelled"}.get(done.reason, "")
    if not how:
        how = f"ended early ({done.reason}): {done.detail.rstrip('.')}"
    said = done.text.strip() or "It said nothing."
    if len(said) > _REPORT:
        said = f"{said[:_REPORT]}\n[cut; ask it again by its session for the rest]"
    return (
        f"The sub-agent {done.agent} in the background {how} (session {done.session}). "
        f"Its report:\n{said}"
    )
