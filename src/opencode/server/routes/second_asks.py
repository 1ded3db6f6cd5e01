"""What waits for a person in one session, in the protocol's second generation."""

import asyncio
import contextlib
import os

from msgspec import Struct
from starlette.responses import Response

from opencode.agent.agents import agent_named
from opencode.config import grants
from opencode.config.rules import map_rules
from opencode.core.ask import Ask
from opencode.core.error import PermissionDenied
from opencode.core.event import AskRaised
from opencode.core.ids import new_id
from opencode.core.message import ToolPart
from opencode.core.permission import Request
from opencode.server.errors import NotThere
from opencode.server.protocol import inquiries, second
from opencode.server.protocol.translate import project_id
from opencode.server.route import Call, Route
from opencode.server.routes.asks import PermissionReply, QuestionReply, answer, permit, reject
from opencode.server.routes.conversing import Data
from opencode.server.routes.second import Located, here


class Inquiry(Struct):
    """What somebody wants to do in a session."""

    action: str
    resources: list[str]
    agent: str = ""


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


async def permission(call: Call) -> Data:
    """One call that waits."""
    wanted = call.path["requestID"]
    found = [ask for ask in await _waiting(call, "permission") if ask.id == wanted]
    if not found:
        raise NotThere(f"Nothing that goes by {wanted!r} waits for an answer.")
    return Data(second.permission(found[0], call.state.feed.call_place(found[0].call)))


async def inquire(call: Call) -> Data:
    """Whether the session's agent may; where a person must say, it waits for one and the events
    tell what was said."""
    body: Inquiry = call.body
    door = call.state.door
    session = await door.session(call.session)
    agent = agent_named(body.agent or session.agent, door.rooms.agents)
    requests = [one for text in body.resources for one in _requests(call, body.action, text)]
    await door.rooms.gate.ready()
    effect = door.rooms.gate.judge(session, agent, requests).verdict
    if effect != "ask":
        return Data({"id": new_id("per"), "effect": effect})
    part = ToolPart(new_id("call"), body.action, {"command": "\n".join(body.resources)})

    async def wait() -> None:
        with contextlib.suppress(PermissionDenied):
            await door.rooms.gate.require(session, agent, part, requests)

    async with door.subscribe() as events:
        call.state.spawn(wait())
        async for numbered in events:
            event = numbered.event
            if isinstance(event, AskRaised) and event.ask.call == part.id:
                return Data({"id": event.ask.id, "effect": effect})
    raise NotThere("The events ended before it was asked.")


def _requests(call: Call, action: str, text: str) -> list[Request]:
    """A command as its tool understands it; all else by name."""
    if action != "bash":
        rule = map_rules([{"action": action, "resource": text, "effect": "ask"}])[0]
        return [Request(rule.action, rule.target)]
    rooms = call.state.door.rooms
    tool = rooms.tools["bash"]
    return tool.requests(tool.parse({"command": text}), rooms.place)


async def all_permissions(call: Call) -> Located:
    """Calls that wait, of every session."""
    place = call.state.feed.call_place
    found = [ask for ask in await call.state.door.asks() if ask.kind == "permission"]
    return Located(here(call), [second.permission(ask, place(ask.call)) for ask in found])


async def all_questions(call: Call) -> Located:
    """What models want to know, in every session."""
    place = call.state.feed.call_place
    found = [ask for ask in await call.state.door.asks() if ask.kind == "question"]
    return Located(here(call), [inquiries.question(ask, place(ask.call)) for ask in found])


async def saved(call: Call) -> Data:
    """What a person allowed for longer than once; `projectID` names one project."""
    wanted = call.query.get("projectID", "")
    given = await asyncio.to_thread(grants.Grants().all)
    rows = [_saved(call, one) for one in given]
    return Data([row for row in rows if wanted in ("", row["projectID"])])


async def forget(call: Call) -> Response:
    """Be asked again."""
    name, book = call.path["id"], grants.Grants()
    if name not in {one.id for one in await asyncio.to_thread(book.all)}:
        raise NotThere(f"Nothing that goes by {name!r} is saved.")
    await asyncio.to_thread(book.revoke, name)
    return Response(status_code=204)


def _saved(call: Call, one: grants.Grant) -> dict[str, str]:
    state, rule = call.state, one.rule
    ours = one.project in (os.path.realpath(state.directory), os.path.realpath(state.root))
    project = state.project if ours else project_id(one.project)
    known = "global" if one.scope == "user" else project
    return {"id": one.id, "projectID": known, "action": rule.action, "resource": rule.target}


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
    Route("GET", "/api/permission/request", all_permissions, "Calls that wait.", answer=Located),
    Route("GET", "/api/question/request", all_questions, "Open questions.", answer=Located),
    Route(
        "GET", "/api/permission/saved", saved, "What is allowed.", answer=Data, query=("projectID",)
    ),
    Route("DELETE", "/api/permission/saved/{id}", forget, "Be asked again.", answer=Response),
    Route("GET", _PERMISSION, permissions, "Calls that wait in it.", answer=Data),
    Route("POST", _PERMISSION, inquire, "May this be done?", Inquiry, Data),
    Route("GET", f"{_PERMISSION}{_ONE}", permission, "One of them.", answer=Data),
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
