"""Questions that wait for a person, and their answers."""

from typing import Literal

from msgspec import Struct

from opencode.core.ask import Ask, Reply
from opencode.server.errors import NotThere
from opencode.server.protocol import inquiries, wire
from opencode.server.route import Call, Route

Word = Literal["once", "always", "reject"]


class PermissionReply(Struct):
    """A person's word."""

    reply: Word
    message: str = ""


class OldPermissionReply(Struct):
    """The same, as older clients send it."""

    response: Word


class QuestionReply(Struct):
    """The chosen labels or own words, one list a question."""

    answers: list[list[str]]


async def permissions(call: Call) -> list[wire.PermissionRequest]:
    """Every call that waits."""
    return [_permission(call, ask) for ask in await _waiting(call, "permission")]


async def session_permissions(call: Call) -> list[wire.PermissionRequest]:
    """Those of one session."""
    session = await call.state.door.session(call.session)
    found = await _waiting(call, "permission")
    return [_permission(call, ask) for ask in found if ask.session == session.id]


async def permit(call: Call) -> bool:
    """Answer one."""
    body: PermissionReply = call.body
    return await _answer(call, call.path["requestID"], _reply(body.reply, body.message))


async def permit_in_session(call: Call) -> bool:
    """The same on the older path."""
    return await _answer(call, call.path["permissionID"], _reply(call.body.response, ""))


async def questions(call: Call) -> list[wire.QuestionRequest]:
    """What models want to know."""
    found = await _waiting(call, "question")
    return [inquiries.question(ask, call.state.feed.call_place(ask.call)) for ask in found]


async def answer(call: Call) -> bool:
    """Answer one."""
    reply = Reply("allow", answers=call.body.answers)
    return await _answer(call, call.path["requestID"], reply)


async def reject(call: Call) -> bool:
    """Leave it unanswered; the model is told."""
    return await _answer(call, call.path["requestID"], Reply("reject"))


def _permission(call: Call, ask: Ask) -> wire.PermissionRequest:
    return inquiries.permission(ask, call.state.feed.call_place(ask.call))


def _reply(word: Word, reason: str) -> Reply:
    if word == "reject":
        return Reply("reject", reason=reason)
    return Reply("allow", "session" if word == "always" else "once", reason)


async def _waiting(call: Call, kind: str) -> list[Ask]:
    return [ask for ask in await call.state.door.asks() if ask.kind == kind]


async def _answer(call: Call, name: str, reply: Reply) -> bool:
    if not await call.state.door.answer(name, reply):
        raise NotThere(f"Nothing that goes by {name!r} waits for an answer.")
    return True


ROUTES = (
    Route("GET", "/permission", permissions, "What waits.", answer=list[wire.PermissionRequest]),
    Route(
        "POST",
        "/permission/{requestID}/reply",
        permit,
        "Allow once, always in this session, or reject.",
        PermissionReply,
        bool,
    ),
    Route(
        "GET",
        "/session/{sessionID}/permissions",
        session_permissions,
        "What waits in one session.",
        answer=list[wire.PermissionRequest],
    ),
    Route(
        "POST",
        "/session/{sessionID}/permissions/{permissionID}",
        permit_in_session,
        "The same reply on the older path.",
        OldPermissionReply,
        bool,
    ),
    Route("GET", "/question", questions, "Open questions.", answer=list[wire.QuestionRequest]),
    Route("POST", "/question/{requestID}/reply", answer, "Answer a question.", QuestionReply, bool),
    Route("POST", "/question/{requestID}/reject", reject, "Leave it unanswered.", answer=bool),
)
