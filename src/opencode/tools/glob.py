"""Find files by name."""

import asyncio
import heapq
import os
from pathlib import Path
from typing import ClassVar

from msgspec import Struct

from opencode.core.display import Table
from opencode.core.error import ToolError
from opencode.core.permission import Request
from opencode.core.place import Place
from opencode.core.tool import Tool, ToolContext, ToolResult
from opencode.tools.shared.search.glob import glob_regex, split_glob
from opencode.tools.shared.search.search import SECONDS, Searcher
from opencode.tools.shared.search.wording import FOLDERS, clean, existing, footer, plural

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
    aliases: ClassVar[dict[str, str]] = FOLDERS | {
        "glob": "pattern",
        "query": "pattern",
        "glob_pattern": "pattern",
        "globPattern": "pattern",
    }

    def requests(self, args: GlobInput, place: Place) -> list[Request]:
        """Reading the folder the pattern starts in."""
        return place.requests("read", _start(args, place)[0])

    async def run(self, args: GlobInput, ctx: ToolContext) -> ToolResult:
        """List the newest matches."""
        folder, pattern = _start(args, ctx.place)
        try:
            regex = glob_regex(pattern)
        except ValueError as error:
            raise ToolError(f"the glob cannot be read: {error}") from None
        root = await asyncio.to_thread(existing, ctx.place, folder, folder=True)
        every, is_cut = await Searcher(ctx.place.cwd).files(root, regex)
        found = await asyncio.to_thread(lambda: [n for n in every if ctx.may_read(root / n)])
        wanted = max(args.offset, 0) + (args.limit if args.limit > 0 else _PAGE)
        paths = await asyncio.to_thread(_newest, root, found, wanted)
        total = len(found)
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


def _newest(root: Path, paths: list[str], wanted: int) -> list[Path]:
    """The files changed last; those changed at the same time by name."""

    def age(path: str) -> tuple[int, str]:
        try:
            return -os.lstat(os.path.join(root, path)).st_mtime_ns, path  # noqa: PTH118
        except OSError:
            return 0, path  # it has just gone

    return [root / path for path in heapq.nsmallest(wanted, paths, key=age)]
