"""Conversations: list, make, change, take back, delete."""

from typing import Any, Literal

from msgspec import Struct
from starlette.responses import Response

from opencode.config.rules import map_rules
from opencode.core.error import UsageError
from opencode.core.session import ARCHIVED, SessionInfo
from opencode.server.protocol import at_work, translate, wire
from opencode.server.protocol.diffs import diffs
from opencode.server.protocol.links import linked, whole
from opencode.server.protocol.listing import plain
from opencode.server.protocol.taken_back import bring_again, go_back
from opencode.server.route import Call, Route
from opencode.server.speaking import PromptBody, after_events, ask, converse, model_name
from opencode.workspace.door.binding import NOTES

_SHOWN = 100
_LISTED = 100


class SessionRule(Struct):
    """What becomes of some calls of a session."""

    permission: str
    pattern: str
    action: Literal["allow", "ask", "deny"]


class Shelved(Struct):
    """Since when it is put away, in milliseconds; null takes it out again."""

    archived: float | None = None


class NewSession(Struct):
    """What a session begins with; all of it may be left out."""

    title: str = ""
    agent: str = ""
    model: str | dict[str, Any] = ""
    prompt: str = ""
    parentID: str = ""
    permission: list[SessionRule] = []
    metadata: dict[str, Any] | None = None
    time: Shelved | None = None


class SessionChange(Struct):
    """What may be changed by hand."""

    title: str = ""
    agent: str = ""
    model: str | dict[str, Any] = ""
    variant: str | None = None
    """Of the model, or an effort; "" leaves it to the settings."""
    permission: list[SessionRule] = []
    metadata: dict[str, Any] | None = None
    time: Shelved | None = None


class ToMessage(Struct):
    """Where in the conversation; all of it when left out."""

    messageID: str = ""


class RevertTo(Struct):
    """From which message on."""

    messageID: str
    partID: str = ""


class InitBody(Struct):
    """Who writes AGENTS.md."""

    providerID: str = ""
    modelID: str = ""
    messageID: str = ""


class SummarizeBody(Struct):
    """Who writes the summary; the session's own model when it is left out."""

    providerID: str = ""
    modelID: str = ""
    auto: bool = False


async def list_all(call: Call) -> list[wire.Session]:
    """Newest first, 100 of them when nothing is said, as the original does; `limit=0` is all."""
    return await listed(call, call.number("limit", _LISTED))


async def listed(call: Call, limit: int) -> list[wire.Session]:
    """As many as that of those the query asks for, newest first; 0 is all."""
    start = call.number("start", 0)
    roots = call.query.get("roots") == "true"
    all_of_them = roots or start > 0
    found = await call.state.door.sessions(
        call.query.get("search", ""), 0 if all_of_them else limit
    )
    kept = [one for one in found if not (roots and one.parent)]
    kept = [one for one in kept if translate.ms(one.updated) >= start]
    return await _shown(call, kept[:limit] if limit else kept)


async def _shown(call: Call, infos: list[SessionInfo]) -> list[wire.Session]:
    base, shares = str(call.request.base_url), await call.state.door.shares()
    return [linked(translate.of_info(one), shares, base) for one in infos]


async def create(call: Call) -> wire.Session:
    """A new one; with a prompt it starts at once."""
    body: NewSession = call.body
    agent = "" if body.agent == "default" else body.agent
    door = call.state.door
    session = await door.create(
        agent=agent, model=model_name(body.model), title=body.title, parent=body.parentID
    )
    await _bind(call, session.id, body)
    if body.prompt:
        await ask(door, session.id, PromptBody(content=body.prompt))
    return await whole(door, session)


async def _bind(call: Call, session: str, body: NewSession | SessionChange) -> None:
    """Keep what a program says of the session's calls, and its notes."""
    door = call.state.door
    if body.permission:
        written = [
            {"action": rule.permission, "resource": rule.pattern, "effect": rule.action}
            for rule in body.permission
        ]
        await door.bind(session, map_rules(written, call.state.directory))
    if body.metadata is not None:
        await door.annotate(session, **{NOTES: body.metadata})
    if body.time is not None:
        await door.annotate(session, **{ARCHIVED: int(body.time.archived or 0)})


async def status(call: Call) -> dict[str, Any]:
    """Those that are not idle."""
    return call.state.feed.busy


async def one(call: Call) -> wire.SessionWithMessages:
    """One, with the last of what was said."""
    session = await call.state.door.session(call.session)
    shares = await call.state.door.shares()
    found = linked(await whole(call.state.door, session), shares, str(call.request.base_url))
    shown = {name: getattr(found, name) for name in found.__struct_fields__}
    messages = plain(session.messages[-_SHOWN:])
    return wire.SessionWithMessages(**shown, messages=messages)


async def change(call: Call) -> wire.Session:
    """Rename it, or let another agent, model or variant answer."""
    body: SessionChange = call.body
    model = model_name(body.model)
    kept = bool(body.permission) or not (body.metadata is None and body.time is None)
    if not (body.title or body.agent or model or body.variant is not None or kept):
        raise UsageError(f"Nothing to change: {', '.join(SessionChange.__struct_fields__)} can be.")
    door = call.state.door
    session = await door.update(
        call.session, title=body.title, agent=body.agent, model=model, effort=body.variant
    )
    await _bind(call, session.id, body)
    return await whole(door, session)


async def delete(call: Call) -> bool:
    """To the trash."""
    door = call.state.door
    session = await door.session(call.session)
    call.state.feed.know(session.info())
    await door.delete(session.id)
    return True


async def children(call: Call) -> list[wire.Session]:
    """Those of its sub-agents."""
    door = call.state.door
    session = await door.session(call.session)
    return [translate.of_info(i) for i in await door.sessions() if i.parent == session.id]


async def todo(call: Call) -> list[wire.Todo]:
    """Its list of tasks."""
    todos = (await call.state.door.session(call.session)).todos
    return [wire.Todo(str(n), item.text, item.status) for n, item in enumerate(todos)]


async def diff(call: Call) -> list[wire.FileDiff]:
    """What its calls changed, one entry a file; with `messageID` those of one answer."""
    session = await call.state.door.session(call.session)
    return diffs(session, call.query.get("messageID", ""))


async def fork(call: Call) -> wire.Session:
    """A copy up to (not with) a message."""
    return translate.of_session(await call.state.door.fork(call.session, call.body.messageID))


async def abort(call: Call) -> bool:
    """Stop the run. True also when none was going on: it is stopped."""
    door = call.state.door
    await door.cancel((await door.session(call.session)).id)
    return True


async def revert(call: Call) -> wire.Session:
    """Take back everything from a message on, with the files it changed."""
    body: RevertTo = call.body
    if body.partID:
        raise UsageError("Whole messages are taken back here: leave out `partID`.")
    door = call.state.door
    session = await call.state.settled(call.session)
    return translate.of_session(await go_back(door, session, body.messageID))


async def unrevert(call: Call) -> wire.Session:
    """Bring all of it back; nothing happens when nothing was taken."""
    session = await call.state.settled(call.session)
    while session.undone:
        session = await bring_again(call.state.door, session)
    return translate.of_session(session)


async def summarize(call: Call) -> Response:
    """Fold what was said into a summary; returns when it is."""
    body: SummarizeBody = call.body
    door = call.state.door
    session = await call.state.settled(call.session)
    model = f"{body.providerID}/{body.modelID}" if body.providerID and body.modelID else ""
    if model and model != session.model:
        await door.update(session.id, model=model)
    async with at_work.told(call.state.feed, session.id):
        await door.compact(session.id)
    return await after_events(call.state, True)


async def init(call: Call) -> Response:
    """Have AGENTS.md written; returns when it is."""
    body: InitBody = call.body
    prompt = PromptBody(content="/init", providerID=body.providerID, modelID=body.modelID)
    await converse(call.state, call.session, prompt)
    return await after_events(call.state, True)


_ID = "/session/{sessionID}"
ROUTES = (
    Route(
        "GET",
        "/session",
        list_all,
        "The project's sessions, newest first.",
        answer=list[wire.Session],
        query=("search", "limit", "start", "roots"),
    ),
    Route("POST", "/session", create, "A new session.", NewSession, wire.Session),
    Route("GET", "/session/status", status, "Sessions that are busy.", answer=dict[str, Any]),
    Route("GET", _ID, one, "One session and its messages.", answer=wire.SessionWithMessages),
    Route(
        "PATCH",
        _ID,
        change,
        "Rename; change agent, model, variant, rules or notes.",
        SessionChange,
        wire.Session,
    ),
    Route("DELETE", _ID, delete, "Move it to the trash.", answer=bool),
    Route("GET", f"{_ID}/children", children, "Sub-agents' sessions.", answer=list[wire.Session]),
    Route("GET", f"{_ID}/todo", todo, "Its todo list.", answer=list[wire.Todo]),
    Route(
        "GET",
        f"{_ID}/diff",
        diff,
        "What it changed, one patch a file.",
        answer=list[wire.FileDiff],
        query=("messageID",),
    ),
    Route("POST", f"{_ID}/fork", fork, "A copy up to a message.", ToMessage, wire.Session),
    Route("POST", f"{_ID}/abort", abort, "Stop the run.", answer=bool),
    Route("POST", f"{_ID}/revert", revert, "Undo from a message on.", RevertTo, wire.Session),
    Route("POST", f"{_ID}/unrevert", unrevert, "Redo all of it.", answer=wire.Session),
    Route("POST", f"{_ID}/summarize", summarize, "Compact it.", SummarizeBody, bool),
    Route("POST", f"{_ID}/init", init, "Have AGENTS.md written.", InitBody, bool),
)
