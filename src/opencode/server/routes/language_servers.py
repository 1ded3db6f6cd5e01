"""Language servers by hand: which there could be, started, ended, and what they find wrong."""

import asyncio
import re
from pathlib import Path

from msgspec import Struct

from opencode.core.code import CodeIntel, Diagnosis, KnownServer
from opencode.core.error import OpenCodeError, UsageError
from opencode.lsp.languages import language_of
from opencode.server import project_files
from opencode.server.errors import NotThere
from opencode.server.route import Call, Route
from opencode.tools.shared.search.search import Searcher
from opencode.workspace.opening.intel import code_of

_LOOK = 10.0
"""Seconds a server may look at the file that was asked about."""
_GLANCE = 2.0
"""The same for all the files that servers know."""


class ServerRow(Struct):
    """A program of the table."""

    id: str
    languages: list[str]
    extensions: list[str]
    state: str
    root: str
    install: str
    chosen: bool


class ServerWanted(Struct):
    """A file, or a server or language of which a file is found."""

    path: str = ""
    id: str = ""
    language: str = ""


class Problem(Struct):
    """What is wrong; line and column count from 1."""

    line: int
    column: int
    severity: str
    message: str
    source: str
    code: str


class FileProblems(Struct):
    """Not `ready`: its server has not looked yet, which is not the same as clean."""

    path: str
    ready: bool
    diagnostics: list[Problem]


async def table(call: Call) -> list[ServerRow]:
    """Every one there could be, how it stands and how it is installed."""
    rooms = call.state.door.rooms
    here = call.state.directory
    code = rooms.code or code_of(rooms.settings, here, lambda event: None, always=True)
    return [_row(one) for one in code.known()] if code else []


async def start(call: Call) -> ServerRow:
    """Start the server of a file, and show it that."""
    code, asked = _code(call), call.body
    path = _file(call, asked.path) if asked.path else await _some_file(call, code)
    await code.diagnostics(path, 0)
    of = language_of(path.name)
    near = [
        one
        for one in code.known()
        if of and one.root and one.languages[0] == of[0].name and path.is_relative_to(one.root)
    ]
    return _row(max(near, key=lambda one: len(one.root)))


async def stop(call: Call) -> bool:
    """End a server; it starts again when it is needed. Whether it ran."""
    code, asked = _code(call), call.body
    names = [name for name in (asked.id, asked.language) if name] or [""]
    for name in names:
        _named(code, name)
    return any([await code.stop(name) for name in names])


async def diagnostics(call: Call) -> list[FileProblems]:
    """Of one file, or of all that running servers were shown."""
    given = call.query.get("path", "")
    if given:
        path = _file(call, given)
        return [_problems(path, await _code(call).diagnostics(path, _LOOK))]
    code = call.state.door.rooms.code
    paths = code.spoken_of() if code else []
    found = [one for one in paths if await asyncio.to_thread(one.is_file)]
    return [*await asyncio.gather(*(_glance(code, path) for path in found if code))]


async def _glance(code: CodeIntel, path: Path) -> FileProblems:
    """A server that does not answer now has not looked."""
    try:
        return _problems(path, await code.diagnostics(path, _GLANCE))
    except OpenCodeError:
        return FileProblems(str(path), False, [])


def _code(call: Call) -> CodeIntel:
    code = call.state.door.rooms.code
    if code is None:
        raise UsageError(
            "No language server can be used here.",
            hint="GET /lsp/servers says how each is installed.",
        )
    return code


def _file(call: Call, given: str) -> Path:
    """As the project names it: servers are shown files by the paths that tools use."""
    project_files.file(call.state.directory, given)
    return call.state.door.rooms.place.resolve(given)


def _named(code: CodeIntel, name: str) -> list[KnownServer]:
    rows = [one for one in code.known() if name and name in (one.name, *one.languages)]
    if not rows:
        raise NotThere(f"No language server goes by {name!r}.")
    return rows


async def _some_file(call: Call, code: CodeIntel) -> Path:
    """The first file of the project that the server looks after, by name."""
    name, root = call.body.id or call.body.language, call.state.directory
    rows = _named(code, name)
    wanted = next((one for one in rows if one.is_chosen), rows[0])
    _require_chosen(code, wanted)
    names = "|".join(
        f".*{re.escape(end)}" if end.startswith(".") else f"(.*/)?{re.escape(end)}"
        for end in wanted.files
    )
    found, _ = await Searcher(root).files(root, re.compile(names))
    if not found:
        raise NotThere(f"No file here is one for {name}.")
    return root / min(found)


def _require_chosen(code: CodeIntel, wanted: KnownServer) -> None:
    """One program looks after a language; where it is another than the wanted, that is said."""
    of = wanted.languages[0]
    other = next((one for one in code.known() if one.is_chosen and one.languages[0] == of), wanted)
    if other.name != wanted.name:
        raise UsageError(
            f"{other.name} looks after such files here, not {wanted.name}.",
            hint=f'[lsp.{of}] server = "{wanted.name}" in opencode.toml changes that.',
        )


def _row(one: KnownServer) -> ServerRow:
    return ServerRow(
        one.name, one.languages, one.files, one.state, one.root, one.install, one.is_chosen
    )


def _problems(path: Path, found: Diagnosis) -> FileProblems:
    items = [
        Problem(one.line, one.column, one.severity, one.message, one.source, one.code)
        for one in found.items
    ]
    return FileProblems(str(path), found.ready, items)


ROUTES = (
    Route(
        "GET",
        "/lsp/servers",
        table,
        "Language servers there could be, and how each is installed.",
        answer=list[ServerRow],
    ),
    Route(
        "POST",
        "/lsp/start",
        start,
        "Start one: `{path}`, or `{id}` or `{language}`, for which a file is found.",
        ServerWanted,
        ServerRow,
    ),
    Route(
        "POST",
        "/lsp/stop",
        stop,
        "End one: `{id}` or `{language}`; it starts again when needed.",
        ServerWanted,
        bool,
    ),
    Route(
        "GET",
        "/lsp/diagnostics",
        diagnostics,
        "What is wrong in `path`, or in all files that running servers were shown.",
        answer=list[FileProblems],
        query=("path",),
    ),
)
