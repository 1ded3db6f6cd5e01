"""What helps the agent: skills, language servers, formatters, and the symbols they know."""

import asyncio
import contextlib
import re
from pathlib import Path
from typing import Any

from msgspec import Struct

from opencode.core.code import Location, Symbol
from opencode.core.error import OpenCodeError
from opencode.lsp.nouns import KINDS
from opencode.server.route import Call, Route
from opencode.tools.shared.search.search import Query, Searcher
from opencode.workspace.workspace import Workspace

_WITHIN = 10.0
"""Seconds for all language servers together."""
_FILES = 50


class SkillInfo(Struct):
    """Instructions an agent can load."""

    name: str
    description: str
    location: str
    content: str


class LspStatus(Struct):
    """A language server that runs, or could not."""

    id: str
    name: str
    root: str
    status: str


class FormatterStatus(Struct):
    """A program that lays files out."""

    name: str
    extensions: list[str]
    enabled: bool


class SymbolPlace(Struct):
    """Where it is, as language servers say it."""

    uri: str
    range: dict[str, dict[str, int]]


class SymbolInfo(Struct):
    """Something with a name."""

    name: str
    kind: int
    location: SymbolPlace


async def skills(call: Call) -> list[SkillInfo]:
    """Each with its text."""

    def read() -> list[SkillInfo]:
        found: list[SkillInfo] = []
        for one in call.state.door.skills():
            with contextlib.suppress(OSError):
                text = Path(one.path).read_text("utf-8", "replace")
                found.append(SkillInfo(one.name, one.description, one.path, text))
        return found

    return await asyncio.to_thread(read)


async def servers(call: Call) -> list[LspStatus]:
    """Those that were started."""
    code = call.state.door.rooms.code
    words = {"running": "connected", "failed": "error"}
    return [
        LspStatus(one.name, one.name, one.root, words[one.state])
        for one in (code.states() if code else [])
        if one.state in words
    ]


async def formatters(call: Call) -> list[FormatterStatus]:
    """Those the settings want, and whether they are installed."""
    found = call.state.door.rooms.formatters
    listed = await asyncio.to_thread(found.listed) if found else []
    return [FormatterStatus(name, [*endings], is_there) for name, endings, is_there in listed]


async def symbols(call: Call) -> list[SymbolInfo]:
    """What the files that hold the word define under such a name, as language servers know it."""
    door, root = call.state.door, call.state.directory
    query = call.query["query"].strip()
    if door.rooms.code is None or not query:
        return []
    searcher = Searcher(root)
    tally = await searcher.count(Query(re.escape(query), ignore_case=True), root)
    asked = [_of(door, path) for path in sorted(tally.counts)[:_FILES]]
    found = [one for some in await asyncio.gather(*asked) for one in some]
    return [_info(one) for one in found if query.lower() in one.name.lower()]


async def _of(door: Workspace, path: Path) -> list[Symbol]:
    """Nothing where no server looks after such files, or it does not answer in time."""
    try:
        async with asyncio.timeout(_WITHIN):
            return await door.symbols(path)
    except (OpenCodeError, TimeoutError):
        return []


def _info(one: Symbol) -> SymbolInfo:
    kind = KINDS.index(one.kind) + 1 if one.kind in KINDS else 13
    return SymbolInfo(one.name, kind, SymbolPlace(one.location.path.as_uri(), _range(one.location)))


def _range(at: Location) -> dict[str, Any]:
    place = {"line": at.line - 1, "character": at.column - 1}
    return {"start": place, "end": place}


ROUTES = (
    Route("GET", "/skill", skills, "Skills.", answer=list[SkillInfo]),
    Route("GET", "/lsp", servers, "Language servers that were started.", answer=list[LspStatus]),
    Route("GET", "/formatter", formatters, "Formatters.", answer=list[FormatterStatus]),
    Route(
        "GET",
        "/find/symbol",
        symbols,
        "Symbols by name.",
        answer=list[SymbolInfo],
        query=("*query",),
    ),
)
