"""The original's server as a door: what it has no equal for is refused in one sentence."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Literal

from msgspec import structs

from opencode.core.ask import Ask, Reply
from opencode.core.door import NOTHING_ALONG, Along, Restored
from opencode.core.error import OpenCodeError, SessionBusy, SessionNotFound, UsageError
from opencode.core.event import (
    AgentSwitched,
    AskAnswered,
    AskRaised,
    Event,
    Numbered,
    SessionReplaced,
)
from opencode.core.message import Message, Part, ToolPart, user_message
from opencode.core.session import Session, SessionInfo
from opencode.remote.link import Link
from opencode.remote.original import saying, undoing
from opencode.remote.original.choosing import Choosing
from opencode.remote.original.errands import Errands
from opencode.remote.original.hearing import Hearing
from opencode.remote.original.looking import Looking, listed, whole_id
from opencode.remote.original.plain import Json, inner
from opencode.remote.original.reading import call_of, session_of
from opencode.remote.original.saying import Who
from opencode.remote.original.stream import Stream
from opencode.remote.original.wire import Wire

_PAUSE = 0.2


class OriginalDoor:
    """Implements `core.door.Door` on a server of the original. `stays` makes broken connections
    again; without it they end the events with Unreachable."""

    def __init__(self, link: Link, folder: str = "", *, stays: bool = False) -> None:
        self._wire, self._stays = Wire(link, folder), stays
        self._choosing = Choosing(self._wire)
        self._hearing = Hearing(self._choosing.info)
        self._stream: Stream | None = None
        self._errands = Errands()
        self._shown = ""
        seen = Looking(self._wire)
        self.agents, self.commands, self.models = seen.agents, seen.commands, seen.models
        self.default_model, self.isolation = seen.default_model, seen.isolation
        self.mcp_servers, self.turn_mcp_server = seen.mcp_servers, seen.turn_mcp_server
        self.changes, self.revert, self.restore = seen.changes, seen.revert, seen.restore
        self.share, self.unshare, self.shares = seen.share, seen.unshare, seen.shares

    async def close(self) -> None:
        """What runs there goes on."""
        await self._errands.close()

    # Sessions

    async def sessions(self, query: str = "", limit: int = 0) -> list[SessionInfo]:
        """See Door; words are looked for in titles."""
        infos = [self._choosing.info(one) for one in await listed(self._wire, query, limit)]
        for info in infos:
            self._hearing.know(info)
        return infos

    async def session(self, session_id: str) -> Session:
        """See Door. As the events that were heard so far have left it."""
        name = self._shown = await whole_id(self._wire, session_id)
        path = f"/session/{name}"
        one, said, todos = await asyncio.gather(
            self._wire.get(path), self._wire.get(f"{path}/message"), self._wire.get(f"{path}/todo")
        )
        hearing = self._hearing
        messages, queued = hearing.talk.meet(name, said)
        session = session_of(one, messages, todos)
        info = self._choosing.info(one)
        session.agent, session.model = info.agent, info.model
        session.queued = queued
        until = str(inner(one, "revert").get("messageID") or "")
        undoing.hide(session, until)
        hearing.know(info)
        hearing.know_revert(name, until)
        if self._stream and (running := hearing.running(name, messages)):
            self._stream.tell(running)
        return session

    async def create(
        self, *, agent: str = "", model: str = "", title: str = "", parent: str = ""
    ) -> Session:
        """See Door."""
        body: Json = {"title": title, "parentID": parent, "agent": agent}
        body = {key: value for key, value in body.items() if value}
        if model:
            body["model"] = saying.named(model, "id")
        made = await self._wire.post("/session", body)
        self._shown = made["id"]
        if agent or model:
            self._choosing.choose(made["id"], Who(agent, model))
        info = self._choosing.info(made)
        self._hearing.know(info)
        session = session_of(made, [], [])
        session.agent, session.model = info.agent, info.model
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
        """See Door. Who answers is kept here until the next prompt tells it."""
        if title:
            await self._wire.patch(f"/session/{session_id}", {"title": title})
        if agent or model or effort is not None:
            was = await self._choosing.who(session_id)
            deep = was.effort if effort is None else effort
            now = Who(agent or was.agent, model or was.model, deep)
            self._choosing.choose(session_id, now)
            if self._stream:
                self._stream.tell(AgentSwitched(session_id, now.agent, now.model))
        return await self.session(session_id)

    async def delete(self, session_id: str) -> None:
        """For good: the original has no trash."""
        await self._wire.delete(f"/session/{session_id}")

    async def fork(self, session_id: str, message_id: str = "") -> Session:
        """See Door."""
        given = {"messageID": message_id} if message_id else {}
        made = await self._wire.post(f"/session/{session_id}/fork", given)
        self._choosing.choose(made["id"], await self._choosing.who(session_id))
        return await self.session(made["id"])

    # Prompts

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
        """See Door. Mentions are of the server's files; a command's whole answer is waited for in
        the background."""
        chosen = await self._choosing.who(session_id)
        who = Who(agent or chosen.agent, model or chosen.model, chosen.effort)
        self._hearing.told.pop(session_id, None)
        named = {one.name for one in await self.commands()} if text.startswith("/") else set[str]()
        name, words = saying.called(text, named)
        if name:
            work = self._command(session_id, name, words, who)
            self._errands.start(work, lambda error: self._failed(session_id, error))
            return user_message(text, *parts, agent=who.agent, model=who.model)
        agents = await self.agents() if "@" in text else []
        prefix, sent = await saying.body_of(self._wire, text, parts, agents)
        who = structs.replace(who, agent=agent or prefix or who.agent)
        body = {"parts": sent, **who.body(), **saying.along_of(along)}
        await self._wire.post(f"/session/{session_id}/prompt_async", body)
        return user_message(text, *parts, agent=who.agent, model=who.model)

    async def withdraw(self, session_id: str, message_id: str) -> Message:
        """Refused: the original takes a prompt back only when nothing runs."""
        del session_id, message_id
        raise SessionBusy(
            "The original's server does not give back a prompt that waits.",
            hint="Esc stops the answer.",
        )

    async def cancel(self, session_id: str) -> bool:
        """See Door."""
        was = session_id in await self._busy()
        await self._wire.post(f"/session/{session_id}/abort")
        return was

    async def tool(self, session_id: str, name: str, input: dict[str, Any]) -> ToolPart:
        """A shell line only: the original runs no other tool for a person."""
        command = str(input.get("command") or "")
        if name != "bash" or not command:
            raise UsageError("The original's server runs shell lines only, no other tool.")
        who = await self._choosing.who(session_id)
        body = {"agent": who.agent or "build", "command": command, **who.body()}
        body.pop("variant", None)
        made = await self._wire.post(f"/session/{session_id}/shell", body)
        return next(call_of(part, "") for part in made["parts"] if part["type"] == "tool")

    async def compact(self, session_id: str, focus: str = "") -> None:
        """See Door."""
        if focus:
            raise UsageError(
                "The original's server folds without words on what matters.",
                hint="/compact alone does that.",
            )
        model = (await self._choosing.who(session_id)).model or (await self.default_model()).id
        await self._wire.post(f"/session/{session_id}/summarize", saying.named(model))

    async def undo(self, session_id: str, message_id: str = "") -> Restored:
        """See Door."""
        await self._check_idle(session_id)
        return await undoing.undo(self._wire, session_id, message_id)

    async def redo(self, session_id: str) -> Restored:
        """See Door."""
        await self._check_idle(session_id)
        return await undoing.redo(self._wire, session_id)

    async def idle(self, session_id: str) -> None:
        """See Door."""
        while session_id in await self._busy():  # noqa: ASYNC110 (another process's state)
            await asyncio.sleep(_PAUSE)

    # Questions and events

    async def answer(self, ask_id: str, reply: Reply) -> bool:
        """See Door. Every longer scope is the original's "always": the project, while it runs."""
        allowed = reply.verdict == "allow"
        if ask_id.startswith("que"):
            word = "reply" if allowed else "reject"
            path, given = f"/question/{ask_id}/{word}", {"answers": reply.answers}
            body: Json = given if allowed else {}
        else:
            path = f"/permission/{ask_id}/reply"
            always = "once" if reply.scope == "once" else "always"
            body = {"reply": always if allowed else "reject"}
            body |= {"message": reply.reason} if reply.reason else {}
        try:
            return bool(await self._wire.post(path, body))
        except SessionNotFound:
            return False

    async def asks(self) -> list[Ask]:
        """See Door."""
        kinds: tuple[Literal["permission", "question"], ...] = ("permission", "question")
        found = await asyncio.gather(*(self._wire.get(f"/{kind}") for kind in kinds))
        hearing = self._hearing
        return [
            hearing.ask(kind, one) for kind, all in zip(kinds, found, strict=True) for one in all
        ]

    @asynccontextmanager
    async def subscribe(
        self, epoch: str = "", after: int | None = None
    ) -> AsyncGenerator[AsyncIterator[Numbered]]:
        """See Door; from now on, whatever number is named: the original keeps none."""
        del epoch, after
        stream = Stream(self._wire, self._hearing, self._missed if self._stays else None)
        async with stream.opened():
            self._hearing.busy |= await self._busy()
            self._stream = stream
            try:
                yield stream.events(lambda: self._shown)
            finally:
                self._stream = None

    async def _missed(self) -> list[Event]:
        """What became of runs and questions while nobody listened; the rest is read anew."""
        events = [*self._hearing.ended_meanwhile(await self._busy())]
        before = dict(self._hearing.waiting)
        now = await self.asks()
        for gone in before.keys() - {ask.id for ask in now}:
            self._hearing.waiting.pop(gone, None)
            events.append(AskAnswered(before[gone].session, gone, Reply("allow")))
        events += [AskRaised(ask.session, ask) for ask in now if ask.id not in before]
        if self._shown:
            events.append(SessionReplaced(self._shown, "amended"))
        return events

    # Beside

    async def _busy(self) -> set[str]:
        found: dict[str, Json] = await self._wire.get("/session/status")
        return {name for name, status in found.items() if status.get("type") != "idle"}

    async def _check_idle(self, session_id: str) -> None:
        if session_id in await self._busy():
            raise SessionBusy("The session is busy.", hint="Cancel the run first.")

    def _failed(self, session_id: str, error: OpenCodeError) -> None:
        end = self._hearing.refused(session_id, error.message)
        if self._stream and end:
            self._stream.tell(end)

    async def _command(self, session_id: str, name: str, words: str, who: Who) -> None:
        body: Json = {"command": name, "arguments": words}
        body |= {"agent": who.agent} if who.agent else {}
        body |= {"model": who.model} if who.model else {}
        await self._wire.post(f"/session/{session_id}/command", body)
