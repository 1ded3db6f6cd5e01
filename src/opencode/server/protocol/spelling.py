"""Tools and their arguments under the names the protocol's clients draw."""

from typing import Any, cast

from opencode.core.display import Diff, Display, Table, Todos
from opencode.core.message import ToolPart
from opencode.remote.original.spelling import ARGUMENTS, FILE_TOOLS, TOOLS

_FAULTS = ["place", "severity", "message"]
"""Headings of what language servers found."""


def tool_name(name: str) -> str:
    """The protocol's name of a tool."""
    return TOOLS.get(name, name)


def tool_input(call: ToolPart) -> dict[str, Any]:
    """A call's arguments in the protocol's spelling; what it does not name stays as it is."""
    names = {**ARGUMENTS, "path": "filePath"} if call.tool in FILE_TOOLS else ARGUMENTS
    found = {names.get(key, key): value for key, value in call.input.items()}
    match call.tool:
        case "todo" if todos := _todos(call):
            found["todos"] = todos
        case "question" if "questions" not in found:
            options = found.get("options")
            labels = cast("list[Any]", options) if isinstance(options, list) else []
            asked = {"question": found.get("question", ""), "header": ""}
            offered = [{"label": str(label), "description": ""} for label in labels]
            found["questions"] = [{**asked, "options": offered}]
        case "task":
            found["subagent_type"] = found.get("agent") or "general"
            found["description"] = str(found.get("prompt", "")).strip().partition("\n")[0][:80]
        case _:
            pass
    return found


def metadata(call: ToolPart) -> dict[str, Any]:
    """What clients draw besides the output."""
    found: dict[str, Any] = {}
    diffs = [one for one in call.display if isinstance(one, Diff)]
    if diffs:
        found["diff"] = "\n".join(one.patch for one in diffs)
    if call.child:
        found["sessionId"] = call.child
    match call.tool:
        case "bash" if call.status in ("running", "completed"):  # else it is the error, shown alone
            found["output"] = call.output
        case "write" | "edit" | "multiedit" if call.status == "completed":
            # where there are none, too: the original's terminal shows what was written beside them
            found["diagnostics"] = _diagnostics(call)
        case "apply_patch":
            found["files"] = [_file(one) for one in diffs]
        case "todo":
            found["todos"] = _todos(call)
        case "question":
            rows = [row for one in call.display if isinstance(one, Table) for row in one.rows]
            if rows:
                found["answers"] = [[word for word in row[1:] if word != "-"] for row in rows]
        case _:
            pass
    return found


def _diagnostics(call: ToolPart) -> dict[str, list[dict[str, Any]]]:
    """What language servers found wrong in files the call changed, by name; the call's own file
    as the call names it. Lines and columns count from zero there."""
    own = str(call.input.get("path", ""))
    found: dict[str, list[dict[str, Any]]] = {}
    tables = [one for one in call.display if isinstance(one, Table)]
    for place, _, message in [row for t in tables if t.headings == _FAULTS for row in t.rows]:
        name, line, column = place.rsplit(":", 2)
        at = {"line": int(line) - 1, "character": int(column) - 1}
        one = {"range": {"start": at, "end": at}, "severity": 1, "message": message}
        found.setdefault(own if own.endswith(name) else name, []).append(one)
    return found


def _todos(call: ToolPart) -> list[dict[str, str]]:
    """The list as the call left it."""
    shown = [one for one in call.display if isinstance(one, Todos)]
    return [
        {"content": text, "status": status, "priority": "medium"}
        for one in shown[:1]
        for text, status in one.items
    ]


def _file(one: Diff) -> dict[str, Any]:
    head = one.patch[:400]
    kind = "add" if "--- /dev/null" in head else "delete" if "+++ /dev/null" in head else "update"
    lines = {"additions": one.added, "deletions": one.removed}
    return {
        "type": kind,
        "filePath": one.path,
        "relativePath": one.path,
        "patch": one.patch,
        **lines,
    }


def error(call: ToolPart) -> str:
    """Why it failed. Clients tell a refused call from a failed one by the words behind it."""
    return f"{call.output} (rejected permission)" if call.status == "denied" else call.output


def title(call: ToolPart) -> str:
    """What the call is about, in a few words."""
    for key in ("path", "file_path", "command", "pattern", "url", "description", "prompt"):
        value = call.input.get(key)
        if isinstance(value, str) and value:
            return value.partition("\n")[0][:120]
    return ""


def diffs(display: list[Display]) -> list[Diff]:
    """Only the diffs."""
    return [one for one in display if isinstance(one, Diff)]
