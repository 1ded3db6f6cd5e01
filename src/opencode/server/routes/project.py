"""The project: what it is, its git, its files, and searching them."""

import asyncio
from typing import Any, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from opencode.host.git import Git
from opencode.server import finding, named, project_files
from opencode.server.errors import NotThere
from opencode.server.finding import Match
from opencode.server.project_files import ChangedFile, FileContent, FileNode
from opencode.server.protocol.translate import ms
from opencode.server.route import Call, Route
from opencode.server.stream.frame import Frame


class Project(Struct):
    """The one this server serves."""

    id: str
    worktree: str
    directory: str
    name: str
    time: dict[str, int]
    sandboxes: list[str]
    vcs: Literal["git"] | UnsetType = UNSET
    icon: dict[str, Any] | UnsetType = UNSET
    commands: dict[str, Any] | UnsetType = UNSET


async def current(call: Call) -> Project:
    """The one this server serves."""
    state = call.state
    has_git = (state.root / ".git").exists()
    began = {"created": ms(state.began), "updated": ms(state.began)}
    said = await asyncio.to_thread(named.said_of, state.project)
    return Project(
        state.project,
        str(state.root),
        str(state.directory),
        said.name or state.root.name,
        began,
        [],
        "git" if has_git else UNSET,
        said.icon,
        said.commands,
    )


async def projects(call: Call) -> list[Project]:
    """Those this server serves: one."""
    return [await current(call)]


async def init_git(call: Call) -> Project:
    """Make it a git repository; nothing happens when it is one."""
    git = Git(call.state.root)
    if await asyncio.to_thread(git.top) is None:
        await asyncio.to_thread(git.run, "init", "--quiet")
    return await _told(call)


async def change(call: Call) -> Project:
    """Another name, icon or command; whoever shows projects reads them."""
    _require_ours(call)
    await asyncio.to_thread(named.say, call.state.project, call.body)
    return await _told(call)


async def _told(call: Call) -> Project:
    found = await current(call)
    call.state.feed.publish(Frame("project.updated", msgspec.to_builtins(found)))
    return found


def _require_ours(call: Call) -> None:
    if call.path["projectID"] != call.state.project:
        raise NotThere(f"This server serves another project: {call.state.project}.")


class Folder(Struct):
    """A folder of a project."""

    directory: str


async def directories(call: Call) -> list[Folder]:
    """Where the project lies."""
    _require_ours(call)
    return [Folder(str(call.state.directory))]


async def file(call: Call) -> Any:
    """A folder's entries, or (for the old SDK) a file's text."""
    root, path = call.state.directory, call.query["path"]

    def look() -> list[FileNode] | FileContent:
        if not project_files.inside(root, path).is_file():
            return project_files.listing(root, path)
        found = project_files.content(root, path)
        return FileContent("raw", found.content, found.encoding, found.mimeType)

    return await asyncio.to_thread(look)


async def file_content(call: Call) -> FileContent:
    """A file."""
    root, path = call.state.directory, call.query["path"]
    return await asyncio.to_thread(project_files.content, root, path)


async def file_status(call: Call) -> list[ChangedFile]:
    """What differs from the last commit."""
    return await asyncio.to_thread(project_files.changed, call.state.directory)


async def find(call: Call) -> list[Match]:
    """Lines that match."""
    return await finding.find_text(call.state.directory, call.query["pattern"])


async def find_file(call: Call) -> list[str]:
    """Paths that fit."""
    kind = call.query.get("type", "")
    if call.query.get("dirs") == "false":
        kind = "file"
    root, limit = call.state.directory, call.number("limit", 0)
    return await finding.find_files(root, call.query["query"], kind, limit)


ROUTES = (
    Route("GET", "/project", projects, "The project served.", answer=list[Project]),
    Route("GET", "/project/current", current, "The same alone.", answer=Project),
    Route("PATCH", "/project/{projectID}", change, "Name, icon, commands.", named.Said, Project),
    Route("POST", "/project/git/init", init_git, "Make it a git repository.", answer=Project),
    Route(
        "GET",
        "/project/{projectID}/directories",
        directories,
        "Its folders.",
        answer=list[Folder],
    ),
    Route("GET", "/file", file, "A folder's entries, or a file.", query=("*path",)),
    Route("GET", "/file/content", file_content, "A file.", answer=FileContent, query=("*path",)),
    Route("GET", "/file/status", file_status, "Changed files.", answer=list[ChangedFile]),
    Route("GET", "/find", find, "Search in files.", answer=list[Match], query=("*pattern",)),
    Route(
        "GET",
        "/find/file",
        find_file,
        "Search for files.",
        answer=list[str],
        query=("*query", "dirs", "type", "limit"),
    ),
)
