"""Read a file or list a folder."""

import asyncio
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from opencode.core.display import FileView, Text
from opencode.core.error import ToolError
from opencode.core.permission import Request
from opencode.core.place import Place
from opencode.core.tool import Tool, ToolContext, ToolResult
from opencode.tools.shared.excerpt import Excerpt, excerpt, excerpt_of_large
from opencode.tools.shared.media import attachment, sniff
from opencode.tools.shared.missing import missing
from opencode.tools.shared.opened import PATHS, check_path, kind_of, reason, regular
from opencode.tools.shared.search.wording import clean
from opencode.tools.shared.text import Undecodable, decode

_LINES = 2000
_LARGE = 16 * 1024 * 1024
"""Bytes from which on a file is read line by line instead of whole."""


class ReadInput(Struct):
    """Which lines of which file."""

    path: str
    offset: Annotated[int, Meta(ge=0)] = 1
    limit: Annotated[int, Meta(ge=0)] = _LINES

    def __post_init__(self) -> None:
        check_path(self.path)


class Read(Tool[ReadInput]):
    """Shows lines with their numbers, images and PDFs as they look, folders by their entries."""

    name = "read"
    description = (
        "Read a file's lines, as number, tab, text. offset: first line, from 1. "
        "Also shows images, PDFs and folders."
    )
    input = ReadInput
    aliases: ClassVar[dict[str, str]] = PATHS | {
        "start_line": "offset",
        "start": "offset",
        "line_offset": "offset",
        "lines": "limit",
        "num_lines": "limit",
        "max_lines": "limit",
        "directory": "path",
    }

    def requests(self, args: ReadInput, place: Place) -> list[Request]:
        """Reading it."""
        return place.requests("read", args.path)

    async def run(self, args: ReadInput, ctx: ToolContext) -> ToolResult:
        """Look what it is, by content, and show that."""
        path = ctx.place.resolve(args.path)
        real = ctx.place.real(path)
        mode = await asyncio.to_thread(kind_of, real)
        if mode is not None and stat.S_ISDIR(mode):
            result = await asyncio.to_thread(_folder, real, ctx.place.show(path), args, ctx)
        else:
            result = await _file(path, real, args, ctx)
        rules = ctx.rules_near(args.path)
        if not rules:
            return result
        return ToolResult(f"{result.output}\n\n{rules}", result.display, result.files)


async def _file(path: Path, real: Path, args: ReadInput, ctx: ToolContext) -> ToolResult:
    shown = ctx.place.show(path)
    if await asyncio.to_thread(regular, real, shown) is None:
        raise ToolError(await asyncio.to_thread(missing, ctx.place, path))
    try:
        if (await asyncio.to_thread(real.stat)).st_size > _LARGE:
            found = await asyncio.to_thread(
                excerpt_of_large,
                real,
                args.offset or 1,
                min(args.limit, ctx.output_lines),
                ctx.output_bytes,
            )
            await ctx.files.glance(real)
            return _shown(found, shown)
        data = await ctx.files.read(real)
    except Undecodable as error:
        raise ToolError(_binary(shown, str(error))) from None
    except OSError as error:
        raise ToolError(f"{shown} cannot be read: {reason(error)}.") from error
    if mime := sniff(data[:16]):
        part = await asyncio.to_thread(attachment, data, mime, shown)
        ctx.files.remember(real, data)
        kind = "PDF" if mime == "application/pdf" else "image"
        told = f"{shown}: the {kind} is attached ({len(data):,} bytes)."
        return ToolResult(told, [Text(told)], [part])
    found = await asyncio.to_thread(_text, data, shown, args, ctx)
    ctx.files.remember(real, data)
    return _shown(found, shown)


def _text(data: bytes, shown: str, args: ReadInput, ctx: ToolContext) -> Excerpt:
    note = ""
    try:
        document = decode(data)
        lines = document.lines
        if document.encoding != "utf-8":
            note = f"decoded from {document.encoding}"
    except Undecodable as error:
        if b"\0" in data or "binary" in str(error):
            raise ToolError(_binary(shown, str(error))) from None
        text = data.decode("utf-8", "replace").replace("\r\n", "\n")
        lines = text.removesuffix("\n").split("\n")
        note = f"{error}; shown with \N{REPLACEMENT CHARACTER}, not to be edited as text"
    limit = min(args.limit, ctx.output_lines)
    return excerpt(lines, args.offset or 1, limit, note, size=ctx.output_bytes)


def _binary(shown: str, why: str) -> str:
    return f"{shown} is not shown: {why}. Look at it with a program in bash (file, xxd)."


def _shown(found: Excerpt, shown: str) -> ToolResult:
    output = found.numbered + (f"\n[{found.footer}]" if found.footer else "")
    text = f"{found.text}\n" if found.text.endswith("\n") else found.text  # the last line is blank
    return ToolResult(output.lstrip("\n"), [FileView(shown, text, found.start)])


def _folder(real: Path, shown: str, args: ReadInput, ctx: ToolContext) -> ToolResult:
    try:
        entries = sorted(real.iterdir())
    except OSError as error:
        raise ToolError(f"{shown} cannot be listed: {reason(error)}.") from error
    names = [clean(entry.name) + "/" * _is_folder(entry) for entry in entries]
    limit, what = min(args.limit, ctx.output_lines), ("entry", "entries")
    found = excerpt(names, args.offset or 1, limit, "", what=what, size=ctx.output_bytes)
    output = _joined(
        [f"{shown} is a folder:" if names else f"{shown} is an empty folder.", found.text]
    )
    if found.footer:
        output += f"\n[{found.footer}]"
    return ToolResult(output, [Text(output)])


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _joined(parts: Sequence[str]) -> str:
    return "\n".join(part for part in parts if part)
