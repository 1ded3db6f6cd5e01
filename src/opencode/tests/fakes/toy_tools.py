"""Tools that do nothing, with the arguments of real ones; for tests of what precedes a run."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from opencode.core.tool import AnyTool, Tool, ToolContext, ToolResult

_PATHS = {"file_path": "path", "filename": "path", "file": "path"}
_TEXTS = {"old_str": "old_string", "old_text": "old_string", "new_str": "new_string"}


class ReadInput(Struct):
    path: str
    offset: Annotated[int, Meta(ge=1)] = 1
    limit: int | None = None


class EditInput(Struct):
    path: str
    old_string: str
    new_string: str
    replace_all: bool = False


class OneEdit(Struct):
    old_string: str
    new_string: str
    replace_all: bool = False


class MultiEditInput(Struct):
    path: str
    edits: list[OneEdit]


class WriteInput(Struct):
    path: str
    content: str


class BashInput(Struct):
    command: str
    timeout: float = 120.0
    background: bool = False


class GrepInput(Struct):
    pattern: str
    path: str = "."
    include: str = ""
    mode: Literal["content", "files", "count"] = "content"


class LsInput(Struct):
    path: str = "."
    ignore: list[str] = field(default_factory=list)


class Toy(Tool[Any]):
    """A tool made of its facts."""

    def __init__(
        self, name: str, kind: type[Struct], aliases: dict[str, str], effects: bool = False
    ) -> None:
        self.name, self.description, self.input = name, "", kind  # pyright: ignore
        self.aliases, self.effects = aliases, effects  # pyright: ignore

    async def run(self, args: Any, ctx: ToolContext) -> ToolResult:
        return ToolResult(repr(args))


def toy_tools() -> dict[str, AnyTool]:
    """By name."""
    tools = (
        Toy("read", ReadInput, _PATHS),
        Toy("edit", EditInput, {**_PATHS, **_TEXTS}, effects=True),
        Toy("multiedit", MultiEditInput, {**_PATHS, **_TEXTS}, effects=True),
        Toy("write", WriteInput, {**_PATHS, "contents": "content", "text": "content"}, True),
        Toy("bash", BashInput, {"cmd": "command"}, effects=True),
        Toy("grep", GrepInput, {"query": "pattern", "regex": "pattern", "glob": "include"}),
        Toy("ls", LsInput, {"directory": "path", "dir": "path"}),
    )
    return {tool.name: tool for tool in tools}
