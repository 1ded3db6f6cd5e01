"""Remove a file or a folder."""

import asyncio
import os
import stat
from pathlib import Path
from typing import ClassVar

from msgspec import Struct

from opencode.core.display import Text
from opencode.core.error import ToolError
from opencode.core.permission import Request
from opencode.core.place import Place
from opencode.core.tool import Tool, ToolContext, ToolResult
from opencode.tools.shared.missing import missing
from opencode.tools.shared.opened import PATHS, check_path, reason

_COUNTED = 10_000


class RmInput(Struct):
    """What to remove."""

    path: str
    recursive: bool = False

    def __post_init__(self) -> None:
        check_path(self.path)


class Rm(Tool[RmInput]):
    """Takes a file, link or folder away to where undo finds it."""

    name = "rm"
    description = "Remove a file or folder (recursive when it is not empty). Undo restores it."
    input = RmInput
    effects = True
    aliases: ClassVar[dict[str, str]] = PATHS | {"force": "recursive", "directory": "path"}

    def requests(self, args: RmInput, place: Place) -> list[Request]:
        """Removing it."""
        return place.requests("rm", args.path)

    async def run(self, args: RmInput, ctx: ToolContext) -> ToolResult:
        """Never the project, its parents or the home folder; a link goes, not what it names."""
        path = ctx.place.resolve(args.path)
        shown = ctx.place.show(path)
        _refuse_grounds(path, shown, ctx.place)
        async with ctx.files.lock([path]):
            what = await asyncio.to_thread(_described, path, shown, ctx.place, args.recursive)
            try:
                await ctx.files.remove(path)
            except OSError as error:
                raise ToolError(f"{shown} was not removed: {reason(error)}.") from error
        words = f"Removed {shown}{what}."
        return ToolResult(words, [Text(words)])


def _refuse_grounds(path: Path, shown: str, place: Place) -> None:
    real = Path(os.path.realpath(path.parent)) / path.name
    kept = [*(Path(os.path.realpath(root)) for root in (place.cwd, *place.roots)), Path.home()]
    if real == Path(real.anchor) or any(ground.is_relative_to(real) for ground in kept):
        raise ToolError(f"{shown} holds the project or the home folder and is never removed.")


def _described(path: Path, shown: str, place: Place, recursive: bool) -> str:
    try:
        mode = path.lstat().st_mode
        if not stat.S_ISDIR(mode):
            return ""
        with os.scandir(path) as entries:
            empty = next(entries, None) is None
    except (FileNotFoundError, NotADirectoryError):
        raise ToolError(missing(place, path)) from None
    except OSError as error:
        raise ToolError(f"{shown} was not removed: {reason(error)}.") from error
    if empty:
        return " (an empty folder)"
    if not recursive:
        raise ToolError(f"{shown} is a folder that is not empty. Set recursive to remove it.")
    count = 0
    for _, _, names in os.walk(path):
        count += len(names)
        if count > _COUNTED:
            return f" (a folder with more than {_COUNTED:,} files)"
    return f" (a folder with {count} file{'s' * (count != 1)})"
