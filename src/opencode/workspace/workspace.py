"""One opened project: the door through which every face works."""

import asyncio
from collections.abc import Sequence
from typing import Any

from opencode.agent.agents import agent_named
from opencode.agent.loop import Kit, execute, join_queued
from opencode.agent.title import title_of_words
from opencode.core.ask import Ask, Reply
from opencode.core.door import Restored
from opencode.core.error import SessionError, UsageError
from opencode.core.event import (
    AgentSwitched,
    MessageAdded,
    QueueChanged,
    SessionDeleted,
    SessionReplaced,
    SessionUpdated,
)
from opencode.core.ids import new_id
from opencode.core.message import Message, Part, ToolPart
from opencode.core.session import Session, SessionInfo, new_session
from opencode.providers.choose import of_provider
from opencode.session import rewind
from opencode.session.store import SessionStore
from opencode.workspace.commands import completion
from opencode.workspace.folding import fold
from opencode.workspace.heard import Heard, message_of, understood
from opencode.workspace.kit import Rooms, pack
from opencode.workspace.listing import Listing
from opencode.workspace.live import Live, Lives
from opencode.workspace.naming import name_by_model
from opencode.workspace.notices import say
from opencode.workspace.reciting import answered_here
from opencode.workspace.runs import run
from opencode.workspace.spawn import Spawner


class Workspace:
    """Implements `core.door.Door` on this machine."""

    def __init__(
        self,
        rooms: Rooms,
        store: SessionStore,
        group: asyncio.TaskGroup,
        *,
        model: str,
        keys: dict[str, str],
        titles: bool,
    ) -> None:
        self.rooms = rooms
        self.store = store
        self.model = model
        self.notices: list[str] = []
        """What a person should know about how this was opened, one line each."""
        self._group = group
        seen = Listing(rooms)
        self.agents, self.commands, self.models = seen.agents, seen.commands, seen.models
        self.mcp_servers, self.turn_mcp_server = seen.mcp_servers, seen.turn_mcp_server
        self.isolation, self.subscribe = seen.isolation, rooms.bus.subscribe
        """See Door."""
        self.use_key = keys.__setitem__
        """`use_key(provider, key)`: for as long as the workspace is open; never written down."""
        self._titles = titles
        self._lives = Lives(store, rooms.place.cwd, self.notices.append)
        self._spawn = Spawner(rooms, store, self._lives)
        self._emit = rooms.bus.emit

    # Conversations

    async def sessions(self, query: str = "", limit: int = 0) -> list[SessionInfo]:
        """See Door."""
        return await self.store.listing(query, limit)

    async def session(self, session_id: str) -> Session:
        """See Door."""
        live = self._lives.held(session_id)
        return live.session if live else await asyncio.to_thread(self.store.load, session_id)

    async def create(self, *, agent: str = "", model: str = "", title: str = "") -> Session:
        """See Door."""
        chosen = agent_named(agent or self.rooms.settings.default_agent, self.rooms.agents)
        session = new_session(str(self.rooms.place.cwd), agent=chosen.name)
        session.model = await self._model_id(model or chosen.model or self.model)
        session.effort = self.rooms.settings.effort
        if title:
            session.title, session.titled_by = title, "person"
        live = await self._lives.create(session)
        self._tell(live)
        return session

    async def update(
        self,
        session_id: str,
        *,
        title: str = "",
        agent: str = "",
        model: str = "",
        effort: str | None = None,
    ) -> Session:
        """See Door."""
        live = await self._lives.get(session_id)
        session = live.session
        if title:
            session.title, session.titled_by = title, "person"
        if agent:
            session.agent = agent_named(agent, self.rooms.agents).name
        if model:
            session.model = await self._model_id(model)
        if effort is not None:
            session.effort = effort
        if agent or model:
            self._emit(AgentSwitched(session.id, session.agent, session.model))
        await self.store.save(session, sync=True)
        self._tell(live)
        return session

    async def fork(self, session_id: str, message_id: str = "") -> Session:
        """See Door."""
        copy = rewind.fork(await self.session(session_id), message_id)
        self._tell(await self._lives.create(copy))
        return copy

    async def delete(self, session_id: str) -> None:
        """See Door."""
        info = await asyncio.to_thread(self.store.find, session_id)
        await self.cancel(info.id)
        for held in (*self._lives.below(info.id), info.id):
            await self._lives.let_go(held)
        await asyncio.to_thread(self.store.delete, info.id)
        self._emit(SessionDeleted(info.id))

    # Saying something

    async def prompt(
        self,
        session_id: str,
        text: str,
        parts: Sequence[Part] = (),
        *,
        agent: str = "",
        model: str = "",
    ) -> Message:
        """See Door."""
        live = await self._lives.get(session_id)
        session = live.session
        say(self.notices, session.id, self._emit)
        heard = understood(text, self.rooms, agent, model)
        heard.check(is_busy=live.is_busy)
        if heard.agent or heard.model:
            await self.update(session.id, agent=heard.agent, model=heard.model)
        message = await message_of(heard, session, parts, self.rooms)
        if live.is_busy:
            session.queued.append(message)
            self._emit(QueueChanged(session.id, list(session.queued)))
            await self.store.save(session, sync=True)
            return message
        live.begin(self._group.create_task(self._answer(live, message, heard)))
        return message

    async def _answer(self, live: Live, prompt: Message, heard: Heard) -> None:
        session = live.session
        session.undone.clear()
        if not session.title:
            session.title, session.titled_by = title_of_words(prompt.text), "words"
        live.files.begin(prompt.id)
        session.messages.append(prompt)
        self._emit(MessageAdded(session.id, prompt))
        self._tell(live)
        try:
            await self.store.save(session, prompt, sync=True)
            kit = answered_here(self._pack(live), prompt, self.rooms.joining.servers)
            first = completion(heard.command, session, prompt, kit)
            await run(session, prompt, kit, self._emit, first)
            while joined := await join_queued(session, kit):  # typed while the run was ending
                kit = self._pack(live)
                await run(session, joined[0], kit, self._emit)
        finally:
            live.closing = True
            await asyncio.shield(self.store.fold(session))
            self._tell(live)
        if self._titles and session.titled_by == "words":
            live.title = self._group.create_task(name_by_model(self.rooms, session, prompt.text))

    async def withdraw(self, session_id: str, message_id: str) -> Message:
        """See Door."""
        session = (await self._lives.get(session_id)).session
        found = next((m for m in session.queued if m.id == message_id), None)
        if found is None:
            raise UsageError("That prompt is not waiting any more.")
        session.queued.remove(found)
        self._emit(QueueChanged(session.id, list(session.queued)))
        await self.store.save(session)
        return found

    async def cancel(self, session_id: str) -> bool:
        """See Door."""
        live = self._lives.held(session_id)
        if live is None or live.run is None or live.run.done():
            return False
        live.run.cancel()
        await asyncio.wait([live.run])
        return True

    async def idle(self, session_id: str) -> None:
        """See Door."""
        live = self._lives.held(session_id)
        if live and live.run:
            await asyncio.wait([live.run])

    async def answer(self, ask_id: str, reply: Reply) -> bool:
        """See Door."""
        return self.rooms.inbox.answer(ask_id, reply)

    async def asks(self) -> list[Ask]:
        """See Door."""
        return self.rooms.inbox.waiting

    # Taking back

    async def undo(self, session_id: str, message_id: str = "") -> Restored:
        """See Door."""
        live = await self._idle(session_id)
        restored = await rewind.undo(live.session, live.files, message_id)
        await self._replaced(live, SessionReplaced(live.session.id, "undo"))
        return restored

    async def redo(self, session_id: str) -> Restored:
        """See Door."""
        live = await self._idle(session_id)
        restored = await rewind.redo(live.session, live.files)
        await self._replaced(live, SessionReplaced(live.session.id, "redo"))
        return restored

    async def compact(self, session_id: str, focus: str = "") -> None:
        """See Door."""
        live = await self._idle(session_id)
        await fold(self._group, self.rooms, live, lambda: self._pack(live), focus)
        await self.store.fold(live.session)
        self._tell(live)

    async def _replaced(self, live: Live, event: SessionReplaced) -> None:
        await self.store.save(live.session, sync=True)
        await self.store.fold(live.session)
        self._emit(event)
        self._tell(live)

    async def _idle(self, session_id: str) -> Live:
        live = await self._lives.get(session_id)
        if live.is_busy:
            raise SessionError("The session is busy.", hint="Cancel the run first.")
        if live.run:
            await asyncio.wait([live.run])
        return live

    # The rest of the house

    async def tool(self, session_id: str, name: str, input: dict[str, Any]) -> ToolPart:
        """See Door."""
        live = await self._idle(session_id)
        session = live.session
        kit = self._pack(live)
        message = session.begin_answer(session.agent, "")
        call = ToolPart(new_id("call"), name, dict(input))
        message.parts.append(call)
        live.files.begin(message.id)
        await execute(session, kit.agent(session), message, call, kit)
        message.finish = "stop"
        await self.store.save(session, message, sync=True)
        return call

    async def close(self) -> None:
        """Cancel what runs, save everything, end every child."""
        await self._lives.close()
        await self.rooms.hooks.close()
        await self.rooms.shell.close()
        await self.store.live_index.close()

    def _pack(self, live: Live) -> Kit:
        return pack(self.rooms, live, self.store.save, self._spawn)

    async def _model_id(self, model: str) -> str:
        return (await self.rooms.provider.info(of_provider(self.rooms.settings, model))).id

    def _tell(self, live: Live) -> None:
        info = self.store.info(live.session)
        self._emit(SessionUpdated(live.session.id, info))
