"""The web page's files, packed for slow networks and kept by browsers until they change."""

import asyncio
import gzip

from starlette.responses import Response

from opencode import web
from opencode.server.access import login
from opencode.server.errors import NotThere
from opencode.server.route import Call, Route

_ASKED_EACH_TIME = "no-cache"
_KEPT = "private, max-age=31536000, immutable"
_SMALL = 2048
"""Bytes of a file that is not worth packing."""


async def index(call: Call) -> Response:
    """The page itself."""
    return await _answer(call, await asyncio.to_thread(web.index))


async def file(call: Call) -> Response:
    """One of its files; below the name of an edition it never changes."""
    name = call.path["name"]
    edition, _, bare = name.partition("/") if name.startswith("@") else ("", "", name)
    found = await asyncio.to_thread(web.asset, bare)
    if found is None:
        raise NotThere(f"There is no /web/{name}.")
    is_this = edition and edition == await asyncio.to_thread(web.edition)
    return await _answer(call, found, _KEPT if is_this else _ASKED_EACH_TIME)


async def _answer(call: Call, found: web.Asset, keeping: str = _ASKED_EACH_TIME) -> Response:
    own = {"etag": found.tag, "cache-control": keeping, "vary": "accept-encoding"}
    headers = {**login.SECURITY, **own}
    asked = call.request.headers
    if asked.get("if-none-match") == found.tag:
        return Response(status_code=304, headers=headers)
    data = found.data
    if len(data) > _SMALL and "gzip" in asked.get("accept-encoding", ""):
        data = await asyncio.to_thread(gzip.compress, data, 6, mtime=0)
        headers["content-encoding"] = "gzip"
    return Response(data, headers=headers, media_type=found.kind)


ROUTES = (
    Route("GET", "/", index, "The web page.", answer=Response),
    Route("GET", "/web/{name:path}", file, "A file of the web page.", answer=Response),
)
