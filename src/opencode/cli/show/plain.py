"""For people: the answer to stdout, everything else to stderr."""

import sys
from typing import TextIO

from opencode.cli.shared.output import clean, safe
from opencode.cli.show.tongue import said
from opencode.core.delta import TextDelta
from opencode.core.display import Diff, Table, Text, Todos
from opencode.core.event import (
    Event,
    MessageChunk,
    MessageFinished,
    MessageReset,
    Notice,
    RunFinished,
    RunStarted,
    ToolFinished,
    ToolStarted,
)
from opencode.core.message import ToolPart

_SIGNS = {
    "read": "→", "ls": "→", "glob": "✱", "grep": "✱", "bash": "$", "process": "$",
    "edit": "←", "multiedit": "←", "write": "←", "apply_patch": "←", "rm": "←",
}  # fmt: skip
_MAIN = ("command", "action", "pattern", "query", "url", "path", "prompt", "name", "description")
_SILENT = ("old_string", "new_string", "content", "patch", "plan")
"""What is said by the diff or the list that follows."""
_MARKS = {"completed": "✓", "in_progress": "▶", "cancelled": "⊘"}
_SHOWN_LINES = 12
_LONGEST = 400
"""Characters of a line about a call."""


class Plain:
    """Prints as things happen. On a terminal the answer streams; into a pipe it goes whole, so
    that a broken and repeated stream is never seen twice. Quiet, it is the answer alone: what was
    said before a call counts only when nothing is said after it."""

    def __init__(self, session: str, *, quiet: bool = False) -> None:
        self.session = session
        self.quiet = quiet
        self._streams = sys.stdout.isatty() and not quiet
        self._held = ""
        self._open_line = False
        self._colour = sys.stderr.isatty()

    def show(self, n: int, event: Event) -> None:
        """Print one event."""
        del n
        if event.session and event.session != self.session:
            self._below(event)
            return
        match event:
            case RunStarted():
                self._note(f"> {event.agent} · {event.model}", dim=True)
            case MessageChunk(delta=TextDelta(text=text)) if self._streams:
                self._write(text)
            case MessageReset():
                again = said(f"again in {event.after:.0f} s (try {event.attempt})")
                self._note(f"{said(event.reason)}; {again}")
            case MessageFinished():
                self._answer(event)
            case ToolStarted(call=call) if call.tool in ("bash", "task"):
                self._note(_line(call), dim=True)
            case ToolFinished(call=call):
                self._tool(call)
            case Notice():
                self._tell(event)
            case RunFinished():
                self._end(event)
            case _:
                pass

    def _tell(self, event: Notice) -> None:
        text = safe(event.text)
        if event.level != "info":
            self._note(said(f"Error: {text}" if event.level == "error" else f"Warning: {text}"))
        elif event.code == "compaction":
            self._note(f"· {said(text)}", dim=True)

    def _below(self, event: Event) -> None:
        """Of a sub-agent only what it does: its answer is its parent's tool result."""
        match event:
            case ToolFinished(call=call) if call.status == "completed":
                self._note(f"  {_line(call)}", dim=True)
            case ToolFinished(call=call):
                first = _first_line(call)
                self._note(f"  ✗ {_line(call)}: {clean(first)}")
            case _:
                pass

    def _answer(self, event: MessageFinished) -> None:
        if self._streams:
            if self._open_line:
                self._write("\n")
        elif text := event.message.text.strip("\n"):
            self._held = safe(text) + "\n"
            if not (self.quiet and event.message.calls):
                self._release()

    def _release(self) -> None:
        _print(self._held, sys.stdout)
        self._held = ""

    def _write(self, text: str) -> None:
        _print(safe(text), sys.stdout)
        self._open_line = not text.endswith("\n")

    def _tool(self, call: ToolPart) -> None:
        if call.status in ("error", "denied", "cancelled"):
            first = _first_line(call)
            self._note(f"✗ {_line(call)}: {clean(first)}")
            return
        if call.tool not in ("bash", "task"):
            self._note(_line(call), dim=True)
        for display in call.display:
            match display:
                case Diff():
                    self._lines(display.patch)
                case Text() if call.tool in ("bash", "plan"):
                    self._lines(display.text)
                case Todos():
                    marked = [f"{_MARKS.get(how, '○')} {text}" for text, how in display.items]
                    self._lines("\n".join(marked))
                case Table() if display.headings[1:3] == ["severity", "message"]:
                    errors = [row for row in display.rows if row[1] == "error"]
                    self._lines("\n".join(f"✗ {row[0]} {clean(row[2])}" for row in errors))
                case _:
                    pass

    def _lines(self, text: str) -> None:
        if not text:
            return
        lines = safe(text).rstrip("\n").split("\n")
        for line in lines[:_SHOWN_LINES]:
            self._note(f"  {_cut(line)}", dim=True)
        if len(lines) > _SHOWN_LINES:
            self._note(said(f"  … {len(lines) - _SHOWN_LINES} more lines"), dim=True)

    def _end(self, event: RunFinished) -> None:
        self._release()
        if event.reason == "error":
            self._note(said(f"Error: {event.detail}"), always=True)
        elif event.reason != "done":
            self._note(_stopped(event), always=True)
        if event.hint:
            self._note(f"  {said(event.hint)}", always=True)
        if event.usage.total:
            steps = said("1 step") if event.steps == 1 else said(f"{event.steps} steps")
            cost = said("price unknown") if event.usage.cost is None else f"${event.usage.cost:.4f}"
            self._note(
                said(
                    f"{steps} · {event.usage.prompt:,} in · {event.usage.output:,} out"
                    f" · {cost} · {event.seconds:.1f} s · {self.session}"
                ),
                dim=True,
            )

    def _note(self, line: str, *, dim: bool = False, always: bool = False) -> None:
        if self.quiet and not always:
            return
        if self._open_line:
            self._write("\n")
        _print(f"\x1b[2m{line}\x1b[0m\n" if dim and self._colour else f"{line}\n", sys.stderr)


def _line(call: ToolPart) -> str:
    given = call.input
    key = next((key for key in _MAIN if isinstance(given.get(key), str) and given[key]), "")
    main = str(given.get(key, "")).strip()
    words = [_SIGNS.get(call.tool, "•")]
    if call.tool == "bash":
        return clean(" ".join([*words, main]))
    words += [call.tool, main.partition("\n")[0]]
    for name, value in given.items():
        if name not in (key, *_SILENT) and _is_small(value):
            words.append(name if value is True else f"{name}={value}")
    return clean(" ".join(filter(None, words)))


def _first_line(call: ToolPart) -> str:
    return _cut(call.output.strip().split("\n", 1)[0])


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _is_small(value: object) -> bool:
    return bool(value) and (
        isinstance(value, int | float) or (isinstance(value, str) and len(value) < 40)
    )


def _print(text: str, to: TextIO) -> None:
    to.write(text)
    to.flush()


def _stopped(event: RunFinished) -> str:
    if not event.detail:
        return said(f"Stopped ({event.reason})")
    return said(f"Stopped ({event.reason}): {event.detail}")
