"""The door of a server of ours: each method is one request, answered with our own nouns."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from opencode.core.agent import Agent
from opencode.core.ask import Ask, Reply
from opencode.core.command import Command
from opencode.core.door import NOTHING_ALONG, Along, McpServer, Restored
from opencode.core.event import Numbered
from opencode.core.message import Message, Part, ToolPart
from opencode.core.provider import ModelInfo
from opencode.core.review import Changed
from opencode.core.session import Session, SessionInfo
from opencode.core.shell import Isolation
from opencode.remote.events import Reader, subscribed
from opencode.remote.link import Link


class Asking:
    """Sends a method's name and arguments; a part of RemoteDoor."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.shown = ""
        """The session that was asked for last."""

    async def call(self, method: str, kind: Any, **given: Any) -> Any:
        """What the server's door returned, as `kind`."""
        if name := given.get("session_id"):
            self.shown = str(name)
        answer = await self.link.ask("POST", f"/door/{method}", given)
        return msgspec.json.decode(answer, type=kind)


class Looking:
    """See `core.door.Looking`, `Reviewing` and `Sharing`."""

    def __init__(self, asking: Asking) -> None:
        self._call = asking.call
        self._pages = f"{asking.link.url}/s/"

    async def agents(self) -> list[Agent]:
        """See Door."""
        return await self._call("agents", list[Agent])

    async def commands(self) -> list[Command]:
        """See Door."""
        return await self._call("commands", list[Command])

    async def models(self) -> list[ModelInfo]:
        """See Door."""
        return await self._call("models", list[ModelInfo])

    async def default_model(self) -> ModelInfo:
        """See Door."""
        return await self._call("default_model", ModelInfo)

    async def mcp_servers(self) -> list[McpServer]:
        """See Door."""
        return await self._call("mcp_servers", list[McpServer])

    async def turn_mcp_server(self, name: str, on: bool) -> None:
        """See Door."""
        await self._call("turn_mcp_server", None, name=name, on=on)

    async def isolation(self) -> Isolation:
        """See Door."""
        return await self._call("isolation", Isolation)

    async def changes(self, session_id: str) -> list[Changed]:
        """See Door."""
        return await self._call("changes", list[Changed], session_id=session_id)

    async def revert(
        self, session_id: str, path: str, hunk: int | None = None, version: str = ""
    ) -> str:
        """See Door."""
        given = {"session_id": session_id, "path": path, "hunk": hunk, "version": version}
        return await self._call("revert", str, **given)

    async def restore(self, session_id: str, path: str, version: str) -> None:
        """See Door."""
        await self._call("restore", None, session_id=session_id, path=path, version=version)

    async def share(self, session_id: str) -> str:
        """See Door; the page's whole address."""
        return self._pages + await self._call("share", str, session_id=session_id)

    async def unshare(self, session_id: str) -> bool:
        """See Door."""
        return await self._call("unshare", bool, session_id=session_id)

    async def shares(self) -> dict[str, str]:
        """See Door; whole addresses."""
        found: dict[str, str] = await self._call("shares", dict[str, str])
        return {session: self._pages + page for session, page in found.items()}


class RemoteDoor:
    """Implements `core.door.Door` on a server of ours. Unreachable, an OpenCodeError, while nobody
    answers there; nothing is sent twice."""

    def __init__(self, link: Link) -> None:
        self._asking = Asking(link)
        self._call = self._asking.call
        self._readers: list[Reader] = []
        seen = Looking(self._asking)
        self.agents, self.commands, self.models = seen.agents, seen.commands, seen.models
        self.default_model, self.isolation = seen.default_model, seen.isolation
        self.mcp_servers, self.turn_mcp_server = seen.mcp_servers, seen.turn_mcp_server
        self.changes, self.revert, self.restore = seen.changes, seen.revert, seen.restore
        self.share, self.unshare, self.shares = seen.share, seen.unshare, seen.shares

    async def sessions(self, query: str = "", limit: int = 0) -> list[SessionInfo]:
        """See Door."""
        return await self._call("sessions", list[SessionInfo], query=query, limit=limit)

    async def session(self, session_id: str) -> Session:
        """See Door. A copy, as the events that were heard so far have left it."""
        self._asking.shown = session_id
        given = {"session_id": session_id}
        answer, mark = await self._asking.link.ask_marked("POST", "/door/session", given)
        found = msgspec.json.decode(answer, type=Session)
        if mark and self._readers:
            await self._readers[-1].meet(found, mark)
        return found

    async def create(
        self, *, agent: str = "", model: str = "", title: str = "", parent: str = ""
    ) -> Session:
        """See Door."""
        given = {"agent": agent, "model": model, "title": title, "parent": parent}
        made: Session = await self._call("create", Session, **given)
        self._asking.shown = made.id
        return made

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
        given = {"text": text, "parts": list(parts), "agent": agent, "model": model, "along": along}
        return await self._call("prompt", Message, session_id=session_id, **given)

    async def cancel(self, session_id: str) -> bool:
        """See Door."""
        return await self._call("cancel", bool, session_id=session_id)

    async def answer(self, ask_id: str, reply: Reply) -> bool:
        """See Door."""
        return await self._call("answer", bool, ask_id=ask_id, reply=reply)

    async def asks(self) -> list[Ask]:
        """See Door."""
        return await self._call("asks", list[Ask])

    @asynccontextmanager
    async def subscribe(
        self, epoch: str = "", after: int | None = None
    ) -> AsyncGenerator[AsyncIterator[Numbered]]:
        """See Door; broken connections are made again."""
        asking = self._asking
        async with subscribed(asking.link, epoch, after, lambda: asking.shown) as reader:
            self._readers.append(reader)
            try:
                yield reader.events()
            finally:
                self._readers.remove(reader)

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
        given = {"title": title, "agent": agent, "model": model, "effort": effort}
        return await self._call("update", Session, session_id=session_id, **given)

    async def withdraw(self, session_id: str, message_id: str) -> Message:
        """See Door."""
        return await self._call("withdraw", Message, session_id=session_id, message_id=message_id)

    async def undo(self, session_id: str, message_id: str = "") -> Restored:
        """See Door."""
        return await self._call("undo", Restored, session_id=session_id, message_id=message_id)

    async def redo(self, session_id: str) -> Restored:
        """See Door."""
        return await self._call("redo", Restored, session_id=session_id)

    async def fork(self, session_id: str, message_id: str = "") -> Session:
        """See Door."""
        return await self._call("fork", Session, session_id=session_id, message_id=message_id)

    async def compact(self, session_id: str, focus: str = "") -> None:
        """See Door."""
        await self._call("compact", None, session_id=session_id, focus=focus)

    async def delete(self, session_id: str) -> None:
        """See Door."""
        await self._call("delete", None, session_id=session_id)

    async def tool(self, session_id: str, name: str, input: dict[str, Any]) -> ToolPart:
        """See Door."""
        return await self._call("tool", ToolPart, session_id=session_id, name=name, input=input)

    async def idle(self, session_id: str) -> None:
        """See Door."""
        await self._call("idle", None, session_id=session_id)
