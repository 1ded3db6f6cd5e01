"""Event streams over HTTP: connected, what happened, and a sign of life when nothing does."""

import logging
import time
from collections.abc import AsyncIterator, Callable

from starlette.responses import StreamingResponse

from opencode.server.protocol.translate import iso
from opencode.server.stream.feed import Feed
from opencode.server.stream.frame import Frame

log = logging.getLogger(__name__)

_HEARTBEAT = 4.0
"""Seconds: clients that give up after five of silence are in use."""
HEADERS = {"cache-control": "no-cache, no-transform", "x-accel-buffering": "no"}


def events(feed: Feed, after: str, session: str = "") -> StreamingResponse:
    """`/event`: everything, or one session's frames until its run is over."""
    return _response(_stream(feed, after, lambda frame: frame.own(), session))


def global_events(feed: Feed, after: str) -> StreamingResponse:
    """`/global/event`: the same, each wrapped with where it happened."""
    return _response(_stream(feed, after, lambda f: f.whole(feed.directory, feed.project)))


def second_events(feed: Feed, after: str) -> StreamingResponse:
    """`/api/event`: the same in the words of the protocol's second generation."""
    feed.is_second_read = True
    return _response(_stream(feed, after, lambda f: f.second(feed.directory)))


def _response(body: AsyncIterator[bytes]) -> StreamingResponse:
    return StreamingResponse(body, media_type="text/event-stream", headers=HEADERS)


async def _stream(
    feed: Feed, after: str, write: Callable[[Frame], bytes], session: str = ""
) -> AsyncIterator[bytes]:
    log.info("SSE client joined%s", f" for {session}" if session else "")
    flat = {"timestamp": iso(time.time()), "session_id": session}
    async with feed.listen(after) as (reader, missed):
        yield write(Frame("server.connected", {}, flat=flat))
        for frame in missed:
            if not session or frame.session == session:
                yield write(frame)
        while True:
            try:
                frame = await reader.next(_HEARTBEAT)
            except TimeoutError:
                yield write(Frame("server.heartbeat", {}))
                continue
            if frame is None:
                return
            if session and frame.session != session:
                continue
            yield write(frame)
            if session and frame.kind == "session.idle":
                return
