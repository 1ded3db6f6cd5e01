"""Search code by meaning: a ranked search of this project, or of the web's code through Exa."""

import asyncio
import sqlite3
import sys
from functools import partial
from pathlib import Path
from typing import ClassVar

from msgspec import Struct

from opencode.config import paths
from opencode.core.display import Table, Text
from opencode.core.error import ToolError
from opencode.core.permission import Request
from opencode.core.place import Place
from opencode.core.tool import Tool, ToolContext, ToolResult
from opencode.tools.shared.code.index import Hit, find, index_file, progress
from opencode.tools.shared.engines import ENGINES, search_code
from opencode.tools.shared.search.run import run
from opencode.tools.shared.search.wording import clean, existing
from opencode.tools.shared.truncate import shorten

_MOST = 30
_LINES = 12
_PATIENCE = 20.0
"""Seconds a search waits for the index; what is known by then is searched."""
_PROGRAM = "import sys; sys.path.insert(0, sys.argv[3]); " + (
    "from opencode.tools.shared.code.index import main; sys.exit(main(*sys.argv[1:3]))"
)


class CodeSearchInput(Struct):
    """What to look for; with a path it is always the project that is searched."""

    query: str
    path: str = ""
    limit: int = 8


class CodeSearch(Tool[CodeSearchInput]):
    """Finds definitions and passages by words, best first."""

    name = "codesearch"
    description = (
        "Find code by what it does, ranked; when you do not know the exact text (else grep). "
        "path: only below that folder of the project."
    )
    input = CodeSearchInput
    aliases: ClassVar[dict[str, str]] = {"q": "query", "directory": "path", "numResults": "limit"}

    def requests(self, args: CodeSearchInput, place: Place) -> list[Request]:
        """Reading the folder that is searched."""
        return [Request("codesearch", args.query), *place.requests("read", args.path or ".")]

    async def run(self, args: CodeSearchInput, ctx: ToolContext) -> ToolResult:
        """The passages with their places."""
        if not args.query.strip():
            raise ToolError("The query is empty.")
        count = min(max(args.limit, 1), _MOST)
        if ctx.secret(ENGINES[0].key) and not args.path:
            return await _hosted(args.query, ctx, count)
        return await _local(args, ctx, count)


async def _hosted(query: str, ctx: ToolContext, count: int) -> ToolResult:
    found = await search_code(ctx.secret, query, count)
    shown = shorten(
        found,
        lambda: ctx.scratch(f"{ctx.call.id}.md", found.encode("utf-8", "replace")),
        lines=ctx.output_lines,
        size=ctx.output_bytes,
    )
    text = Text(shown, language="markdown")
    return ToolResult(shown or "Exa found nothing.", [text] if shown else [])


async def _local(args: CodeSearchInput, ctx: ToolContext, count: int) -> ToolResult:
    root = ctx.place.real(".")
    folder = await asyncio.to_thread(existing, ctx.place, args.path, folder=True)
    below = ctx.place.real(folder)
    if not below.is_relative_to(root):
        root = below
    prefix = "" if below == root else below.relative_to(root).as_posix() + "/"
    database = index_file(root, paths.cache_dir())
    house = str(Path(__file__).parents[2])
    command = [sys.executable, "-P", "-c", _PROGRAM, str(root), str(database), house]
    ended = await run(command, root, lambda _: True, _PATIENCE)
    try:
        may = partial(_may_read, ctx, root)
        hits = await asyncio.to_thread(find, database, args.query, prefix, count, may)
        done, total = await asyncio.to_thread(progress, database)
    except sqlite3.Error as error:
        raise ToolError(f"The index cannot be read ({error}). {ended.complaint}".strip()) from None
    blocks = [block for hit in hits if (block := await asyncio.to_thread(_show, root, hit))]
    notes: list[str] = []
    if done < total:
        notes.append(f"{done} of {total} files are indexed so far; search again to go on")
    if not ctx.secret(ENGINES[0].key):
        notes.append("local search; EXA_API_KEY would search the web's code")
    end = f"[{'; '.join(notes)}]" if notes else ""
    rows = [[hit.path, f"{hit.first}-{hit.last}", hit.name] for hit in hits]
    table = Table(["file", "lines", "name"], rows, args.query)
    body = "\n\n".join(blocks) or f"Nothing in the project fits {args.query}"
    return ToolResult(f"{body}\n\n{end}".rstrip(), [table])


def _may_read(ctx: ToolContext, root: Path, path: str) -> bool:
    return ctx.may_read(root / path)


def _show(root: Path, hit: Hit) -> str:
    """The passage as it stands in the file now; "" when it is gone."""
    try:
        lines = (root / hit.path).read_bytes().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    first = hit.first - 1
    piece = lines[first : min(hit.last, first + _LINES)]
    rest = hit.last - first - len(piece)
    shown = "\n".join(f"{n}\t{line[:240]}" for n, line in enumerate(piece, hit.first))
    more = f"\n\t... {rest} lines more" if rest > 0 else ""
    return (
        f"{clean(hit.path)}:{hit.first}-{hit.last} {clean(hit.name)}".rstrip() + f"\n{shown}{more}"
    )
