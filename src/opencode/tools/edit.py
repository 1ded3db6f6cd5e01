"""Replace text in a file."""

import asyncio
from typing import ClassVar

from msgspec import Struct

from opencode.core.permission import Request
from opencode.core.place import Place
from opencode.core.tool import Tool, ToolContext, ToolResult
from opencode.tools.shared.editing.replace import replaced
from opencode.tools.shared.opened import PATHS, TEXTS, check_path, opened, put


class EditInput(Struct):
    """What to replace by what."""

    path: str
    old_string: str
    new_string: str
    replace_all: bool = False

    def __post_init__(self) -> None:
        check_path(self.path)


class Edit(Tool[EditInput]):
    """Changes one place of a file and nothing else."""

    name = "edit"
    description = (
        "Replace old_string by new_string in a file. old_string must be the file's text, without "
        "read's line numbers, with enough lines to be unique (or replace_all)."
    )
    input = EditInput
    effects = True
    aliases: ClassVar[dict[str, str]] = PATHS | TEXTS

    def requests(self, args: EditInput, place: Place) -> list[Request]:
        """Editing the file."""
        return place.requests("edit", args.path)

    async def run(self, args: EditInput, ctx: ToolContext) -> ToolResult:
        """Find the one place, replace, write."""
        async with ctx.files.lock([ctx.place.real(args.path)]):
            file = await opened(ctx, args.path)
            done = await asyncio.to_thread(
                replaced,
                file.document,
                args.old_string,
                args.new_string,
                everywhere=args.replace_all,
            )
            words = [f"{done.count} places."] if done.count > 1 else []
            words += [f"Found {done.note}."] if done.note else []
            return ToolResult(*await put(ctx, file, done.document, words))
