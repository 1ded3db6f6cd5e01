"""Between characters and the units in which a server counts columns; edits applied to text."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from opencode.core.error import ToolError
from opencode.lsp.protocol import Edit, Position, Range

_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+\Z")
_WIDTH = {"utf-8": 1, "utf-16": 2, "utf-32": 4}
_CODEC = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}


def lines_of(text: str) -> list[str]:
    """Lines as the protocol counts them, with their ends."""
    kept: list[str] = _LINE.findall(text)
    if not kept or kept[-1].endswith(("\r", "\n")):
        kept.append("")
    return kept


def to_units(line: str, column: int, encoding: str) -> int:
    """Characters before a column (from 0) in the units of `encoding`."""
    return len(line[:column].encode(_CODEC[encoding], "surrogatepass")) // _WIDTH[encoding]


def to_column(line: str, units: int, encoding: str) -> int:
    """The column (from 0, in characters) that so many units reach; never beyond the line."""
    data = line.rstrip("\r\n").encode(_CODEC[encoding], "surrogatepass")
    return len(data[: units * _WIDTH[encoding]].decode(_CODEC[encoding], "ignore"))


def apply_edits(text: str, edits: Sequence[Edit], encoding: str) -> str:
    """The text with all edits applied; ToolError when they overlap or lie beyond it."""
    lines = lines_of(text)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))

    def offset(at: Position) -> int:
        if at.line >= len(lines):
            return len(text)
        return starts[at.line] + to_column(lines[at.line], at.character, encoding)

    spans = [(offset(e.range.start), offset(e.range.end), e.new_text) for e in edits]
    spans.sort(key=lambda span: span[:2])
    pieces: list[str] = []
    reached = 0
    for start, end, new in spans:
        if start < reached or end < start:
            raise ToolError("The language server's edits overlap; nothing was changed.")
        pieces += [text[reached:start], new]
        reached = end
    return "".join([*pieces, text[reached:]])


def difference(old: str, new: str, encoding: str) -> Edit:
    """The one edit that makes `new` of `old`: what differs between the common ends."""
    most = min(len(old), len(new))
    head = next((n for n in range(most) if old[n] != new[n]), most)
    most -= head
    tail = next((n for n in range(most) if old[-1 - n] != new[-1 - n]), most)
    end = len(old) - tail
    if head > 0 and old[head - 1] == "\r":
        head -= 1  # a line end is never cut in two
    if end < len(old) and old[end] == "\n" and end and old[end - 1] == "\r":
        end += 1
        tail -= 1
    span = Range(_position(old, head, encoding), _position(old, end, encoding))
    return Edit(span, new[head : len(new) - tail])


def _position(text: str, offset: int, encoding: str) -> Position:
    before = lines_of(text[:offset])
    return Position(len(before) - 1, to_units(before[-1], len(before[-1]), encoding))


def path_of(uri: str) -> Path:
    """The file a URI means; servers differ in what they escape and how they write drives."""
    path = unquote(urlsplit(uri).path)
    if os.name == "nt":
        path = path.lstrip("/")
    return Path(path)
