"""What `rg --json` prints, as lines to show."""

import os
from dataclasses import dataclass
from pathlib import Path

import msgspec
from msgspec import Struct

_LONGEST_LINE = 300


@dataclass(frozen=True)
class Line:
    """A line that matches or stands near one; `text` may hold several lines, and is cut."""

    number: int
    text: str
    is_match: bool
    weight: int = 1
    """How many matches of the tally it stands for."""


class _Text(Struct):
    text: str | None = None
    bytes: str | None = None

    def __str__(self) -> str:
        if self.text is not None:
            return self.text
        data = msgspec.convert(self.bytes or "", bytes)
        return data.decode("utf-8", "replace")


class _Span(Struct):
    start: int
    end: int


class _Data(Struct):
    path: _Text = msgspec.field(default_factory=_Text)
    lines: _Text = msgspec.field(default_factory=_Text)
    line_number: int | None = None
    submatches: list[_Span] = msgspec.field(default_factory=list[_Span])
    binary_offset: int | None = None


class _Entry(Struct):
    type: str
    data: _Data


def note(found: dict[Path, list[Line]], raw: bytes | bytearray, multiline: bool) -> None:
    """Take one line of `rg --json`."""
    if not raw.startswith((b'{"type":"m', b'{"type":"c', b'{"type":"e')):
        return
    entry = msgspec.json.decode(raw, type=_Entry)
    data = entry.data
    path = Path(_file_name(data.path))
    if entry.type == "end":
        if data.binary_offset is not None:
            found.pop(path, None)
        return
    if entry.type not in ("match", "context"):
        return
    text = str(data.lines)
    if not multiline and data.submatches:
        start = len(text.encode()[: data.submatches[0].start].decode(errors="ignore"))
        text = _around(text.rstrip("\r\n"), start)
    else:
        text = "\n".join(_around(line, 0) for line in text.splitlines())
    weight = len(data.submatches) if multiline else 1
    is_match = entry.type == "match"
    found.setdefault(path, []).append(Line(data.line_number or 0, text, is_match, weight))


def _file_name(path: _Text) -> str:
    if path.text is not None:
        return path.text
    return os.fsdecode(msgspec.convert(path.bytes or "", bytes))


def _around(line: str, start: int) -> str:
    """The line, or of a long one the part with the match."""
    if len(line) <= _LONGEST_LINE:
        return line
    first = max(0, min(start - _LONGEST_LINE // 3, len(line) - _LONGEST_LINE))
    last = first + _LONGEST_LINE
    return ("…" if first else "") + line[first:last] + ("…" if last < len(line) else "")
