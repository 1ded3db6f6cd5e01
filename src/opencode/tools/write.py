"""Write a whole file."""

import asyncio
import hashlib
from typing import ClassVar

from msgspec import Struct

from opencode.core.error import StaleFile, ToolError
from opencode.core.files import Change
from opencode.core.permission import Request
from opencode.core.place import Place
from opencode.core.tool import Tool, ToolContext, ToolResult
from opencode.tools.shared.opened import PATHS, check_path, opened, put, regular
from opencode.tools.shared.patches.diff import diff_of
from opencode.tools.shared.text import normal


class WriteInput(Struct):
    """What to write where."""

    path: str
    content: str

    def __post_init__(self) -> None:
        check_path(self.path)


class Write(Tool[WriteInput]):
    """Creates a file, or gives an existing one new content in its own encoding and line ends."""

    name = "write"
    description = "Create a file with its folders, or replace all of one that was read before."
    input = WriteInput
    effects = True
    aliases: ClassVar[dict[str, str]] = PATHS | {
        "contents": "content",
        "text": "content",
        "file_text": "content",
        "file_content": "content",
        "code": "content",
        "data": "content",
        "body": "content",
    }

    def requests(self, args: WriteInput, place: Place) -> list[Request]:
        """Editing the file."""
        return place.requests("edit", args.path)

    async def run(self, args: WriteInput, ctx: ToolContext) -> ToolResult:
        """Refuse what would overwrite text unseen; write the rest whole."""
        wanted = ctx.place.resolve(args.path)
        shown, real = ctx.place.show(wanted), ctx.place.real(wanted)
        async with ctx.files.lock([real]):
            if await asyncio.to_thread(regular, real, shown) is not None:
                return await _overwritten(args, ctx)
            try:
                data = args.content.encode()
            except UnicodeEncodeError as error:
                raise ToolError(
                    f"content has half a character (\\u{ord(args.content[error.start]):04x}), "
                    "which no file can hold. Nothing was written."
                ) from None
            # nothing is overwritten; one that was seen and removed since may come anew
            await ctx.files.apply([Change(real, "", data)], guard=False)
        diff = await asyncio.to_thread(diff_of, shown, None, normal(args.content))
        count = f"{diff.added} line" + "s" * (diff.added != 1)
        return ToolResult(f"Created {shown} ({count}).", [diff])


async def _overwritten(args: WriteInput, ctx: ToolContext) -> ToolResult:
    file = await opened(ctx, args.path)
    if file.document.text and ctx.files.seen(file.real) is None:
        raise StaleFile(
            f"{file.shown} exists and was not read; nothing was written. Read it first, "
            "then write, or change it with edit."
        )
    after = await asyncio.to_thread(file.document.rewritten, args.content)
    if after == file.document:
        return ToolResult(f"{file.shown} already has exactly this content; nothing was written.")
    if file.sha256 == hashlib.sha256(b"").hexdigest():
        await ctx.files.apply([Change(file.real, file.sha256, args.content.encode())])
        diff = await asyncio.to_thread(diff_of, file.shown, "", after.text)
        return ToolResult(f"Wrote {file.shown}.", [diff])
    return ToolResult(*await put(ctx, file, after))
