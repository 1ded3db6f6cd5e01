"""A door to nowhere: honest sessions in memory and events told by the test."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from msgspec import structs

from opencode.core.agent import Agent
from opencode.core.ask import Ask, Reply
from opencode.core.bus import Bus
from opencode.core.command import Command
from opencode.core.delta import Delta, Finish, TextDelta, Usage
from opencode.core.door import NOTHING_ALONG, Along, McpServer, Restored
from opencode.core.error import SessionNotFound, UsageError
from opencode.core.event import (
    AgentSwitched,
    AskAnswered,
    Event,
    MessageAdded,
    MessageChunk,
    MessageFinished,
    MessageStarted,
    Numbered,
    QueueChanged,
    RunFinished,
    RunStarted,
    ServerChanged,
    SessionUpdated,
    ToolFinished,
    ToolStarted,
)
from opencode.core.ids import new_id
from opencode.core.message import Message, Part, ToolPart, absorb, user_message
from opencode.core.provider import ModelInfo
from opencode.core.review import Changed
from opencode.core.session import Session, SessionInfo, new_session
from opencode.core.shell import Isolation


class FakeDoor:
    """Implements Door. `said` holds the prompts; a run goes on until the test ends it."""

    def __init__(self) -> None:
        self.bus = Bus()
        self.kept: dict[str, Session] = {}
        self.said: list[tuple[str, str]] = []
        self.waiting: list[Ask] = []
        self.answers: list[tuple[str, Reply]] = []
        self.cancelled: list[str] = []
        self.busy: set[str] = set()
        self.ran: list[tuple[str, dict[str, Any]]] = []
        self.servers: dict[str, McpServer] = {}
        self.pages: dict[str, str] = {}
        self.wall: Isolation = "write-workspace"
        self.changed: list[Changed] = []
        self.reverted: list[tuple[str, int | None, str]] = []
        self.restored: list[tuple[str, str]] = []
        self.known: list[Command] = []
        self.folded: list[str] = []
        self.folding: asyncio.Event | None = None
        """Folding waits for this."""
        self.offered = [
            ModelInfo("fake/one", "Fake One", 200_000),
            ModelInfo("fake/two", "Fake Two", 100_000, input_price=1.0, output_price=2.0),
            ModelInfo("other/gpt-4o", "GPT-4o", 128_000),
        ]
        self.first: ModelInfo | Exception = ModelInfo("")
        """Who answers when no model is named, or why nobody does."""
        self.failure: Exception | None = None
        """Raised by the next prompt."""

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator["FakeDoor"]:
        yield self

    def tell(self, *events: Event) -> None:
        for event in events:
            self.bus.emit(event)

    def stream(self, session: Session, *deltas: Delta, end: bool = True) -> Message:
        """One answer in pieces."""
        message = session.begin_answer(session.agent, session.model)
        self.tell(MessageStarted(session.id, message.id, session.agent, session.model))
        for delta in deltas:
            absorb(message, delta)
            self.tell(MessageChunk(session.id, message.id, delta))
        if end:
            absorb(message, Finish("stop", Usage(input=900, output=100, cost=0.01)))
            self.tell(MessageFinished(session.id, message))
        return message

    def call(self, session: Session, message: Message, part: ToolPart) -> None:
        self.tell(ToolStarted(session.id, message.id, part))

    def called(self, session: Session, message: Message, part: ToolPart) -> None:
        self.tell(ToolFinished(session.id, message.id, part))

    def end(self, session: Session, **more: Any) -> None:
        self.busy.discard(session.id)
        usage = Usage(input=900, output=100, cost=0.01)
        self.tell(RunFinished(session.id, more.pop("reason", "done"), usage=usage, **more))

    def reply(self, session: Session, text: str) -> None:
        """A whole run that says this."""
        self.stream(session, TextDelta(text))
        self.end(session, seconds=1.0, steps=1)

    async def sessions(self, query: str = "", limit: int = 0) -> list[SessionInfo]:
        found = sorted(self.kept.values(), key=lambda s: s.updated, reverse=True)
        infos = [
            s.info()
            for s in found
            if query.lower() in (s.title + " ".join(m.text for m in s.messages)).lower()
        ]
        return infos[: limit or None]

    async def session(self, session_id: str) -> Session:
        found = [s for s in self.kept.values() if s.id.startswith(session_id)]
        if len(found) != 1:
            raise SessionNotFound(f"No session {session_id}.")
        return found[0]

    async def create(
        self, *, agent: str = "", model: str = "", title: str = "", parent: str = ""
    ) -> Session:
        session = new_session(
            "/project", agent=agent or "build", model=model or "fake/one", parent=parent
        )
        session.title = title
        self.kept[session.id] = session
        self.tell(SessionUpdated(session.id, session.info()))
        return session

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
        del along
        if self.failure:
            failure, self.failure = self.failure, None
            raise failure
        session = await self.session(session_id)
        message = user_message(text, *parts, agent=agent or session.agent, model=model)
        self.said.append((session_id, text))
        if session_id in self.busy:
            session.queued.append(message)
            self.tell(QueueChanged(session_id, list(session.queued)))
            return message
        self.busy.add(session_id)
        session.messages.append(message)
        session.title = session.title or text
        self.tell(
            MessageAdded(session_id, message),
            RunStarted(session_id, message.id, session.agent, session.model),
            SessionUpdated(session_id, session.info()),
        )
        return message

    async def cancel(self, session_id: str) -> bool:
        self.cancelled.append(session_id)
        was = session_id in self.busy
        if was:
            self.end(await self.session(session_id), reason="cancelled")
        return was

    async def answer(self, ask_id: str, reply: Reply) -> bool:
        found = [ask for ask in self.waiting if ask.id == ask_id]
        self.waiting = [ask for ask in self.waiting if ask.id != ask_id]
        self.answers.append((ask_id, reply))
        for ask in found:
            self.tell(AskAnswered(ask.session, ask.id, reply))
        return bool(found)

    async def asks(self) -> list[Ask]:
        return self.waiting

    def subscribe(
        self, epoch: str = "", after: int | None = None
    ) -> AbstractAsyncContextManager[AsyncIterator[Numbered]]:
        return self.bus.subscribe(epoch, after)

    async def update(
        self,
        session_id: str,
        *,
        title: str = "",
        agent: str = "",
        model: str = "",
        effort: str | None = None,
    ) -> Session:
        session = await self.session(session_id)
        session.title = title or session.title
        session.agent = agent or session.agent
        session.model = model or session.model
        session.effort = session.effort if effort is None else effort
        if agent or model:
            self.tell(AgentSwitched(session.id, session.agent, session.model))
        self.tell(SessionUpdated(session.id, session.info()))
        return session

    async def withdraw(self, session_id: str, message_id: str) -> Message:
        session = await self.session(session_id)
        found = next(m for m in session.queued if m.id == message_id)
        session.queued.remove(found)
        self.tell(QueueChanged(session_id, list(session.queued)))
        return found

    async def undo(self, session_id: str, message_id: str = "") -> Restored:
        session = await self.session(session_id)
        prompts = [n for n, m in enumerate(session.messages) if m.role == "user"]
        if not prompts:
            raise UsageError("Nothing to undo.")
        prompt = session.messages[prompts[-1]]
        del session.messages[prompts[-1] :]
        return Restored(prompt, ["a.py"])

    async def redo(self, session_id: str) -> Restored:
        raise UsageError("Nothing to redo.")

    async def changes(self, session_id: str) -> list[Changed]:
        return list(self.changed)

    async def revert(
        self, session_id: str, path: str, hunk: int | None = None, version: str = ""
    ) -> str:
        """A whole file goes back; of a hunk it is only noted."""
        self.reverted.append((path, hunk, version))
        if hunk is None:
            self.changed = [one for one in self.changed if one.diff.path != path]
        return version

    async def restore(self, session_id: str, path: str, version: str) -> None:
        self.restored.append((path, version))

    async def compact(self, session_id: str, focus: str = "") -> None:
        if self.folding:
            await self.folding.wait()
        self.folded.append(focus)

    async def commands(self) -> list[Command]:
        return self.known

    async def fork(self, session_id: str, message_id: str = "") -> Session:
        old = await self.session(session_id)
        new = await self.create(agent=old.agent, model=old.model, title=old.title + " (fork)")
        new.messages = list(old.messages)
        return new

    async def delete(self, session_id: str) -> None:
        del self.kept[session_id]

    async def tool(self, session_id: str, name: str, input: dict[str, Any]) -> ToolPart:
        self.ran.append((name, input))
        part = ToolPart(new_id("call"), name, input)
        session = await self.session(session_id)
        message = session.begin_answer(session.agent, "")
        message.parts.append(part)
        part.start()
        self.call(session, message, part)
        part.close("completed", "done")
        self.called(session, message, part)
        return part

    async def agents(self) -> list[Agent]:
        return [Agent("build", "Does things"), Agent("plan", "Looks first", read_only=True)]

    async def models(self) -> list[ModelInfo]:
        return list(self.offered)

    async def default_model(self) -> ModelInfo:
        if isinstance(self.first, Exception):
            raise self.first
        return self.first

    async def mcp_servers(self) -> list[McpServer]:
        return list(self.servers.values())

    async def turn_mcp_server(self, name: str, on: bool) -> None:
        state = "ready" if on else "disabled"
        self.servers[name] = structs.replace(self.servers[name], state=state, detail="")
        self.tell(ServerChanged("", "mcp", name, state))

    async def share(self, session_id: str) -> str:
        return self.pages.setdefault((await self.session(session_id)).id, f"page-{len(self.pages)}")

    async def unshare(self, session_id: str) -> bool:
        return self.pages.pop(session_id, "") != ""

    async def shares(self) -> dict[str, str]:
        return dict(self.pages)

    async def isolation(self) -> Isolation:
        return self.wall

    async def idle(self, session_id: str) -> None:
        return None
