"""Conversations of the protocol's second generation: list, begin, say, wait, stop."""

from typing import Any, Literal

import msgspec
from msgspec import Struct
from starlette.responses import Response

from opencode.core.error import UsageError
from opencode.server.errors import NotThere
from opencode.server.protocol import at_work, second, translate
from opencode.server.protocol.taken_back import with_gone
from opencode.server.route import Call, Route
from opencode.server.routes.project import current
from opencode.server.routes.sessions import listed
from opencode.server.speaking import PartInput, PromptBody, ask, model_name

_PAGE = 50


class Data(Struct):
    """An answer."""

    data: Any


class Page(Struct):
    """Part of a list, and the way to the parts beside it."""

    data: list[dict[str, Any]]
    cursor: dict[str, str]


class Place(Struct):
    """Where a conversation takes place."""

    directory: str = ""


class Begin(Struct):
    """What a conversation begins with."""

    id: str = ""
    agent: str = ""
    model: dict[str, Any] = {}
    location: Place = msgspec.field(default_factory=Place)


class AgentChoice(Struct):
    """Who answers from now on."""

    agent: str


class ModelChoice(Struct):
    """What answers from now on."""

    model: dict[str, Any]


class Attachment(Struct):
    """A file by its address."""

    uri: str
    name: str = ""


class Said(Struct):
    """The words of a prompt and what comes with them."""

    text: str
    files: list[Attachment] = []


class Prompt(Struct):
    """A prompt; without `resume` it is written down and not answered."""

    prompt: Said
    id: str = ""
    delivery: Literal["steer", "queue"] = "steer"
    resume: bool = True


async def across(call: Call) -> list[dict[str, Any]]:
    """Sessions with their project, newest first; `cursor` is a time they were changed before."""
    project = await current(call)
    told = {"id": project.id, "name": project.name, "worktree": project.worktree}
    before, limit = call.number("cursor", 0), call.number("limit", 100)
    shelved = call.query.get("archived") == "true"
    found = [
        {**msgspec.to_builtins(one), "project": told}
        for one in await listed(call, 0)
        if (not before or one.time["updated"] < before) and (shelved or "archived" not in one.time)
    ]
    return found[: limit or None]


async def listing(call: Call) -> Page:
    """A page of them, newest first unless `order=asc`."""
    door = call.state.door
    found = await door.sessions(call.query.get("search", ""))
    rows = [second.session(translate.of_info(one)) for one in found]
    return _page(call, rows[::-1])


async def begin(call: Call) -> Data:
    """A new one."""
    body: Begin = call.body
    if body.id:
        raise UsageError("This server names its sessions itself: leave out `id`.")
    call.state.require_here(body.location.directory)
    agent = "" if body.agent == "default" else body.agent
    made = await call.state.door.create(agent=agent, model=model_name(body.model))
    return Data(second.session(translate.of_session(made)))


async def active(call: Call) -> Data:
    """Those being answered."""
    return Data({name: {"type": "running"} for name in call.state.feed.busy})


async def one(call: Call) -> Data:
    """One of them."""
    found = await call.state.door.session(call.session)
    return Data(second.session(translate.of_session(found)))


async def choose_agent(call: Call) -> Response:
    """Let another agent answer."""
    await call.state.door.update(call.session, agent=call.body.agent)
    return Response(status_code=204)


async def choose_model(call: Call) -> Response:
    """Let another model answer."""
    model = model_name(call.body.model)
    if not model:
        raise UsageError("No model is named: `model` holds `providerID` and `id`.")
    await call.state.door.update(call.session, model=model)
    return Response(status_code=204)


async def say(call: Call) -> Data:
    """Say it and go. A busy run reads it between two steps; none waits for a run's end here."""
    body: Prompt = call.body
    door = call.state.door
    session = await door.session(call.session)
    if body.delivery == "queue" and session.id in call.state.feed.busy:
        raise UsageError(
            "The session is busy, and prompts join the run that goes on.",
            hint=f"POST /api/session/{session.id}/wait first, or `delivery: steer`.",
        )
    files = [PartInput("file", url=one.uri, filename=one.name) for one in body.prompt.files]
    parts = [PartInput("text", text=body.prompt.text), *files]
    prompt = PromptBody(parts, messageID=body.id, noReply=not body.resume)
    message = await ask(door, session.id, prompt)
    shown = second.message(message)
    admitted = {
        "admittedSeq": len((await door.session(session.id)).messages),
        "id": message.id,
        "sessionID": session.id,
        "prompt": {name: shown[name] for name in ("text", "files") if name in shown},
        "delivery": body.delivery,
        "timeCreated": shown["time"]["created"],
    }
    return Data(admitted)


async def compact(call: Call) -> Response:
    """Fold what was said; returns when it is."""
    session = await call.state.settled(call.session)
    async with at_work.told(call.state.feed, session.id):
        await call.state.door.compact(session.id)
    return Response(status_code=204)


async def wait(call: Call) -> Response:
    """Return when nothing is going on."""
    door = call.state.door
    await door.idle((await door.session(call.session)).id)
    return Response(status_code=204)


async def interrupt(call: Call) -> Response:
    """Stop the run; it is no error when there is none."""
    door = call.state.door
    await door.cancel((await door.session(call.session)).id)
    return Response(status_code=204)


async def context(call: Call) -> Data:
    """What the model is told: all that was said since it was folded last."""
    found = second.conversation((await call.state.door.session(call.session)).messages)
    folds = [at for at, message in enumerate(found) if message["type"] == "compaction"]
    return Data(found[folds[-1] :] if folds else found)


async def messages(call: Call) -> Page:
    """A page of what was said, newest first unless `order=asc`."""
    session = await call.state.door.session(call.session)
    call.state.feed.rewound.note(session)
    return _page(call, second.conversation(with_gone(session)))


async def message(call: Call) -> Data:
    """One message."""
    wanted = call.path["messageID"]
    for found in with_gone(await call.state.door.session(call.session)):
        if found.id == wanted:
            return Data(second.message(found))
    raise NotThere(f"There is no message {wanted!r}.")


def _page(call: Call, rows: list[dict[str, Any]]) -> Page:
    """Of rows that begin with the oldest, those behind (or before) the one the cursor names, in
    the order it was made with."""
    order, way, name = call.query.get("order", "desc"), "", ""
    if cursor := call.query.get("cursor", ""):
        order, way, name = (*cursor.split("."), "", "")[:3]
    if order not in ("asc", "desc"):
        raise UsageError(f"{order!r} is no order: asc or desc.")
    rows = rows if order == "asc" else rows[::-1]
    limit = call.number("limit", _PAGE)
    if limit < 1:
        raise UsageError("`limit` is at least 1.")
    start = _start([row["id"] for row in rows], way, name, limit)
    shown = rows[start : start + limit]
    beside: dict[str, str] = {}
    if shown and start > 0:
        beside["previous"] = f"{order}.before.{shown[0]['id']}"
    if shown and start + limit < len(rows):
        beside["next"] = f"{order}.after.{shown[-1]['id']}"
    return Page(shown, beside)


def _start(ids: list[str], way: str, name: str, limit: int) -> int:
    if not way:
        return 0
    if way not in ("before", "after") or name not in ids:
        raise UsageError("The cursor leads nowhere any more.", hint="Begin without one.")
    return ids.index(name) + 1 if way == "after" else max(ids.index(name) - limit, 0)


_ID = "/api/session/{sessionID}"
_PAGED = ("limit", "order", "cursor")
_EXPERIMENTAL = ("roots", "start", "cursor", "search", "limit", "archived")
ROUTES = (
    Route(
        "GET", "/experimental/session", across, "Sessions and their project.", query=_EXPERIMENTAL
    ),
    Route("GET", "/api/session", listing, "Sessions.", answer=Page, query=("search", *_PAGED)),
    Route("POST", "/api/session", begin, "A new session.", Begin, Data),
    Route("GET", "/api/session/active", active, "Sessions being answered.", answer=Data),
    Route("GET", _ID, one, "One session.", answer=Data),
    Route("POST", f"{_ID}/agent", choose_agent, "Another agent.", AgentChoice, Response),
    Route("POST", f"{_ID}/model", choose_model, "Another model.", ModelChoice, Response),
    Route("POST", f"{_ID}/prompt", say, "Say something.", Prompt, Data),
    Route("POST", f"{_ID}/compact", compact, "Compact it.", answer=Response),
    Route("POST", f"{_ID}/wait", wait, "Wait for the end of the run.", answer=Response),
    Route("POST", f"{_ID}/interrupt", interrupt, "Stop the run.", answer=Response),
    Route("GET", f"{_ID}/context", context, "What the model is told.", answer=Data),
    Route("GET", f"{_ID}/message", messages, "What was said.", answer=Page, query=_PAGED),
    Route("GET", _ID + "/message/{messageID}", message, "One message.", answer=Data),
)
