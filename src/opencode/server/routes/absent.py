"""What the original has and one server of one project has not: the empty answers that are true, and
refusals that say what to do instead."""

import re
from typing import Any

from msgspec import Struct
from starlette.responses import Response

from opencode.core.error import UsageError
from opencode.server.errors import NotThere, refusal
from opencode.server.route import Call, Route, json

_ONE = "One server serves one project: "
_ALONE = _ONE + "start `opencode serve` in the other folder"
_WORKTREE = (
    _ONE + "make it with `git worktree add` and start `opencode serve` there, or let "
    "`opencode batch` work in worktrees."
)
_SYNC = "Servers exchange no sessions here: `opencode export` and `opencode import` carry them."


class Move(Struct):
    """Where a session is to go on."""

    sessionID: str
    destination: dict[str, Any]
    moveChanges: bool = False


class Warp(Struct):
    """Which workspace a session is to go on in; null is the project itself."""

    sessionID: str
    id: str = ""
    copyChanges: bool = False


class Purpose(Struct):
    """What a copy is for."""

    context: str = ""


class Target(Struct):
    """A version to become."""

    target: str


async def nothing(call: Call) -> list[Any]:
    """There are none here."""
    del call
    return []


async def no_accounts(call: Call) -> dict[str, list[Any]]:
    """No accounts."""
    del call
    return {"orgs": []}


async def done(call: Call) -> Response:
    """There was nothing to do."""
    del call
    return Response(status_code=204)


async def in_step(call: Call) -> bool:
    """True: there is no other server to be in step with."""
    del call
    return True


async def move(call: Call) -> Response:
    """To where it is already; elsewhere is another server's."""
    body: Move = call.body
    await call.state.door.session(body.sessionID)
    try:
        call.state.require_here(str(body.destination.get("directory", "")))
    except UsageError as error:
        return refusal(call.request.url.path, 400, error.message, name="MoveSessionError")
    return Response(status_code=204)


async def warp(call: Call) -> Response:
    """To the project itself, where it is."""
    body: Warp = call.body
    await call.state.door.session(body.sessionID)
    if body.id:
        return refusal(call.request.url.path, 400, f"{_ALONE}.", name="WorkspaceWarpError")
    return Response(status_code=204)


async def no_workspace(call: Call) -> None:
    """There are none."""
    raise NotThere(f"There is no workspace {call.path['id']!r}.")


async def name_of(call: Call) -> dict[str, str]:
    """A folder's name from a purpose."""
    words = re.findall(r"[a-z0-9]+", call.body.context.lower())
    return {"name": "-".join(words[:4]) or "copy"}


async def upgrade(call: Call) -> Response:
    """Never over the network: whoever runs the server decides what it runs."""
    told = f"Run `opencode upgrade {call.body.target}` where the server runs, then start it anew."
    return json({"success": False, "error": told}, 400)


def _refused(method: str, path: str, name: str, why: str) -> Route:
    async def refuse(call: Call) -> Response:
        return refusal(call.request.url.path, 400, why, name=name)

    return Route(method, path, refuse, "Refused: one server, one project.", answer=Response)


_WORKSPACE, _TREE = "/experimental/workspace", "/experimental/worktree"
_COPY = "/experimental/project/{projectID}/copy"
_CONSOLE = "/experimental/console"
ROUTES = (
    Route("GET", f"{_CONSOLE}/orgs", no_accounts, "No accounts.", answer=dict[str, list[Any]]),
    _refused("POST", f"{_CONSOLE}/switch", "BadRequest", "There are no accounts here."),
    Route("GET", _WORKSPACE, nothing, "None: one server, one project.", answer=list[Any]),
    Route("GET", f"{_WORKSPACE}/status", nothing, "None.", answer=list[Any]),
    Route("GET", f"{_WORKSPACE}/adapter", nothing, "None.", answer=list[Any]),
    Route("POST", f"{_WORKSPACE}/sync-list", done, "Nothing to do.", answer=Response),
    Route("POST", f"{_WORKSPACE}/warp", warp, "Only to the project itself.", Warp, Response),
    _refused("POST", _WORKSPACE, "WorkspaceCreateError", f"{_ALONE}."),
    Route("DELETE", _WORKSPACE + "/{id}", no_workspace, "There is none."),
    Route("GET", _TREE, nothing, "None: one server, one project.", answer=list[Any]),
    _refused("POST", _TREE, "WorktreeCreateFailedError", _WORKTREE),
    _refused("DELETE", _TREE, "WorktreeRemoveFailedError", "This server made no worktree."),
    _refused("POST", f"{_TREE}/reset", "WorktreeResetFailedError", "This server made no worktree."),
    _refused("POST", _COPY, "ProjectCopyError", _WORKTREE),
    _refused("DELETE", _COPY, "ProjectCopyError", "This server made no copy."),
    Route("POST", f"{_COPY}/refresh", done, "Nothing to do.", answer=Response),
    Route("POST", f"{_COPY}/generate-name", name_of, "A name.", Purpose, dict[str, str]),
    Route(
        "POST", "/experimental/control-plane/move-session", move, "Only to here.", Move, Response
    ),
    Route("POST", "/sync/start", in_step, "True: nothing to be in step with.", answer=bool),
    _refused("POST", "/sync/history", "BadRequest", _SYNC),
    _refused("POST", "/sync/replay", "BadRequest", _SYNC),
    _refused("POST", "/sync/steal", "BadRequest", _SYNC),
    Route("POST", "/global/upgrade", upgrade, "Refused, with the command.", Target, Response),
    _refused(
        "PATCH",
        "/api/credential/{credentialID}",
        "BadRequest",
        "A provider has one key here, known by the provider's name: labels are not kept.",
    ),
    _refused("GET", "/pty/{ptyID}/connect", "BadRequest", "This is a WebSocket: upgrade to it."),
    _refused(
        "GET", "/api/pty/{ptyID}/connect", "BadRequest", "This is a WebSocket: upgrade to it."
    ),
)
