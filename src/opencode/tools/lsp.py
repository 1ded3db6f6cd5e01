"""Ask a language server: places and types of names, diagnostics, renames, formatting."""

import asyncio
import hashlib
import re
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import ClassVar, Literal

from msgspec import Struct

from opencode.core.code import CodeIntel, Location, Symbol
from opencode.core.display import Display, Table
from opencode.core.error import ServerStartError, ToolError
from opencode.core.files import Change
from opencode.core.permission import Request
from opencode.core.place import Place
from opencode.core.tool import Tool, ToolContext, ToolResult
from opencode.tools.shared.code.chunks import defined
from opencode.tools.shared.opened import PATHS, loaded
from opencode.tools.shared.patches.diff import diff_of
from opencode.tools.shared.search.search import Query, Searcher
from opencode.tools.shared.search.wording import existing

_WAIT = 15.0
_SHOWN = 100
_LOOKED_AT = 40
"""Files in which a name is looked for."""


class LspInput(Struct):
    """What to ask; a place is given by symbol, or by path, line and column (from 1)."""

    action: Literal[
        "definition",
        "references",
        "hover",
        "diagnostics",
        "rename",
        "format",
        "completion",
        "symbols",
    ]
    path: str = ""
    line: int = 0
    column: int = 0
    symbol: str = ""
    new_name: str = ""


class Lsp(Tool[LspInput]):
    """Asks the server that knows the file; names are as good as positions."""

    name = "lsp"
    description = "Ask a language server by symbol or place."
    input = LspInput
    aliases: ClassVar[dict[str, str]] = {
        **PATHS,
        "operation": "action",
        "character": "column",
        "query": "symbol",
        "name": "symbol",
        "newName": "new_name",
    }

    def requests(self, args: LspInput, place: Place) -> list[Request]:
        """Reading the file that is asked about; editing what is changed. The files of a rename
        are known only later, and required then."""
        wanted = [Request("lsp", args.action)]
        if args.action == "format":
            wanted += place.requests("edit", args.path)
        elif args.path:
            wanted += place.requests("read", args.path)
        return wanted

    def has_effects(self, args: LspInput, place: Place) -> bool:
        """Only what writes."""
        return args.action in ("rename", "format")

    async def run(self, args: LspInput, ctx: ToolContext) -> ToolResult:
        """The answer, with places as path:line:column."""
        if ctx.code is None:
            raise ToolError("No language server can be used here; search with grep.")
        try:
            return await _answered(args, ctx, ctx.code)
        except ServerStartError as error:
            raise ToolError(f"{error.message} {error.hint}".strip()) from error


async def _answered(args: LspInput, ctx: ToolContext, code: CodeIntel) -> ToolResult:
    match args.action:
        case "diagnostics":
            return await _diagnostics(ctx, code, await _file(args, ctx))
        case "format":
            path = await _file(args, ctx)
            return await _written(ctx, {path: await code.format(path)}, "Formatted")
        case "symbols":
            return await _symbols(args, ctx, code)
        case _:
            return await _about(args, ctx, code, *await _position(args, ctx, code))


async def _about(
    args: LspInput, ctx: ToolContext, code: CodeIntel, path: Path, place: tuple[int, int]
) -> ToolResult:
    line, column = place
    match args.action:
        case "definition":
            return _places(ctx, await code.definition(path, line, column), "definition")
        case "references":
            among = await _users(ctx, code, path, place)
            return _places(ctx, await code.references(path, line, column, among), "reference")
        case "hover":
            return ToolResult(await code.hover(path, line, column) or "Nothing is known of it.")
        case "completion":
            found = await code.completion(path, line, column)
            return ToolResult("\n".join(found[:_SHOWN]) or "Nothing could stand there.")
        case _:
            if len(args.new_name.split()) != 1:
                raise ToolError("new_name must be one word.")
            among = await _users(ctx, code, path, place)
            texts = await code.rename(path, line, column, args.new_name.strip(), among)
            return await _rename(ctx, texts)


async def _users(
    ctx: ToolContext, code: CodeIntel, path: Path, place: tuple[int, int]
) -> list[Path]:
    """Files that hold the word that stands at a place."""
    lines = (await asyncio.to_thread(path.read_text, "utf-8", "replace")).splitlines()
    text = lines[place[0] - 1] if place[0] <= len(lines) else ""
    words = re.finditer(r"\w+", text)
    name = next((word[0] for word in words if word.start() < place[1] <= word.end() + 1), "")
    return (await _holding(name, ctx, code))[:_LOOKED_AT] if name else []


async def _rename(ctx: ToolContext, texts: dict[Path, str]) -> ToolResult:
    """Write a rename; first its files go through the gate."""
    if not texts:
        return ToolResult("The rename changes nothing.")
    names = sorted(ctx.place.show(path) for path in texts)
    edits = [one for name in names for one in ctx.place.requests("edit", name)]
    await ctx.require([Request("lsp", "rename"), *edits])
    return await _written(ctx, texts, "Renamed in")


async def _written(ctx: ToolContext, texts: Mapping[Path, str], what: str) -> ToolResult:
    """All files or none."""
    changes: list[Change] = []
    shown: list[Display] = []
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(ctx.files.lock(ctx.place.real(path) for path in texts))
        for path, text in sorted(texts.items()):
            file = await loaded(ctx, str(path))
            if file is None or file.data == text.encode():
                continue
            before = hashlib.sha256(file.data).hexdigest()
            changes.append(Change(file.real, before, text.encode()))
            shown.append(diff_of(file.shown, file.data.decode("utf-8", "replace"), text))
        await ctx.files.apply(changes)
    names = ", ".join(ctx.place.show(change.path) for change in changes)
    return ToolResult(f"{what} {names}." if names else "Nothing had to change.", shown)


async def _file(args: LspInput, ctx: ToolContext) -> Path:
    if not args.path:
        raise ToolError(f"{args.action} needs a path.")
    path = await asyncio.to_thread(existing, ctx.place, args.path)
    if path.is_dir():
        raise ToolError(f"{args.path} is a folder; name a file.")
    return ctx.place.real(path)


async def _diagnostics(ctx: ToolContext, code: CodeIntel, path: Path) -> ToolResult:
    found = await code.diagnostics(path, _WAIT)
    if not found.ready:
        return ToolResult("The language server has not looked at it yet; ask again in a moment.")
    rows = [[f"{d.line}:{d.column}", d.severity, d.message, d.code] for d in found.items]
    lines = [f"{at} {how}: {what}" + f" [{why}]" * bool(why) for at, how, what, why in rows]
    table = Table(["place", "severity", "message", "code"], rows, ctx.place.show(path))
    return ToolResult("\n".join(lines[:_SHOWN]) or "No errors or warnings.", [table])


async def _symbols(args: LspInput, ctx: ToolContext, code: CodeIntel) -> ToolResult:
    if args.path:
        found = await code.symbols(await _file(args, ctx))
        found = [one for one in found if args.symbol.casefold() in one.name.casefold()]
    else:
        path, _ = await _position(args, ctx, code)
        found = await code.find_symbols(args.symbol, path)
    lines = [_symbol(ctx, one) for one in found[:_SHOWN]]
    return ToolResult("\n".join(lines) or "No such symbol.")


def _symbol(ctx: ToolContext, found: Symbol) -> str:
    at = found.location
    inside = f" in {found.container}" if found.container else ""
    return f"{ctx.place.show(at.path)}:{at.line}:{at.column} {found.kind} {found.name}{inside}"


def _places(ctx: ToolContext, found: list[Location], what: str) -> ToolResult:
    rows = [[f"{ctx.place.show(at.path)}:{at.line}:{at.column}", at.text] for at in found]
    lines = [f"{place} {text}".rstrip() for place, text in rows[:_SHOWN]]
    if len(rows) > _SHOWN:
        lines.append(f"[{len(rows) - _SHOWN} more]")
    table = Table(["place", "line"], rows, f"{len(rows)} {what}{'s' * (len(rows) != 1)}")
    return ToolResult("\n".join(lines) or f"No {what} was found.", [table])


async def _position(
    args: LspInput, ctx: ToolContext, code: CodeIntel
) -> tuple[Path, tuple[int, int]]:
    """Where to ask: the place given, or where the symbol stands, its definition if possible."""
    name = re.split(r"[.:#]+", args.symbol.strip("`()"))[-1]
    if args.path and args.line and (args.column or not name):
        return await _file(args, ctx), (args.line, args.column or 1)
    if not name:
        raise ToolError("Give a symbol, or path, line and column.")
    files = [await _file(args, ctx)] if args.path else await _holding(name, ctx, code)
    word = Query(rf"\b{re.escape(name)}\b")
    found = await Searcher(ctx.place.cwd).lines(word, files[:_LOOKED_AT]) if files else {}
    hits = [(path, one) for path, lines in found.items() for one in lines if one.is_match]
    if args.line:
        hits = [(path, one) for path, one in hits if one.number == args.line]
    if not hits:
        raise ToolError(f"There is no {name} in {args.path or 'the files servers know'}.")
    path, line = next((hit for hit in hits if defined(hit[1].text) == name), hits[0])
    at = re.search(rf"\b{re.escape(name)}\b", line.text)
    return path, (line.number, at.start() + 1 if at else 1)


async def _holding(name: str, ctx: ToolContext, code: CodeIntel) -> list[Path]:
    """Files with that word which a server could know."""
    states = [s for s in code.states() if s.state in ("installed", "starting", "running")]
    endings = tuple(ending for state in states for ending in state.languages)
    tally = await Searcher(ctx.place.cwd).count(Query(rf"\b{re.escape(name)}\b"), ctx.place.cwd)
    found = sorted(tally.counts, key=lambda path: (-tally.counts[path], str(path)))
    return [path for path in found if path.name.endswith(endings)]
