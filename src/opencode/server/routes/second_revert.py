"""Going back in a conversation, in the protocol's second generation: staged, cleared, kept."""

from msgspec import Struct
from starlette.responses import Response

from opencode.core.error import UsageError
from opencode.server.protocol.taken_back import bring_again, go_back, revert_of
from opencode.server.route import Call, Route
from opencode.server.routes.conversing import Data


class BackTo(Struct):
    """The message from which on everything is taken back, and whether files are, too."""

    messageID: str
    files: bool = True


async def stage(call: Call) -> Data:
    """Take back everything from a message on, with the files it changed; it can be brought back."""
    body: BackTo = call.body
    if not body.files:
        raise UsageError("Files go back with what was said here: leave out `files`.")
    session = await call.state.settled(call.session)
    return Data(revert_of(await go_back(call.state.door, session, body.messageID)))


async def clear(call: Call) -> Response:
    """Bring back all that was taken; nothing happens when nothing was."""
    session = await call.state.settled(call.session)
    while session.undone:
        session = await bring_again(call.state.door, session)
    return Response(status_code=204)


async def commit(call: Call) -> Response:
    """Let it be: what was taken back cannot be brought again."""
    session = await call.state.settled(call.session)
    if session.undone:
        await call.state.door.let_be(session.id)
    return Response(status_code=204)


_ID = "/api/session/{sessionID}/revert"
ROUTES = (
    Route("POST", f"{_ID}/stage", stage, "Undo from a message on.", BackTo, Data),
    Route("POST", f"{_ID}/clear", clear, "Redo all of it.", answer=Response),
    Route("POST", f"{_ID}/commit", commit, "Let it be undone for good.", answer=Response),
)
