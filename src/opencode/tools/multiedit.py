"""Several replacements in one file, all or none."""

import asyncio
from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from opencode.core.error import ToolError
from opencode.core.permission import Request
from opencode.core.place import Place
from opencode.core.tool import Tool, ToolContext, ToolResult
from opencode.tools.shared.editing.replace import replaced
from opencode.tools.shared.opened import PATHS, TEXTS, check_path, opened, put
from opencode.tools.shared.text import Document


class Replacement(Struct):
    """One of the edits."""

    old_string: str
    new_string: str
    replace_all: bool = False


class MultiEditInput(Struct):
    """The edits of a file, in order."""

    path: str
    edits: Annotated[list[Replacement], Meta(min_length=1)]

    def __post_init__(self) -> None:
        check_path(self.path)


class MultiEdit(Tool[MultiEditInput]):
    """Changes several places of a file at once; each edit sees the result of those before it."""

    name = "multiedit"
    description = "Several edits of one file, one after another; all or none are written."
    input = MultiEditInput
    effects = True
    aliases: ClassVar[dict[str, str]] = (
        PATHS | TEXTS | {"changes": "edits", "replacements": "edits"}
    )

    def requests(self, args: MultiEditInput, place: Place) -> list[Request]:
        """Editing the file."""
        return place.requests("edit", args.path)

    async def run(self, args: MultiEditInput, ctx: ToolContext) -> ToolResult:
        """Replace one after another in memory, then write once."""
        async with ctx.files.lock([ctx.place.real(args.path)]):
            file = await opened(ctx, args.path)
            after, words = await asyncio.to_thread(_all_replaced, file.document, args.edits)
            return ToolResult(*await put(ctx, file, after, words))


def _all_replaced(document: Document, edits: list[Replacement]) -> tuple[Document, list[str]]:
    words: list[str] = []
    before = document
    for number, edit in enumerate(edits, 1):
        try:
            done = replaced(document, edit.old_string, edit.new_string, everywhere=edit.replace_all)
        except ToolError as error:
            raise ToolError(
                f"Edit {number} of {len(edits)}: {error.message} None of the edits was written."
            ) from error
        document = done.document
        if done.note:
            words.append(f"Edit {number} was found {done.note}.")
    if document.text == before.text:
        raise ToolError("The edits undo each other: nothing to change.")
    return document, words
