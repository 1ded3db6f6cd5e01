"""Between characters and the units in which a server counts columns; edits applied to text."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from opencode.core.error import ToolError

if TYPE_CHECKING:
    from lsprotocol import types

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


def apply_edits(text: str, edits: "Sequence[types.TextEdit]", encoding: str) -> str:
    """The text with all edits applied; ToolError when they overlap or lie beyond it."""
    lines = lines_of(text)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))

    def offset(at: "types.Position") -> int:
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


def indentation(text: str) -> int:
    """The spaces of one step, as the text has them (else 4); 0 for tabs."""
    if "\n\t" in text:
        return 0
    steps = [len(found) for found in re.findall(r"^( {2,8})\S", text, re.MULTILINE)]
    return min(steps, default=4)


def path_of(uri: str) -> Path:
    """The file a URI means; servers differ in what they escape and how they write drives."""
    path = unquote(urlsplit(uri).path)
    if os.name == "nt":
        path = path.lstrip("/")
    return Path(path)
