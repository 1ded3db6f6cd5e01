"""Search in files."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar, Literal

from msgspec import Struct

from opencode.core.display import Table
from opencode.core.error import ToolError
from opencode.core.permission import Request
from opencode.core.place import Place
from opencode.core.tool import Tool, ToolContext, ToolResult
from opencode.tools.shared.search.glob import glob_regex
from opencode.tools.shared.search.lines import Line
from opencode.tools.shared.search.search import SECONDS, Query, Searcher, Tally
from opencode.tools.shared.search.wording import (
    FOLDERS,
    clean,
    existing,
    footer,
    newest_first,
    plural,
)

_PAGE = 100
_MOST_CHARACTERS = 40_000


class GrepInput(Struct):
    """What to look for, and where."""

    pattern: str
    path: str = ""
    include: str = ""
    mode: Literal["content", "files", "count"] = "content"
    context: int = 0
    ignore_case: bool = False
    limit: int = 0
    offset: int = 0


class Grep(Tool[GrepInput]):
    """Searches the text of files, those changed last first."""

    name = "grep"
    description = (
        "Search files by regex, newest first. path: folder or file; include: glob; "
        f"limit {_PAGE} a page."
    )
    input = GrepInput
    aliases: ClassVar[dict[str, str]] = FOLDERS | {
        "regex": "pattern",
        "query": "pattern",
        "search": "pattern",
        "file": "path",
        "glob": "include",
        "include_pattern": "include",
        "file_pattern": "include",
        "output_mode": "mode",
        "case_insensitive": "ignore_case",
        "ignoreCase": "ignore_case",
        "-i": "ignore_case",
        "-C": "context",
        "head_limit": "limit",
        "max_results": "limit",
    }

    def requests(self, args: GrepInput, place: Place) -> list[Request]:
        """Reading the folder or the file."""
        return place.requests("read", args.path or ".")

    async def run(self, args: GrepInput, ctx: ToolContext) -> ToolResult:
        """Count everywhere, then show one page."""
        if not args.pattern:
            raise ToolError("the pattern is empty")
        root = await asyncio.to_thread(_root, ctx.place, args.path)
        query = Query(args.pattern, args.ignore_case, _include(args.include))
        searcher = Searcher(ctx.place.cwd)
        tally = await searcher.count(query, root)
        await asyncio.to_thread(_leave_out, tally, ctx.may_read)
        files = await asyncio.to_thread(newest_first, tally.counts)
        if not files:
            return ToolResult(_nothing(args, ctx.place, tally))
        offset = max(args.offset, 0)
        limit = args.limit if args.limit > 0 else _PAGE
        page = _Page(ctx.place, tally, files, offset, limit)
        if args.mode == "content":
            here, skip = page.files_of_window()
            found = await searcher.lines(query, here, min(max(args.context, 0), 20))
            return page.content(found, here, skip, min(ctx.output_bytes, _MOST_CHARACTERS))
        return page.names(with_counts=args.mode == "count")


def _leave_out(tally: Tally, may_read: Callable[[Path], bool]) -> None:
    for path in [path for path in tally.counts if not may_read(path)]:
        del tally.counts[path]
        tally.denied.append(path)


def _root(place: Place, path: str) -> Path:
    root = existing(place, path)
    if root.is_file() and _is_binary(root):
        raise ToolError(f"{place.show(root)} is no text")
    return root


def _is_binary(path: Path) -> bool:
    """Whether a zero byte stands in it; UTF-16 with its mark is text."""
    try:
        with path.open("rb") as file:
            if file.read(2) in (b"\xff\xfe", b"\xfe\xff"):
                return False
            file.seek(0)
            return any(b"\0" in chunk for chunk in iter(lambda: file.read(1 << 20), b""))
    except OSError as error:
        raise ToolError(f"{path.name} cannot be read: {error.strerror}") from None


def _include(include: str) -> str:
    try:
        glob_regex(include.removeprefix("!"))
    except ValueError as error:
        raise ToolError(f"include cannot be read: {error}") from None
    return include.removeprefix("./")


def _notes(place: Place, tally: Tally) -> str:
    """What the search did not look at, or could not finish."""
    notes: list[str] = []
    if tally.cut:
        notes.append(f"stopped after {SECONDS:.0f} s or too many matches, narrow path or include")
    if tally.secrets:
        names = ", ".join(clean(place.show(path)) for path in sorted(tally.secrets)[:5])
        notes.append(f"matches in {names} are shown only when path names the file")
    if tally.denied:
        notes.append(f"{plural(len(tally.denied), 'file')} no rule lets you read were left out")
    return "; ".join(notes)


def _nothing(args: GrepInput, place: Place, tally: Tally) -> str:
    where = f" in {args.path}" if args.path else ""
    files = f" ({args.include})" if args.include else ""
    notes = _notes(place, tally)
    return f"No match for {args.pattern}{where}{files}" + (f"\n[{notes}]" if notes else "")


class _Page:
    """One page of what was found."""

    def __init__(
        self, place: Place, tally: Tally, files: list[Path], offset: int, limit: int
    ) -> None:
        self._place, self._tally, self._files = place, tally, files
        self._offset, self._limit = offset, limit
        self._total = sum(tally.counts.values())
        self._notes = _notes(place, tally)
        found = plural(self._total, "match")
        self._title = f"{found} in {plural(len(files), 'file')}"

    def files_of_window(self) -> tuple[list[Path], int]:
        """The files that hold the page's matches, and how many matches of the first to skip."""
        here: list[Path] = []
        before = skip = 0
        for path in self._files:
            if before >= self._offset + self._limit:
                break
            count = self._tally.counts[path]
            if before + count > self._offset:
                if not here:
                    skip = self._offset - before
                here.append(path)
            before += count
        return here, skip

    def content(
        self, found: dict[Path, list[Line]], files: list[Path], skip: int, most: int
    ) -> ToolResult:
        """Matching lines below the names of their files: `12: text`, near ones `11- text`."""
        out: list[str] = []
        rows: list[list[str]] = []
        shown = size = 0
        for path in files:
            lines = list(_window(found.get(path, []), skip, self._limit - shown))
            skip = 0
            name = clean(self._place.show(path))
            if lines:
                out += ["", name] if out else [name]
            before = 0
            for line in lines:
                text = line.text.replace("\n", "\n   ")
                if before and line.number > before + 1 and any(not one.is_match for one in lines):
                    out.append("--")
                before = line.number + line.text.count("\n")
                out.append(f"{line.number}{':' if line.is_match else '-'} {text}")
                size += len(out[-1])
                if line.is_match:
                    shown += line.weight
                    rows.append([name, str(line.number), line.text])
                if size > most:
                    break
            if shown >= self._limit or size > most:
                break
        end = footer("matches", self._offset, shown, self._total, cut=self._notes)
        table = Table(["file", "line", "text"], rows, self._title)
        return ToolResult("\n".join([*out, end]).strip("\n"), [table])

    def names(self, *, with_counts: bool) -> ToolResult:
        """Files, with the number of their matches when asked."""
        page = self._files[self._offset : self._offset + self._limit]
        rows = [[clean(self._place.show(path)), str(self._tally.counts[path])] for path in page]
        lines = [f"{name}: {count}" if with_counts else name for name, count in rows]
        end = footer("files", self._offset, len(page), len(self._files), cut=self._notes)
        if with_counts:
            lines.append(self._title)
        table = Table(["file", "matches"], rows, self._title)
        return ToolResult("\n".join([*lines, end]).rstrip("\n"), [table])


def _window(lines: list[Line], skip: int, limit: int) -> Iterator[Line]:
    """From after `skip` matches on up to `limit` matches, with the lines around those."""
    seen = 0
    held: list[Line] = []
    for line in lines:
        if line.is_match:
            seen += line.weight
            if seen > skip + limit:
                return
            if seen > skip:
                yield from held
                yield line
            held = []
        elif seen > skip:
            held.append(line)
            if seen >= skip + limit:
                yield line
                held = []
        else:
            held.append(line)
    if seen > skip:
        yield from held
