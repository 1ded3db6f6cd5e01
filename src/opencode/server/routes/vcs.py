"""What git says of the project."""

import asyncio
from typing import Any

from msgspec import UNSET, Struct, UnsetType
from starlette.responses import Response

from opencode.host.git import Git
from opencode.server import changes, project_files
from opencode.server.changes import FileChange
from opencode.server.route import Call, Route


class Vcs(Struct):
    """Where git stands."""

    branch: str
    dirty: bool
    default_branch: str | UnsetType = UNSET


class Patch(Struct):
    """A unified diff."""

    patch: str


async def vcs(call: Call) -> Any:
    """The branch, and whether anything differs from the last commit; {} without git."""

    def look() -> Any:
        git = Git(call.state.directory)
        if git.top() is None:
            return {}
        dirty = bool(project_files.changed(call.state.directory))
        usual = changes.default_branch(git).removeprefix("origin/")
        return Vcs(git.branch(), dirty, usual or UNSET)

    return await asyncio.to_thread(look)


async def status(call: Call) -> list[FileChange]:
    """What differs from the last commit, in numbers."""
    found = await asyncio.to_thread(project_files.changed, call.state.directory)
    return [FileChange(one.path, one.added, one.removed, one.status) for one in found]


async def diff(call: Call) -> list[FileChange]:
    """The same with patches."""
    mode, context = call.query.get("mode", "git"), call.number("context", 3)
    root = call.state.directory
    return await asyncio.to_thread(changes.patches, root, mode, max(0, min(context, 1000)))


async def raw(call: Call) -> Response:
    """The same as one patch."""
    text = await asyncio.to_thread(changes.raw, call.state.directory)
    return Response(text, media_type="text/plain; charset=utf-8")


async def apply(call: Call) -> dict[str, bool]:
    """Apply a patch: all of it or nothing."""
    await asyncio.to_thread(changes.apply, call.state.directory, call.body.patch)
    return {"applied": True}


ROUTES = (
    Route("GET", "/vcs", vcs, "Branch, and whether it is dirty."),
    Route("GET", "/vcs/status", status, "Changed files.", answer=list[FileChange]),
    Route(
        "GET",
        "/vcs/diff",
        diff,
        "Changed files with patches.",
        answer=list[FileChange],
        query=("mode", "context"),
    ),
    Route("GET", "/vcs/diff/raw", raw, "One patch of it all.", answer=Response),
    Route("POST", "/vcs/apply", apply, "Apply a patch.", Patch, dict[str, bool]),
)
