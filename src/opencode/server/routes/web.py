"""The web page: its texts, and what it reads and does beyond the protocol."""

import asyncio
import re
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct
from starlette.responses import Response

from opencode.config import edit, grants, paths
from opencode.config.secrets import stored_keys
from opencode.core.ask import Ask, Reply
from opencode.core.error import UsageError
from opencode.core.event import Event
from opencode.core.message import Message
from opencode.core.session import Session, SessionInfo, Todo
from opencode.i18n.catalog import Catalogue, languages, load
from opencode.i18n.direction import direction
from opencode.server.access import login
from opencode.server.across import at_home
from opencode.server.errors import NotThere
from opencode.server.protocol.catalogue import catalogue
from opencode.server.route import Call, Route
from opencode.server.stream import page_stream
from opencode.session.index.rows import info_of
from opencode.session.transfer import Format, export_session
from opencode.workspace.opening.shelf import tool_names
from opencode.workspace.workspace import Workspace

_GROUPS = ("web.", "tool.", "mcp.", "caption.", "status.retrying")
_RULED = ("edit", "bash", "network")
"""The actions whose rule the page sets."""
_SETTABLE = re.compile(rf"model|default_agent|tools\.[a-z_]+|permission\.({'|'.join(_RULED)})")


class Snapshot(Struct):
    """A conversation as it is right after event `n` of `epoch`: later events go on from here."""

    epoch: str
    n: int
    info: SessionInfo
    messages: list[Message]
    queued: list[Message]
    todos: list[Todo]
    effort: str
    can_redo: bool
    ended: Event | None
    """How the last run here ended."""


class Overview(Struct):
    """All sessions, newest first, and those that are busy."""

    sessions: list[SessionInfo]
    busy: list[str]


class Texts(Struct):
    """What the page says, in one language; English where it lacks a text."""

    language: str
    direction: Literal["ltr", "rtl"]
    languages: dict[str, str]
    texts: dict[str, str]


class ProviderState(Struct):
    """Whether a provider can be asked, never with what."""

    id: str
    name: str
    variables: list[str]
    models: int
    has_key: bool
    is_stored: bool


class ToolState(Struct):
    """A tool and whether agents have it."""

    name: str
    is_on: bool


class PageSettings(Struct):
    """What the settings of the page show."""

    file: str
    locked: bool
    """Whether a password was needed to get here."""
    model: str
    default_agent: str
    providers: list[ProviderState]
    tools: list[ToolState]
    rules: dict[str, str]
    """By action: allow, ask or deny; "" where none is set, `own` where a person wrote patterns."""
    grants: list[grants.Grant]


class Setting(Struct):
    """One key of the person's settings file."""

    key: str
    value: str | bool


async def texts(call: Call) -> Texts:
    """`auto` is the browser's language."""
    wanted = call.path["language"]
    language = login.spoken_by(call.request.headers) if wanted == "auto" else wanted
    spoken = Catalogue(language).language
    both = {**load("en"), **load(spoken)}
    said = {key: text for key, text in both.items() if key.startswith(_GROUPS)}
    return Texts(spoken, direction(language), languages(), said)


async def enter(call: Call) -> Response:
    """The guard has read the password: the cookie is for the requests that follow."""
    answer = Response(status_code=204)
    ticket = call.request.scope["opencode.ticket"]
    if not ticket:
        return answer
    secure = call.request.headers.get("x-forwarded-proto") == "https"
    answer.set_cookie(_cookie(call), ticket, httponly=True, samesite="strict", secure=secure)
    return answer


async def leave(call: Call) -> Response:
    """Forget the cookie."""
    answer = Response(status_code=204)
    answer.delete_cookie(_cookie(call), httponly=True, samesite="strict")
    return answer


def _cookie(call: Call) -> str:
    return login.cookie_name((call.request.scope.get("server") or ("", 0))[1] or 0)


async def events(call: Call) -> Response:
    """Everything that happens, in our own words, each with its number."""
    headers = call.request.headers
    mark = headers.get("last-event-id", "")
    return page_stream.stream(call.state, mark, login.spoken_by(headers))


async def overview(call: Call) -> Overview:
    """With `search`, those whose title or text holds all its words."""
    state = call.state
    found = await state.door.sessions(call.query.get("search", ""), call.number("limit", 0))
    await state.feed.caught_up()
    return Overview([one for one in found if not one.parent], [*state.feed.busy])


async def snapshot(call: Call) -> Response:
    """Everything of one session between two events: nothing is missed, nothing comes twice."""
    feed, language = call.state.feed, login.spoken_by(call.request.headers)

    async def taken(door: Workspace) -> tuple[str, bytes]:
        number = door.rooms.bus.n
        session = await door.session(call.session)
        found = _between(door, number, session, language)
        return session.id, msgspec.json.encode(found)

    name, body = await at_home(call.state.door, taken)
    share = (await call.state.door.shares()).get(name, "")
    await feed.caught_up()
    status = page_stream.told_status(feed.busy.get(name), language)
    more = msgspec.json.encode({"busy": status is not None, "status": status, "share": share})
    whole = body[:-1] + b"," + more[1:]
    return Response(whole, media_type="application/json")


def _between(door: Workspace, number: int, session: Session, language: str) -> Snapshot:
    ended = door.ended(session.id)
    return Snapshot(
        door.rooms.bus.epoch,
        number,
        info_of(session, Path()),
        [page_stream.told_message(one, language) for one in session.messages],
        session.queued,
        session.todos,
        session.effort,
        bool(session.undone),
        page_stream.told(ended, language) if ended else None,
    )


async def withdraw(call: Call) -> Message:
    """Take a waiting prompt back."""
    return await call.state.door.withdraw(call.session, call.path["messageID"])


async def export(call: Call) -> Response:
    """The conversation as a file; `format=opencode` is the original's shape."""
    session = await call.state.door.session(call.session)
    form: Format = "opencode" if call.query.get("format") == "opencode" else "native"
    data = await asyncio.to_thread(export_session, session, form)
    named = {"content-disposition": f'attachment; filename="{session.id}.json"'}
    return Response(data, headers=named, media_type="application/json")


async def asks(call: Call) -> list[Ask]:
    """Whole, with what would change and what an "always" would write."""
    return await call.state.door.asks()


async def reply(call: Call) -> bool:
    """The first answer counts."""
    name = call.path["askID"]
    if not await call.state.door.answer(name, call.body):
        raise NotThere(f"Nothing that goes by {name!r} waits for an answer.")
    return True


async def settings(call: Call) -> PageSettings:
    """What is set and where it lies."""
    door = call.state.door
    known = await catalogue(door)
    stored = set(await asyncio.to_thread(stored_keys))
    own = door.rooms.settings
    states = [
        ProviderState(
            one.id, one.name, one.env, len(one.model_ids), one.authenticated, one.id in stored
        )
        for one in known.providers
    ]
    names = sorted({*tool_names(), *door.rooms.tools})
    tools = [ToolState(name, own.tools.get(name, name in door.rooms.tools)) for name in names]
    given = await asyncio.to_thread(grants.Grants().all)
    where = str(edit.file_to_edit(paths.config_dir()))
    locked = bool(call.request.scope["opencode.ticket"])
    rules = {name: _rule(own.permission.get(name, "")) for name in _RULED}
    return PageSettings(where, locked, own.model, own.default_agent, states, tools, rules, given)


def _rule(written: object) -> str:
    return written if isinstance(written, str) else "own"


async def change(call: Call) -> bool:
    """Write one key into the person's settings file: it holds from the next start on."""
    body: Setting = call.body
    if not _SETTABLE.fullmatch(body.key):
        raise UsageError(f"{body.key!r} is not set from the page; use `opencode config set`.")
    parts = edit.split_key(body.key)
    if parts[0] == "permission":
        return await _rewrite(call, parts, body.value)
    value = edit.typed(parts, body.value) if isinstance(body.value, str) else body.value
    target = edit.file_to_edit(paths.config_dir())
    await asyncio.to_thread(edit.set_value, target, parts, value)
    return True


async def _rewrite(call: Call, parts: edit.Keys, verdict: str | bool) -> bool:
    if verdict not in ("", "allow", "ask", "deny"):
        raise UsageError(f"{verdict!r} is no rule.", hint='Use "allow", "ask", "deny" or "".')
    if _rule(call.state.door.rooms.settings.permission.get(parts[1], "")) == "own":
        raise UsageError(f"Your file has patterns for {parts[1]}.", hint="Change them there.")
    target = edit.file_to_edit(paths.config_dir())
    if verdict:
        await asyncio.to_thread(edit.set_value, target, parts, verdict)
    else:
        await asyncio.to_thread(edit.unset, target, parts)
    return True


async def revoke(call: Call) -> bool:
    """Be asked again."""
    await asyncio.to_thread(grants.Grants().revoke, call.path["grantID"])
    return True


_ID = "/web/session/{sessionID}"
ROUTES = (
    Route("GET", "/web/texts/{language}", texts, "The page's texts.", answer=Texts),
    Route("POST", "/web/login", enter, "The page's cookie.", answer=Response),
    Route("DELETE", "/web/login", leave, "Forget the cookie.", answer=Response),
    Route("GET", "/web/events", events, "Every event, numbered, for the page.", answer=Response),
    Route(
        "GET",
        "/web/sessions",
        overview,
        "The sessions, and which are busy.",
        answer=Overview,
        query=("search", "limit"),
    ),
    Route("GET", _ID, snapshot, "A session between two events.", answer=Response),
    Route("GET", f"{_ID}/export", export, "A session as a file.", answer=Response),
    Route("DELETE", _ID + "/queued/{messageID}", withdraw, "Take a waiting prompt back."),
    Route("GET", "/web/asks", asks, "Questions for a person, whole.", answer=list[Ask]),
    Route("POST", "/web/asks/{askID}", reply, "Answer one, with a scope.", Reply, bool),
    Route("GET", "/web/settings", settings, "What is set.", answer=PageSettings),
    Route("POST", "/web/settings", change, "Set one key for good.", Setting, bool),
    Route("DELETE", "/web/grants/{grantID}", revoke, "Take a grant back.", answer=bool),
)
