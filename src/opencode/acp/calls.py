"""Tool calls in the protocol's words: kind, title, places, and what a person sees of them."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, assert_never

from acp import helpers
from acp.schema import (
    ContentToolCallContent,
    FileEditToolCallContent,
    TerminalToolCallContent,
    ToolCallLocation,
    ToolCallStatus,
    ToolKind,
)

from opencode.acp.diffs import hunks
from opencode.core.display import Diff, Display, FileView, Table, Text, Todos
from opencode.core.message import CallStatus, ToolPart

Content = ContentToolCallContent | FileEditToolCallContent | TerminalToolCallContent

_KINDS: dict[str, ToolKind] = {
    "read": "read",
    "ls": "read",
    "skill": "read",
    "edit": "edit",
    "write": "edit",
    "multiedit": "edit",
    "apply_patch": "edit",
    "rm": "delete",
    "bash": "execute",
    "process": "execute",
    "grep": "search",
    "glob": "search",
    "codesearch": "search",
    "lsp": "search",
    "webfetch": "fetch",
    "websearch": "fetch",
    "plan": "think",
    "todo": "think",
    "task": "think",
}
_MAIN = ("command", "path", "pattern", "query", "url", "name", "question", "action", "prompt")
_SHOWN = 120
_STATUS: dict[CallStatus, ToolCallStatus] = {
    "pending": "pending",
    "running": "in_progress",
    "completed": "completed",
    "error": "failed",
    "cancelled": "failed",
    "denied": "failed",
}
_MARKS = {"completed": "x", "in_progress": ">", "cancelled": "-"}


def kind(tool: str) -> ToolKind:
    """What sort of thing it does; those of MCP servers and batches are other."""
    return _KINDS.get(tool, "other")


def status(call: ToolPart) -> ToolCallStatus:
    """How far it has come."""
    return _STATUS[call.status]


def title(call: ToolPart) -> str:
    """One line: the command as it is, else the tool and what it is about."""
    texts = [call.input.get(key) for key in _MAIN]
    main = next((text for text in texts if isinstance(text, str) and text.strip()), "")
    line = main.strip().partition("\n")[0]
    line = line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"
    return line if call.tool == "bash" and line else f"{call.tool} {line}".rstrip()


def locations(call: ToolPart, cwd: Path) -> list[ToolCallLocation]:
    """The files it is about, absolute; editors follow them."""
    diffs = [part for part in call.display if isinstance(part, Diff)]
    if diffs:
        places = [(diff.path, hunk.line) for diff in diffs for hunk in hunks(diff)]
        return [ToolCallLocation(path=str(cwd / path), line=line) for path, line in places]
    path = call.input.get("path")
    if not isinstance(path, str) or not path or "\0" in path:
        return []
    line = call.input.get("offset")
    known = line if isinstance(line, int) and line > 0 else None
    return [ToolCallLocation(path=str(cwd / Path(path).expanduser()), line=known)]


def content(call: ToolPart, cwd: Path) -> list[Content]:
    """What came of it."""
    shown: list[Content] = []
    for part in call.display:
        shown += _shown(part, call, cwd)
    if not call.display and call.output:
        shown.append(words(fenced(call.output) if call.tool == "bash" else call.output))
    pictures = [file for file in call.files if file.data and file.mime.startswith("image/")]
    shown += [helpers.tool_content(helpers.image_block(file.data, file.mime)) for file in pictures]
    return shown


def proposed(call: ToolPart, cwd: Path) -> list[Content]:
    """What it would write, for a person to read before they say yes."""
    given = call.input
    path = given.get("path")
    if not isinstance(path, str):
        patch = given.get("patch")
        return [words(fenced(patch, "diff"))] if isinstance(patch, str) and patch else []
    where = str(cwd / path)
    if call.tool == "write" and isinstance(given.get("content"), str):
        return [helpers.tool_diff_content(where, given["content"])]
    edits: list[Any] = given.get("edits") or [given]
    pairs = [(one.get("old_string"), one.get("new_string")) for one in edits if _is_table(one)]
    return [
        helpers.tool_diff_content(where, new, old)
        for old, new in pairs
        if isinstance(old, str) and isinstance(new, str)
    ]


def words(text: str) -> ContentToolCallContent:
    """Markdown as a call's content."""
    return helpers.tool_content(helpers.text_block(text))


def fenced(text: str, language: str = "") -> str:
    """Text as it is, whatever backticks it holds."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    end = "" if text.endswith("\n") else "\n"
    return f"{fence}{language}\n{text}{end}{fence}"


def _is_table(value: Any) -> bool:
    return isinstance(value, dict)


def _shown(part: Display, call: ToolPart, cwd: Path) -> Sequence[Content]:
    match part:
        case Diff():
            where = str(cwd / part.path)
            return [helpers.tool_diff_content(where, h.new, h.old) for h in hunks(part)]
        case FileView():
            return [words(fenced(part.text, Path(part.path).suffix[1:]))] if part.text else []
        case Text():
            is_plain = part.language == "markdown" or (not part.language and call.tool != "bash")
            text = part.text if is_plain else fenced(part.text, part.language)
            return [words(text)] if part.text else []
        case Todos():
            return [words("\n".join(f"- [{_MARKS.get(s, ' ')}] {text}" for text, s in part.items))]
        case Table():
            rows = [" · ".join(row) for row in part.rows]
            return [words("\n".join([*filter(None, [part.title]), fenced("\n".join(rows))]))]
        case _:
            assert_never(part)
