"""Sub-agents: runs in sessions below the one that asked, ended with it, paid by it."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from opencode.agent.agents import agent_named, subagents
from opencode.agent.kit import Kit
from opencode.agent.title import title_of_words
from opencode.core.agent import Agent
from opencode.core.delegate import Delegates
from opencode.core.error import OpenCodeError, ToolError, UsageError
from opencode.core.event import Event, MessageAdded, RunFinished, SessionUpdated, ToolStarted
from opencode.core.message import Message, ToolPart, user_message
from opencode.core.session import Session, new_session
from opencode.core.tool import Spawned
from opencode.session.store import SessionStore
from opencode.workspace.collaborators.fallback import model_of
from opencode.workspace.kit import Asker, pack, told_now
from opencode.workspace.live import Live, Lives
from opencode.workspace.rooms import Rooms
from opencode.workspace.runs import run
from opencode.workspace.subagents.background import Background, Delegation
from opencode.workspace.subagents.family import DEPTH

_SHOWN = 20


class Spawner:
    """Starts sub-agents and waits for them. Handed to the kit of every run."""

    def __init__(
        self, rooms: Rooms, store: SessionStore, lives: Lives, background: Background
    ) -> None:
        self._rooms, self._store, self._lives = rooms, store, lives
        self._background = background
        self._family = rooms.family
        self._claimed: set[str] = set()
        """Sessions that are being asked again: two calls of one step may name the same."""

    async def __call__(self, by: Asker, name: str, prompt: str, session_id: str) -> Spawned:
        """Run agent `name` on the prompt in a new session or in an earlier one below the asker's.
        ToolError when that cannot be."""
        watching = [by.progress]

        def show(text: str) -> None:
            watching[-1](text)

        asker = replace(by, progress=show)
        live, finish = await self.start(asker, name, prompt, session_id)
        try:
            return await self._background.attend(by.live, live, finish)
        finally:
            watching.append(_nobody_watches)  # the call is over; the sub-agent may go on

    async def start(
        self, by: Asker, name: str, prompt: str, session_id: str
    ) -> tuple[Live, Callable[[], Coroutine[Any, Any, Spawned]]]:
        """See `workspace.subagents.background.Start`."""
        agent = self._agent(name)
        parent = by.live.session
        if self._family.depth(parent) >= DEPTH:
            raise ToolError(f"Sub-agents go at most {DEPTH} levels deep: do it yourself.")
        live = await self._open(by, agent, prompt, session_id)
        child = live.session
        by.call.child = child.id
        self._family.join(child, parent, by.agent)

        async def finish() -> Spawned:
            try:
                ended = await self._run(by, live, prompt)
            finally:
                await asyncio.shield(self._background.stop_all(child.id))
                self._family.leave(child)
                self._claimed.discard(child.id)
                await asyncio.shield(self._lives.let_go(child.id))
            return Spawned(child.id, agent.name, _last_words(child), ended.reason, ended.detail)

        return live, finish

    def delegates(self, by: Asker) -> Delegates:
        """See `workspace.kit.Spawn`."""
        return Delegation(self._background, self.start, replace(by, progress=_nobody_watches))

    async def heard(self, session: Session) -> None:
        """A run that ends waits for its background sub-agents where no later one could hear of
        them: in sub-agents, and where there may be no second prompt."""
        if self._rooms.joining.is_one_shot or self._family.depth(session):
            await self._background.heard(session)

    def _agent(self, name: str) -> Agent:
        there = {agent.name: agent for agent in subagents(self._rooms.agents)}
        try:
            return agent_named(name or "general", there)
        except UsageError as error:
            raise ToolError(f"{error.message} {error.hint}") from None

    async def _open(self, by: Asker, agent: Agent, prompt: str, session_id: str) -> Live:
        files = by.live.files.for_subagent()
        parent = by.live.session
        if not session_id:
            child = new_session(parent.directory, agent=agent.name, parent=parent.id)
            child.model, child.effort = (
                model_of(agent, parent.model, self._rooms.settings),
                parent.effort,
            )
            child.title = f"{title_of_words(prompt)} (@{agent.name})"
            child.titled_by = "words"
            live = await self._lives.create(child, files)
        else:
            live = await self._reopen(by, session_id)
            live.session.agent = agent.name
        self._tell(live.session)
        return live

    async def _reopen(self, by: Asker, session_id: str) -> Live:
        try:
            info = await asyncio.to_thread(self._store.find, session_id)
        except OpenCodeError as error:
            raise ToolError(error.message) from error
        if info.parent != by.live.session.id:
            raise ToolError(f"Session {session_id} is none of your sub-agents'.")
        held = self._lives.held(info.id)
        if info.id in self._claimed or (held and held.is_busy):
            raise ToolError(f"The sub-agent of session {session_id} is still at work.")
        self._claimed.add(info.id)
        try:
            await self._lives.let_go(info.id)
            return await self._lives.get(info.id, by.live.files.for_subagent())
        except OpenCodeError as error:
            self._claimed.discard(info.id)
            raise ToolError(error.message) from error

    async def _run(self, by: Asker, live: Live, prompt: str) -> RunFinished:
        """In a task of its own, so that a person can cancel this sub-agent alone."""
        task = asyncio.create_task(self._answer(by, live, prompt))
        live.begin(task)
        try:
            await asyncio.wait([task])
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait([task])
        if task.cancelled():
            return RunFinished(live.session.id, "cancelled", "It was cancelled.")
        return task.result()

    async def _answer(self, by: Asker, live: Live, prompt: str) -> RunFinished:
        session = live.session
        kit = self._kit(by, live)
        agent = kit.agent(session)
        message = user_message(prompt, agent=agent.name, model=session.model)
        message.parts.extend(told_now(session, agent))
        session.messages.append(message)
        kit.emit(MessageAdded(session.id, message))
        try:
            await kit.save(session, message, sync=True)
            return await run(session, message, kit, kit.emit)
        finally:
            await asyncio.shield(self._store.fold(session))
            self._tell(session)

    def _kit(self, by: Asker, live: Live) -> Kit:
        """The usual one; costs go up at each save, and the asker shows what is going on."""
        seen: list[str] = []

        async def save(session: Session, *touched: Message, sync: bool = False) -> None:
            self._family.roll_up(session)
            await self._store.save(session, *touched, sync=sync)

        def emit(event: Event) -> None:
            self._rooms.bus.emit(event)
            if isinstance(event, ToolStarted):
                seen.append(f"{event.call.tool} {_main(event.call)}".rstrip())
                by.progress("\n".join(seen[-_SHOWN:]))

        kit = pack(self._rooms, live, save, self)
        kit.budget.max_cost = by.kit.budget.left(by.live.session)
        kit.budget.max_seconds = 0.0  # the asker's own limit ends this run, too
        return replace(kit, emit=emit)

    def _tell(self, session: Session) -> None:
        with contextlib.suppress(OpenCodeError):
            self._rooms.bus.emit(SessionUpdated(session.id, self._store.info(session)))


def _nobody_watches(text: str) -> None:
    del text


def _last_words(session: Session) -> str:
    answers = (m.text for m in reversed(session.messages) if m.role == "assistant")
    return next((text for text in answers if text.strip()), "")


def _main(call: ToolPart) -> str:
    texts = [value for value in call.input.values() if isinstance(value, str)]
    return texts[0].partition("\n")[0][:80] if texts else ""
