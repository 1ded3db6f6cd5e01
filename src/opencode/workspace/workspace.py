"""One opened project: the door through which every face works."""

import asyncio
from collections.abc import Sequence
from typing import Any

from opencode.agent.agents import agent_named
from opencode.agent.kit import Kit
from opencode.core.ask import Ask, Reply
from opencode.core.door import NOTHING_ALONG, Along, Restored
from opencode.core.error import SessionError
from opencode.core.event import (
    AgentSwitched,
    RunFinished,
    SessionDeleted,
    SessionReplaced,
    SessionUpdated,
)
from opencode.core.message import Message, Part, ToolPart
from opencode.core.provider import ModelInfo
from opencode.core.session import Session, SessionInfo, new_session
from opencode.providers.choose import of_provider
from opencode.session import rewind
from opencode.session.store import SessionStore
from opencode.workspace.door.amending import Amending
from opencode.workspace.door.answering import Answering
from opencode.workspace.door.binding import OWN_AGENT, Binding
from opencode.workspace.door.by_hand import by_hand
from opencode.workspace.door.folding import fold
from opencode.workspace.door.heard import Heard, message_of, understood
from opencode.workspace.door.listing import Listing
from opencode.workspace.door.notices import say
from opencode.workspace.door.reviewing import Reviewing
from opencode.workspace.door.sharing import Sharing
from opencode.workspace.kit import pack
from opencode.workspace.live import Live, Lives
from opencode.workspace.rooms import Rooms
from opencode.workspace.subagents.background import Background
from opencode.workspace.subagents.spawn import Spawner


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
        self.skills, self.symbols, self.mcp_servers = seen.skills, seen.symbols, seen.mcp_servers
        self.add_mcp_server, self.turn_mcp_server = seen.add_mcp_server, seen.turn_mcp_server
        self.isolation, self.subscribe = seen.isolation, rooms.bus.subscribe
        """See Door."""
        self.use_key = keys.__setitem__
        """`use_key(provider, key)`: for as long as the workspace is open; never written down."""
        self._lives = Lives(store, rooms.place.cwd, model, self.notices.append, rooms.bus.emit)
        self._emit = rooms.bus.emit
        self._answering = Answering(
            store, group, lambda: self.rooms, self._pack, self._tell, titles=titles
        )
        self._background = Background(store, group, self._emit, self._wake)
        self.to_background = self._background.send
        """`to_background(session)`: those of its sub-agents that are waited for go on there."""
        self._spawn = Spawner(rooms, store, self._lives, self._background)
        self.sharing = Sharing(lambda: self.rooms.settings, self.session, self._tell_of)
        self.share, self.unshare = self.sharing.share, self.sharing.unshare
        self.shares, self.shared = self.sharing.shares, self.sharing.shared
        amend = Amending(self._idle, self._replaced)
        self.drop, self.drop_part, self.reword = amend.drop, amend.drop_part, amend.reword
        self.let_be = amend.let_be
        binding = self._binding = Binding(self._lives.get, store, self._tell)
        self.bind, self.bound, self.annotate = binding.bind, binding.bound, binding.annotate
        review = Reviewing(self._lives.get, self._idle)
        self.changes, self.revert, self.restore = review.changes, review.revert, review.restore

    async def default_model(self) -> ModelInfo:
        """See Door."""
        return await self.rooms.provider.info(self.model)

    # Conversations

    async def sessions(self, query: str = "", limit: int = 0) -> list[SessionInfo]:
        """See Door."""
        return await self.store.listing(query, limit)

    async def session(self, session_id: str) -> Session:
        """See Door."""
        live = self._lives.held(session_id)
        return live.session if live else await asyncio.to_thread(self.store.load, session_id)

    def ended(self, session_id: str) -> RunFinished | None:
        """How its last run here ended; None while one goes on, where none was, and once it was
        taken back."""
        live = self._lives.held(session_id)
        return live.ended if live and not live.session.undone else None

    async def create(
        self, *, agent: str = "", model: str = "", title: str = "", parent: str = ""
    ) -> Session:
        """See Door."""
        chosen = agent_named(agent or self.rooms.settings.default_agent, self.rooms.agents)
        above = (await self.session(parent)).id if parent else ""
        session = new_session(str(self.rooms.place.cwd), agent=chosen.name, parent=above)
        session.model = await self._model_id(model or chosen.model or self.model)
        session.effort = self.rooms.settings.effort
        if title:
            session.title, session.titled_by = title, "person"
        await self.sharing.created(session)
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
            session.meta.pop(OWN_AGENT, None)
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
        await self._binding.copy(session_id, copy.id)
        self._tell(await self._lives.create(copy))
        return copy

    async def delete(self, session_id: str) -> None:
        """See Door."""
        info = await asyncio.to_thread(self.store.find, session_id)
        await self.cancel(info.id)
        await self._lives.let_go(info.id)
        await asyncio.to_thread(self.store.delete, info.id)
        await self.sharing.forget(info.id)
        self._emit(SessionDeleted(info.id))

    async def let_go(self, session_id: str) -> None:
        """Close one session and its sub-agents': what runs is cancelled and written down, then
        other processes may write it."""
        if live := self._lives.held(session_id):
            await self.cancel(session_id)
            await self._lives.let_go(live.session.id)

    # Saying something

    async def prompt(
        self,
        session_id: str,
        text: str,
        parts: Sequence[Part] = (),
        *,
        agent: str = "",
        model: str = "",
        along: Along = NOTHING_ALONG,
    ) -> Message:
        """See Door."""
        live = await self._lives.get(session_id)
        session = live.session
        say(self.notices, session.id, self._emit)
        heard = understood(text, self.rooms, agent, model)
        heard.check(is_busy=live.is_busy)
        if heard.agent or heard.model:
            await self.update(session.id, agent=heard.agent, model=heard.model)
        message = await message_of(heard, session, parts, self.rooms, along)
        if live.is_busy and not along.is_answer:
            await self._answering.wait_in_line(live, message)
        elif along.wants_answer:
            self._answering.begin(live, message, heard)
        else:
            await self._answering.only_add(live, message)
        return message

    def _wake(self, live: Live, note: Message) -> None:
        self._answering.begin(live, note, Heard(""))

    async def withdraw(self, session_id: str, message_id: str) -> Message:
        """See Door."""
        return await self._answering.withdraw(await self._lives.get(session_id), message_id)

    async def cancel(self, session_id: str) -> bool:
        """See Door."""
        live = self._lives.held(session_id)
        if live is None:
            return False
        is_going = bool(live.going)
        await live.stop_run()
        return await self._background.stop_all(live.session.id) or is_going

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
        self._background.must_rest(live.session.id)
        restored = await rewind.undo(live.session, live.files, message_id)
        await self._replaced(live, SessionReplaced(live.session.id, "undo"))
        return restored

    async def redo(self, session_id: str) -> Restored:
        """See Door."""
        live = await self._idle(session_id)
        self._background.must_rest(live.session.id)
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
        live = await self._lives.get(session_id)
        return await by_hand(self._group, live, lambda: self._pack(live), name, input)

    async def close(self) -> None:
        """Cancel what runs, save everything, end every child."""
        await self._background.close()
        await self._lives.close()
        await self.rooms.hooks.close()
        await self.rooms.shell.close()
        await self.store.live_index.close()

    def _pack(self, live: Live) -> Kit:
        return pack(self.rooms, live, self.store.save, self._spawn)

    async def _model_id(self, model: str) -> str:
        return (await self.rooms.provider.info(of_provider(self.rooms.settings, model))).id

    async def _tell_of(self, session: Session) -> None:
        info = await asyncio.to_thread(self.store.find, session.id)
        self._emit(SessionUpdated(session.id, info))

    def _tell(self, live: Live) -> None:
        self._emit(SessionUpdated(live.session.id, self.store.info(live.session)))
