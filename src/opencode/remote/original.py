"""One task on the original's server: its protocol as our nouns, as far as `run --attach` goes."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import msgspec

from opencode.core.ask import Ask, Reply
from opencode.core.command import Command
from opencode.core.door import NOTHING_ALONG, Along
from opencode.core.error import UsageError
from opencode.core.event import Numbered
from opencode.core.message import FilePart, Message, Part, TextPart, user_message
from opencode.core.session import Session, SessionInfo
from opencode.remote.link import Link
from opencode.remote.translate import Translation, message_of


class OriginalDoor:
    """What `opencode run` needs of a door. Answers come part by part, commands are not offered."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._waiting: dict[str, Ask] = {}

    async def sessions(self, query: str = "", limit: int = 0) -> list[SessionInfo]:
        """Newest first."""
        del query, limit
        found = await self._ask("GET", "/session")
        return [_info(one) for one in found]

    async def session(self, session_id: str) -> Session:
        """The conversation, as text."""
        path = f"/session/{quote(session_id, '')}"
        one, said = await self._ask("GET", path), await self._ask("GET", f"{path}/message")
        session = Session(one["id"], one.get("directory", ""), one.get("title", ""))
        session.parent = one.get("parentID") or ""
        session.messages = [message_of(entry) for entry in said]
        return session

    async def create(
        self, *, agent: str = "", model: str = "", title: str = "", parent: str = ""
    ) -> Session:
        """A new one; agent and model go with each prompt."""
        del agent, model
        named = {"title": title} if title else {}
        below = {"parentID": parent} if parent else {}
        made = await self._ask("POST", "/session", {**named, **below})
        return Session(made["id"], made.get("directory", ""), made.get("title", ""))

    async def fork(self, session_id: str, message_id: str = "") -> Session:
        """A copy."""
        given = {"messageID": message_id} if message_id else {}
        made = await self._ask("POST", f"/session/{session_id}/fork", given)
        return await self.session(made["id"])

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
        """Say something and return at once."""
        del along
        body: dict[str, Any] = {"parts": [{"type": "text", "text": text}, *map(_part, parts)]}
        if agent:
            body["agent"] = agent
        if model:
            provider, _, name = model.partition("/")
            body["model"] = {"providerID": provider, "modelID": name}
        await self._link.ask("POST", f"/session/{session_id}/prompt_async", body)
        return user_message(text, *parts, agent=agent, model=model)

    async def cancel(self, session_id: str) -> bool:
        """Stop the run."""
        return bool(await self._ask("POST", f"/session/{session_id}/abort"))

    async def answer(self, ask_id: str, reply: Reply) -> bool:
        """Answer what waits."""
        ask = self._waiting.pop(ask_id, None)
        if ask is None:
            return False
        path, allowed = f"/{ask.kind}/{ask_id}", reply.verdict == "allow"
        if ask.kind == "question":
            word = "reply" if allowed else "reject"
            given = {"answers": reply.answers} if allowed else {}
            return bool(await self._ask("POST", f"{path}/{word}", given))
        always = "once" if reply.scope == "once" else "always"
        given = {"reply": always if allowed else "reject", "message": reply.reason}
        return bool(await self._ask("POST", f"{path}/reply", given))

    async def asks(self) -> list[Ask]:
        """What waits, as far as it was heard of."""
        return [*self._waiting.values()]

    @asynccontextmanager
    async def subscribe(
        self, epoch: str = "", after: int | None = None
    ) -> AsyncGenerator[AsyncIterator[Numbered]]:
        """What happens from now on. Unreachable when the connection breaks."""
        del epoch, after
        async with self._link.lines("/event") as stream:
            lines = stream.aiter_lines()
            async for line in lines:
                if line.startswith("data:"):
                    break  # connected: what is asked from now on is heard
            yield self._events(lines)

    async def _events(self, lines: AsyncIterator[str]) -> AsyncIterator[Numbered]:
        n, translation = 0, Translation(self._waiting)
        async for line in lines:
            if line.startswith("data:"):
                for event in translation.of(msgspec.json.decode(line[5:])):
                    n += 1
                    yield Numbered("", n, event)

    async def share(self, session_id: str) -> str:
        """The address of the page."""
        found = await self._ask("POST", f"/session/{session_id}/share")
        page: dict[str, Any] = found.get("share") or {}
        return str(page.get("url", ""))

    async def commands(self) -> list[Command]:
        """None: they are not offered here."""
        return []

    async def update(self, session_id: str, **changes: Any) -> Session:
        """Refused: the original keeps no effort with a session."""
        raise UsageError(
            f"The original's server cannot set {', '.join(changes)} of {session_id}.",
            hint="Leave the option out.",
        )

    async def _ask(self, method: str, path: str, body: Any = None) -> Any:
        return msgspec.json.decode(await self._link.ask(method, path, body) or b"null")


def _info(one: dict[str, Any]) -> SessionInfo:
    folder = one.get("directory", "")
    return SessionInfo(one["id"], one.get("title", ""), folder, "", parent=one.get("parentID", ""))


def _part(part: Part) -> dict[str, Any]:
    match part:
        case FilePart():
            url = f"data:{part.mime};base64,{part.data}"
            return {"type": "file", "mime": part.mime, "filename": part.name, "url": url}
        case TextPart():
            return {"type": "text", "text": part.text, "synthetic": bool(part.origin)}
        case _:
            raise UsageError("Only text and files can be sent to the original's server.")
