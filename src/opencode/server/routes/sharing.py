"""Conversations that can be read on a page."""

from starlette.responses import Response

from opencode.server.protocol import translate, wire
from opencode.server.protocol.links import linked
from opencode.server.reading import HEADERS, page
from opencode.server.route import Call, Route


async def share(call: Call) -> wire.Session:
    """Give it a page; the answer holds the address."""
    return await _after(call, await call.state.door.share(call.session))


async def unshare(call: Call) -> wire.Session:
    """Take the page away."""
    return await _after(call, await call.state.door.unshare(call.session))


async def _after(call: Call, done: object) -> wire.Session:
    del done
    door = call.state.door
    found = translate.of_session(await door.session(call.session))
    return linked(found, await door.shares(), str(call.request.base_url))


async def read(call: Call) -> Response:
    """The page: text only, nothing runs on it."""
    session = await call.state.door.shared(call.path["name"])
    return Response(page(session), headers=HEADERS, media_type="text/html; charset=utf-8")


ROUTES = (
    Route(
        "POST", "/session/{sessionID}/share", share, "Give it a page to read.", answer=wire.Session
    ),
    Route(
        "DELETE", "/session/{sessionID}/share", unshare, "Take the page away.", answer=wire.Session
    ),
    Route("GET", "/s/{name}", read, "A shared session, to read."),
)
