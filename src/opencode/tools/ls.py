"""List a folder."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import ClassVar

from msgspec import Struct

from opencode.core.display import Table
from opencode.core.permission import Request
from opencode.core.place import Place
from opencode.core.tool import Tool, ToolContext, ToolResult
from opencode.tools.shared.search.walk import Stopped, walk
from opencode.tools.shared.search.wording import FOLDERS, clean, existing, footer, plural

_PAGE = 200
_MOST = 50_000
_NAMED = 8


class LsInput(Struct):
    """What to list."""

    path: str = ""
    depth: int = 1
    offset: int = 0


class Ls(Tool[LsInput]):
    """Shows what lies in a folder, as a tree when asked deeper."""

    name = "ls"
    description = (
        "List a folder by name; folders end in /. depth 2 or more: a tree. "
        f"Ignored entries are only named. Pages of {_PAGE}."
    )
    input = LsInput
    aliases: ClassVar[dict[str, str]] = FOLDERS | {
        "max_depth": "depth",
        "maxDepth": "depth",
        "levels": "depth",
    }

    def requests(self, args: LsInput, place: Place) -> list[Request]:
        """Reading the folder."""
        return place.requests("read", args.path or ".")

    async def run(self, args: LsInput, ctx: ToolContext) -> ToolResult:
        """Walk and draw."""
        stop = Event()
        try:
            found = await asyncio.to_thread(
                _listing, ctx.place, args.path, max(args.depth, 1), stop
            )
        finally:
            stop.set()
        entries, left_out = found
        offset = max(args.offset, 0)
        page = entries[offset : offset + _PAGE]
        lines = list(_tree(page))
        notes: list[str] = []
        if left_out:
            more = ", …" if len(left_out) > _NAMED else ""
            names = ", ".join(map(clean, left_out[:_NAMED]))
            notes.append(f"{len(left_out)} ignored not shown: {names}{more}")
        if len(entries) == _MOST:
            notes.append(f"only the first {_MOST} were looked at")
        end = footer("entries", offset, len(page), len(entries), cut=", ".join(notes))
        text = "\n".join([*lines, end]).rstrip("\n") or "The folder is empty."
        title = plural(len(entries), "entry").replace("entrys", "entries")
        return ToolResult(text, [Table(["name"], [[line] for line in lines], title)])


def _listing(place: Place, path: str, depth: int, stop: Event) -> tuple[list[str], list[str]]:
    """Relative paths in tree order, folders with a slash and links with their target; and the
    entries of the folder itself that the ignore files leave out."""
    root = existing(place, path, folder=True)
    names: list[tuple[tuple[str, ...], str]] = []
    try:
        for relative in walk(root, depth, stop):
            names.append((tuple(relative.split("/")), relative + _mark(root / relative)))
            if len(names) == _MOST:
                break
    except Stopped:
        return [], []
    seen = {parts[0] for parts, _ in names if len(parts) == 1}
    left_out = {entry.name for entry in os.scandir(root)} - {".git"} - seen
    return [name for _, name in sorted(names)], [n + _mark(root / n) for n in sorted(left_out)]


def _mark(path: Path) -> str:
    try:
        if path.is_symlink():
            return f" -> {path.readlink()}"
        return "/" if path.is_dir() else ""
    except OSError:
        return ""


def _tree(entries: list[str]) -> Iterator[str]:
    """Names indented below their folders; a page that begins inside a folder names it first."""
    open_folders: list[str] = []
    for entry in entries:
        path, arrow, target = entry.partition(" -> ")
        *folders, name = path.removesuffix("/").split("/")
        for level, folder in enumerate(folders):
            if open_folders[level : level + 1] != [folder]:
                del open_folders[level:]
                open_folders.append(folder)
                yield clean("  " * level + folder) + "/"
        del open_folders[len(folders) :]
        slash = "/" * path.endswith("/")
        if slash:
            open_folders.append(name)
        yield clean("  " * len(folders) + name + slash + arrow + target)
