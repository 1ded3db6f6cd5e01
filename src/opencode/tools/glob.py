"""Find files by name."""

import asyncio
import heapq
import time
from pathlib import Path
from threading import Event
from typing import ClassVar

from msgspec import Struct

from opencode.core.display import Table
from opencode.core.error import ToolError
from opencode.core.permission import Request
from opencode.core.place import Place
from opencode.core.tool import Tool, ToolContext, ToolResult
from opencode.tools.shared.search import SECONDS
from opencode.tools.shared.search_glob import glob_regex, split_glob
from opencode.tools.shared.search_text import clean, existing, footer, plural
from opencode.tools.shared.search_walk import Stopped, walk

_PAGE = 100


class GlobInput(Struct):
    """What to find."""

    pattern: str
    path: str = ""
    limit: int = 0
    offset: int = 0


class Glob(Tool[GlobInput]):
    """Finds files by a pattern, those changed last first."""

    name = "glob"
    description = (
        "Find files by glob (**/*.py, src/*.{ts,tsx}), newest first. "
        f"Ignored files are left out. Pages of limit (default {_PAGE})."
    )
    input = GlobInput
    aliases: ClassVar[dict[str, str]] = {
        "glob": "pattern",
        "query": "pattern",
        "glob_pattern": "pattern",
        "globPattern": "pattern",
        "dir": "path",
        "directory": "path",
        "folder": "path",
        "dirPath": "path",
        "dir_path": "path",
        "filePath": "path",
        "file_path": "path",
    }

    def requests(self, args: GlobInput, place: Place) -> list[Request]:
        """Reading the folder the pattern starts in."""
        return place.requests("read", _start(args, place)[0])

    async def run(self, args: GlobInput, ctx: ToolContext) -> ToolResult:
        """List the newest matches."""
        folder, pattern = _start(args, ctx.place)
        try:
            glob_regex(pattern)
        except ValueError as error:
            raise ToolError(f"the glob cannot be read: {error}") from None
        stop = Event()
        wanted = max(args.offset, 0) + (args.limit if args.limit > 0 else _PAGE)
        try:
            found = await asyncio.to_thread(_find, ctx.place, folder, pattern, wanted, stop)
        finally:
            stop.set()
        paths, total, is_cut = found
        names = [clean(ctx.place.show(path)) for path in paths[max(args.offset, 0) :]]
        if not names and not total:
            where = ctx.place.show(folder)
            return ToolResult(f"No file matches {args.pattern}" + f" in {where}" * (where != "."))
        cut = f"stopped after {SECONDS:.0f} s, narrow the pattern" if is_cut else ""
        end = footer("files", max(args.offset, 0), len(names), total, cut=cut)
        table = Table(["file"], [[name] for name in names], plural(total, "file"))
        return ToolResult("\n".join([*names, end]).rstrip("\n"), [table])


def _start(args: GlobInput, place: Place) -> tuple[str, str]:
    """The folder to walk and the pattern below it."""
    head, pattern = split_glob(args.pattern)
    base = place.resolve(args.path or ".")
    return str(place.resolve(str(base / head)) if not head.startswith("~") else head), pattern


def _find(
    place: Place, folder: str, pattern: str, wanted: int, stop: Event
) -> tuple[list[Path], int, bool]:
    """The newest `wanted` files, how many there are, and whether time ran out."""
    root = existing(place, folder, folder=True)
    regex = glob_regex(pattern)
    newest: list[tuple[int, str]] = []
    total = 0
    deadline = time.monotonic() + SECONDS
    is_cut = False
    try:
        for path in walk(root, stop=stop):
            if time.monotonic() > deadline:
                is_cut = True
                break
            if not regex.fullmatch(path):
                continue
            changed = _changed(root / path)
            if changed is None:
                continue
            total += 1
            entry = (changed, path)
            if len(newest) < wanted:
                heapq.heappush(newest, entry)
            elif entry > newest[0]:
                heapq.heapreplace(newest, entry)
    except Stopped:
        return [], 0, True
    ordered = sorted(newest, key=lambda entry: (-entry[0], entry[1]))
    return [root / path for _, path in ordered], total, is_cut


def _changed(path: Path) -> int | None:
    """When a file was changed; None for folders and what has gone."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return None if (found.st_mode & 0o170000) == 0o040000 else found.st_mtime_ns
