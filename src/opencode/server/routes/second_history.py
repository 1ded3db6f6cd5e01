"""A conversation event by event, in the protocol's second generation: what was, and what comes."""

from collections.abc import AsyncIterator
from typing import Any

from msgspec import Struct
from starlette.responses import Response, StreamingResponse

from opencode.core.error import UsageError
from opencode.server.across import at_home
from opencode.server.protocol.durable import Tail
from opencode.server.protocol.second import Plain
from opencode.server.route import Call, Route
from opencode.server.state import State
from opencode.server.stream.data_line import data_line
from opencode.server.stream.sse import HEADERS
from opencode.workspace.workspace import Workspace

_LIMIT = 100
_SILENCE = 10.0
_TELLING = ("message.updated", "message.part.updated", "session.idle", "session.compacted")
"""Frames after which there may be more of a conversation."""


class History(Struct):
    """Part of it, and whether there is more."""

    data: list[dict[str, Any]]
    hasMore: bool


async def history(call: Call) -> History:
    """What was said and done behind the number `after`, the oldest first."""
    limit = call.number("limit", _LIMIT)
    if limit < 1:
        raise UsageError("`limit` is at least 1.")
    session = (await call.state.door.session(call.session)).id
    found = await _more(call.state, session, Tail(call.number("after", 0)))
    return History(found[:limit], len(found) > limit)


async def events(call: Call) -> Response:
    """The same as a stream that goes on; it ends when something is taken back."""
    session = (await call.state.door.session(call.session)).id
    mark = call.request.headers.get("last-event-id", "")
    after = int(mark) if mark.isdigit() else call.number("after", 0)
    lines = _lines(call.state, session, Tail(after))
    return StreamingResponse(lines, media_type="text/event-stream", headers=HEADERS)


async def _lines(state: State, session: str, tail: Tail) -> AsyncIterator[bytes]:
    async with state.feed.listen() as (reader, _):
        kind = _TELLING[0]
        while kind not in ("message.removed", "session.deleted"):
            for one in await _more(state, session, tail) if kind in _TELLING else ():
                number = one["durable"]["seq"]
                yield f"id: {number}\n".encode() + data_line(one)
            try:
                frame = await reader.next(_SILENCE)
            except TimeoutError:
                kind = ""
                yield b": heartbeat\n\n"
                continue
            if frame is None:
                return
            kind = frame.kind if frame.session == session else ""


async def _more(state: State, session: str, tail: Tail) -> list[Plain]:
    await state.feed.caught_up()
    is_busy = session in state.feed.busy

    async def look(door: Workspace) -> list[Plain]:
        return tail.more(await door.session(session), is_busy=is_busy)

    return await at_home(state.door, look)


_ID = "/api/session/{sessionID}"
_PART = ("limit", "after")
ROUTES = (
    Route("GET", f"{_ID}/history", history, "What was said and done.", answer=History, query=_PART),
    Route(
        "GET", f"{_ID}/event", events, "The same as it comes.", answer=Response, query=("after",)
    ),
)
