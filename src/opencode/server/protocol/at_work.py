"""Work of a session that is no run (folding, a command by hand), told like one: clients show that
it goes on, and offer to stop it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from opencode.core.error import OpenCodeError
from opencode.server.errors import sentences
from opencode.server.protocol import wire
from opencode.server.stream.feed import Feed
from opencode.server.stream.frame import Frame
from opencode.server.stream.frames import status


@asynccontextmanager
async def told(feed: Feed, session: str) -> AsyncGenerator[None]:
    """Busy until the block ends; what goes wrong is a fault clients show. A run that goes on
    meanwhile tells of itself."""
    if session in feed.busy:
        yield
        return
    busy = {"type": "busy"}
    feed.publish(status(session, busy))
    try:
        yield
    except OpenCodeError as error:
        fault = wire.Fault("UnknownError", {"message": sentences(error.message, error.hint)})
        feed.publish(
            Frame("session.error", {"sessionID": session, "error": fault}, session=session)
        )
        raise
    finally:
        if feed.busy.get(session) is busy:
            feed.publish(status(session, {"type": "idle"}))
            feed.publish(Frame("session.idle", {"sessionID": session}, session=session))
