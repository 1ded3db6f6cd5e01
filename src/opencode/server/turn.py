"""One prompt and its answer in pieces, for the plain chat of seed 003."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from msgspec import Struct

from opencode.core.ask import Reply
from opencode.core.delta import TextDelta, Usage
from opencode.core.error import UsageError
from opencode.core.event import AskRaised, MessageChunk, RunFinished
from opencode.core.message import ToolPart
from opencode.server.speaking import fault_of
from opencode.workspace.workspace import Workspace


class ChatBody(Struct):
    """Something said, in either of the two spellings."""

    session_id: str = ""
    message: str = ""
    content: str = ""
    model: str = ""

    @property
    def text(self) -> str:
        """What is said."""
        return self.message or self.content

    def require_text(self) -> None:
        """UsageError when nothing is said."""
        if not self.text.strip():
            raise UsageError("`message` is empty.")


class Piece(Struct, frozen=True):
    """A piece of the answer; the last one holds the whole last message."""

    text: str
    is_last: bool = False
    usage: Usage | None = None


async def session_for(door: Workspace, body: ChatBody) -> str:
    """The session it belongs to: the named one, or a new one. UsageError, SessionNotFound."""
    body.require_text()
    if body.session_id:
        return (await door.session(body.session_id)).id
    return (await door.create()).id


async def take(door: Workspace, session_id: str, body: ChatBody) -> AsyncIterator[Piece]:
    """The answer as it comes, then whole. The run's error when it failed."""
    async with door.subscribe() as events:
        await door.prompt(session_id, body.text, model=body.model)
        async for numbered in events:
            match numbered.event:
                case MessageChunk(session=of, delta=TextDelta(text=text)) if of == session_id:
                    yield Piece(text)
                case RunFinished(session=of) as end if of == session_id:
                    await door.idle(session_id)
                    if end.reason == "error":
                        raise fault_of(end)
                    messages = (await door.session(session_id)).messages
                    answers = [m for m in messages if m.role == "assistant"]
                    yield Piece(answers[-1].text if answers else "", True, end.usage)
                    return
                case _:
                    pass


async def run_tool(door: Workspace, session_id: str, name: str, given: dict[str, Any]) -> ToolPart:
    """Run one tool; what would wait for a person is refused, since a program is calling."""

    async def refuse_questions() -> None:
        async with door.subscribe() as events:
            listening.set()
            async for numbered in events:
                event = numbered.event
                if isinstance(event, AskRaised) and event.session == session_id:
                    await door.answer(event.ask.id, Reply("reject", reason=_NOBODY))

    listening = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        refusing = group.create_task(refuse_questions())
        await listening.wait()
        try:
            return await door.tool(session_id, name, given)
        finally:
            refusing.cancel()


_NOBODY = "A program called this over HTTP: nobody is here to be asked."
