"""Files as tools open, check and write them: no device blocks, no stale text is edited, and the
result tells people and models what changed."""

import asyncio
import hashlib
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from opencode.core.display import Diff, Display
from opencode.core.error import StaleFile, ToolError
from opencode.core.files import Change
from opencode.core.tool import ToolContext
from opencode.tools.shared.missing import missing
from opencode.tools.shared.patches.diff import diff_of
from opencode.tools.shared.text import Document, Undecodable, Unencodable, decode

PATHS = {
    "file_path": "path",
    "filename": "path",
    "file_name": "path",
    "file": "path",
    "absolute_path": "path",
    "target_file": "path",
    "relative_path": "path",
    "relative_workspace_path": "path",
}
TEXTS = {
    "old_str": "old_string",
    "old_text": "old_string",
    "old_content": "old_string",
    "old": "old_string",
    "search": "old_string",
    "find": "old_string",
    "new_str": "new_string",
    "new_text": "new_string",
    "new_content": "new_string",
    "new": "new_string",
    "replace": "new_string",
    "replacement": "new_string",
    "all": "replace_all",
    "global": "replace_all",
}
_LARGEST = 64 * 1024 * 1024


def check_path(path: str) -> None:
    """ValueError for what can be no path."""
    if not path.strip():
        raise ValueError("the path is empty")
    if "\0" in path:
        raise ValueError("a path cannot hold a NUL character")


@dataclass(frozen=True)
class Opened:
    """A file with its text. `real` is where the bytes are; `shown` is how people write it."""

    real: Path
    shown: str
    sha256: str
    document: Document


def kind_of(path: Path) -> int | None:
    """The file's mode (links followed), None when nothing is there; ToolError when the path
    cannot be looked at."""
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise ToolError(f"{path.name[:80]} cannot be opened: {reason(error)}.") from error


def regular(path: Path, shown: str) -> int | None:
    """Like `kind_of`; ToolError for folders, devices, pipes and sockets."""
    mode = kind_of(path)
    if mode is not None and stat.S_ISDIR(mode):
        raise ToolError(f"{shown} is a folder, not a file.")
    if mode is not None and not stat.S_ISREG(mode):
        raise ToolError(f"{shown} is a device or pipe, not a file.")
    return mode


def reason(error: OSError | ValueError) -> str:
    """What the system said, without the path."""
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)


@dataclass(frozen=True)
class Loaded:
    """The bytes of a file and its permission bits."""

    real: Path
    shown: str
    data: bytes
    mode: int


async def loaded(ctx: ToolContext, path: str) -> Loaded | None:
    """The bytes of a file that is to be changed, None when there is none. It does not count as
    seen by that; who has seen another state of it gets StaleFile."""
    wanted = ctx.place.resolve(path)
    shown, real = ctx.place.show(wanted), ctx.place.real(wanted)
    mode = await asyncio.to_thread(regular, real, shown)
    if mode is None:
        return None
    try:
        data = await ctx.files.shown(real, await asyncio.to_thread(_bytes, real))
    except OSError as error:
        raise ToolError(f"{shown} cannot be read: {reason(error)}.") from error
    seen = await asyncio.to_thread(ctx.files.seen, real)
    if seen is not None and seen != hashlib.sha256(data).hexdigest():
        raise StaleFile(f"{shown} changed since it was read; nothing was written. Read it again.")
    return Loaded(real, shown, data, stat.S_IMODE(mode))


async def opened(ctx: ToolContext, path: str) -> Opened:
    """The text of an existing file, to be edited."""
    file = await loaded(ctx, path)
    if file is None:
        wanted = ctx.place.resolve(path)
        raise ToolError(await asyncio.to_thread(missing, ctx.place, wanted))
    document = await asyncio.to_thread(text_of, file.data, file.shown)
    return Opened(file.real, file.shown, hashlib.sha256(file.data).hexdigest(), document)


def _bytes(path: Path) -> bytes:
    """All of a regular file; never waits for a pipe that took its place meanwhile."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb") as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode):
            raise OSError(22, "not a regular file")
        if about.st_size > _LARGEST:
            raise OSError(27, f"it has {about.st_size:,} bytes; change it with a command in bash")
        return file.read()


def text_of(data: bytes, shown: str) -> Document:
    """The document in the bytes; ToolError when they are no text."""
    try:
        return decode(data)
    except Undecodable as error:
        raise ToolError(
            f"{shown} cannot be edited as text: {error}. Nothing was written; "
            "work on its bytes with a program in bash."
        ) from None


def bytes_of(document: Document, shown: str) -> bytes:
    """The document's bytes; ToolError when its encoding lacks a character."""
    try:
        return document.encode()
    except Unencodable as error:
        raise ToolError(
            f"{shown} cannot hold the new text: {error}. Nothing was written."
        ) from None


async def put(
    ctx: ToolContext, file: Opened, after: Document, words: Sequence[str] = ()
) -> tuple[str, list[Display]]:
    """Write the document back; returns what to tell the model and what to show."""
    data = await asyncio.to_thread(bytes_of, after, file.shown)
    await ctx.files.apply([Change(file.real, file.sha256, data)])
    diff = await asyncio.to_thread(diff_of, file.shown, file.document.text, after.text)
    told = f"Edited {file.shown}{_lines_changed(diff)}."
    return " ".join([told, *words]), [diff]


def _lines_changed(diff: Diff) -> str:
    """` (+2 -1, lines 10-14)`: the first and last line of the new file that a hunk covers."""
    spans: list[tuple[int, int]] = []
    row = 0
    for line in diff.patch.split("\n")[2:]:
        if line.startswith("@@"):
            row = int(line.split("+")[1].split(",")[0].split(" ")[0])
        elif line.startswith("+"):
            spans.append((row, row))
            row += 1
        elif line.startswith("-"):
            spans.append((row, row))
        elif not line.startswith("\\"):
            row += 1
    if not spans:
        return ""
    first, last = min(spans)[0], max(spans)[1]
    where = f"line {first}" if first == last else f"lines {first}-{last}"
    return f" (+{diff.added} -{diff.removed}, {where})"
