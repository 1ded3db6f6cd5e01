"""Tools and their arguments under the names the protocol's clients draw."""

from typing import Any

from opencode.core.display import Diff, Display
from opencode.core.message import ToolPart
from opencode.remote.original.spelling import ARGUMENTS, FILE_TOOLS, TOOLS


def tool_name(name: str) -> str:
    """The protocol's name of a tool."""
    return TOOLS.get(name, name)


def tool_input(tool: str, given: dict[str, Any]) -> dict[str, Any]:
    """Arguments in the protocol's spelling; what it does not name stays as it is."""
    names = {**ARGUMENTS, "path": "filePath"} if tool in FILE_TOOLS else ARGUMENTS
    return {names.get(key, key): value for key, value in given.items()}


def metadata(call: ToolPart) -> dict[str, Any]:
    """What clients draw besides the output."""
    found: dict[str, Any] = {}
    if patches := [one.patch for one in call.display if isinstance(one, Diff)]:
        found["diff"] = "\n".join(patches)
    if call.tool == "bash":
        found["output"] = call.output
    if call.child:
        found["sessionId"] = call.child
    return found


def title(call: ToolPart) -> str:
    """What the call is about, in a few words."""
    for key in ("path", "file_path", "command", "pattern", "url", "description"):
        value = call.input.get(key)
        if isinstance(value, str) and value:
            return value.partition("\n")[0][:120]
    return ""


def diffs(display: list[Display]) -> list[Diff]:
    """Only the diffs."""
    return [one for one in display if isinstance(one, Diff)]
