"""What happens, as it happens."""

from typing import Any

from starlette.responses import Response

from opencode.server.route import Call, Route
from opencode.server.stream import sse


async def event(call: Call) -> Any:
    """The protocol's stream, named as seed 004 names it."""
    return sse.events(call.state.feed, call.request.headers.get("last-event-id", ""))


async def global_event(call: Call) -> Any:
    """The same, each with where it happened."""
    return sse.global_events(call.state.feed, call.request.headers.get("last-event-id", ""))


async def second_event(call: Call) -> Any:
    """The same, as the protocol's second generation spells it."""
    return sse.second_events(call.state.feed, call.request.headers.get("last-event-id", ""))


async def session_stream(call: Call) -> Any:
    """One session's events until its run is over."""
    session = await call.state.door.session(call.session)
    after = call.request.headers.get("last-event-id", "")
    return sse.events(call.state.feed, after, session.id)


ROUTES = (
    Route("GET", "/event", event, "Every event, as server-sent events.", answer=Response),
    Route(
        "GET",
        "/global/event",
        global_event,
        "The same, each wrapped with its directory.",
        answer=Response,
    ),
    Route("GET", "/api/event", second_event, "Every event, newer words.", answer=Response),
    Route(
        "GET",
        "/session/{sessionID}/stream",
        session_stream,
        "One session's events until its run ends.",
        answer=Response,
    ),
)
