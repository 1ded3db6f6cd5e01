"""A conversation as a Markdown page, to keep or to hand on."""

import re

from opencode.core.display import Diff, Display, FileView, Table, Text, Todos
from opencode.core.message import Message, TextPart, ToolPart
from opencode.core.session import Session
from opencode.i18n.catalog import t
from opencode.tui.blocks.steps import step_line

_MARKS = {"completed": "x", "cancelled": "-"}
_LINES = 200
"""Of an output; the session's JSON has all."""


def as_markdown(session: Session) -> str:
    """Prompts, answers and calls with what came of them; thoughts are left out."""
    pieces = [f"# {session.title or session.id}"]
    for message in session.messages:
        pieces += _of_message(message)
    return "\n\n".join(pieces) + "\n"


def _of_message(message: Message) -> list[str]:
    if message.summary:
        return ["---", *[part.text for part in message.parts if isinstance(part, TextPart)]]
    if message.role == "user":
        quoted = "\n".join(f"> {row}".rstrip() for row in message.text.split("\n"))
        return [quoted] if message.text else []
    pieces: list[str] = []
    for part in message.parts:
        if isinstance(part, TextPart) and part.text.strip():
            pieces.append(part.text.strip())
        elif isinstance(part, ToolPart):
            pieces += _of_call(part)
    return [*pieces, f"**{message.error}**"] if message.error else pieces


def _of_call(part: ToolPart) -> list[str]:
    head = f"`{step_line(part).replace('`', 'ʼ')}`"
    if part.status != "completed":
        head += f" ({t(f'status.{part.status}')})"
    shown = [_fenced(*_shown(display)) for display in part.display]
    if not part.display and part.output:
        shown = [_fenced(part.output, "")]
    return [head, *shown]


def _shown(display: Display) -> tuple[str, str]:
    """The text and its language."""
    match display:
        case Text():
            return display.text, display.language
        case Diff():
            return display.patch, "diff"
        case FileView():
            return display.text, display.path.rpartition(".")[2] if "." in display.path else ""
        case Todos():
            rows = [f"[{_MARKS.get(status, ' ')}] {text}" for text, status in display.items]
            return "\n".join(rows), ""
        case Table():
            return "\n".join("  ".join(row) for row in [display.headings, *display.rows]), ""


def _fenced(text: str, language: str) -> str:
    """The text in a fence that is longer than any in it."""
    rows = text.rstrip("\n").split("\n")
    if len(rows) > _LINES:
        rows = [*rows[:_LINES], t("transcript.more", n=len(rows) - _LINES)]
    body = "\n".join(rows)
    fence = "`" * max(3, 1 + max(map(len, re.findall(r"`+", body)), default=0))
    return f"{fence}{language}\n{body}\n{fence}"
