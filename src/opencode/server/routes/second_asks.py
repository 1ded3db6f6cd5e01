"""What waits for a person in one session, in the protocol's second generation."""

from starlette.responses import Response

from opencode.core.ask import Ask
from opencode.server import inquiries, second
from opencode.server.route import Call, Route
from opencode.server.routes.asks import PermissionReply, QuestionReply, answer, permit, reject
from opencode.server.routes.conversing import Data


async def permissions(call: Call) -> Data:
    """Calls that wait for a person's word."""
    place = call.state.feed.call_place
    found = await _waiting(call, "permission")
    return Data([second.permission(ask, place(ask.call)) for ask in found])


async def questions(call: Call) -> Data:
    """What the model wants to know."""
    place = call.state.feed.call_place
    found = await _waiting(call, "question")
    return Data([inquiries.question(ask, place(ask.call)) for ask in found])


async def permit_here(call: Call) -> Response:
    """A person's word."""
    await permit(call)
    return Response(status_code=204)


async def answer_here(call: Call) -> Response:
    """A person's answers."""
    await answer(call)
    return Response(status_code=204)


async def reject_here(call: Call) -> Response:
    """Leave it unanswered; the model is told."""
    await reject(call)
    return Response(status_code=204)


async def _waiting(call: Call, kind: str) -> list[Ask]:
    door = call.state.door
    session = await door.session(call.session)
    return [ask for ask in await door.asks() if ask.kind == kind and ask.session == session.id]


_ID = "/api/session/{sessionID}"
_PERMISSION, _QUESTION = f"{_ID}/permission", f"{_ID}/question"
_ONE = "/{requestID}"
ROUTES = (
    Route("GET", _PERMISSION, permissions, "Calls that wait in it.", answer=Data),
    Route(
        "POST",
        f"{_PERMISSION}{_ONE}/reply",
        permit_here,
        "Allow once, always in this session, or reject.",
        PermissionReply,
        Response,
    ),
    Route("GET", _QUESTION, questions, "Open questions of it.", answer=Data),
    Route("POST", f"{_QUESTION}{_ONE}/reply", answer_here, "Answer.", QuestionReply, Response),
    Route("POST", f"{_QUESTION}{_ONE}/reject", reject_here, "Leave it.", answer=Response),
)
