"""A unified diff as rows: one column or two, numbered, with the changed words marked."""

import re
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import pairwise

from rich.segment import Segment
from rich.style import Style

from opencode.tui.blocks.code import highlight
from opencode.tui.looks.lines import Line, Span, cells_of, flow
from opencode.tui.looks.look import Look
from opencode.tui.looks.text import clean

WIDE = 110
"""Cells from which old and new stand side by side."""

_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@(.*)")
_TOKENS = re.compile(r"\w+|\s+|[^\w\s]")
_WORD_MARKS = 400
"""Characters beyond which a changed line gets no word marks."""


@dataclass(slots=True)
class Row:
    """A line of a hunk: `kind` is " ", "-" or "+"; numbers are 0 where it is not there."""

    kind: str
    text: str
    old: int = 0
    new: int = 0
    marks: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])


def hunks(patch: str) -> list[tuple[str, list[Row]]]:
    """The hunks of one file's patch: heading and rows, word marks included."""
    out: list[tuple[str, list[Row]]] = []
    old = new = 0
    for text in clean(patch).split("\n"):
        if found := _HUNK.match(text):
            old, new = int(found[1]), int(found[2])
            out.append((found[3].strip(), []))
        elif out and text[:1] in (" ", "-", "+"):
            kind = text[0]
            out[-1][1].append(
                Row(kind, text[1:], old if kind != "+" else 0, new if kind != "-" else 0)
            )
            old, new = old + (kind != "+"), new + (kind != "-")
    for _, rows in out:
        for removed, added in pairs(rows):
            if removed and added:
                _mark(removed, added)
    return out


def pairs(rows: list[Row]) -> list[tuple[Row | None, Row | None]]:
    """Old and new side by side; a context line is both."""
    out: list[tuple[Row | None, Row | None]] = []
    removed: list[Row] = []
    added: list[Row] = []

    def flush() -> None:
        for index in range(max(len(removed), len(added))):
            left = removed[index] if index < len(removed) else None
            out.append((left, added[index] if index < len(added) else None))
        removed.clear()
        added.clear()

    for row in rows:
        if row.kind == "-":
            if added:
                flush()
            removed.append(row)
        elif row.kind == "+":
            added.append(row)
        else:
            flush()
            out.append((row, row))
    flush()
    return out


def _mark(removed: Row, added: Row) -> None:
    if removed.kind == " " or len(removed.text) + len(added.text) > _WORD_MARKS:
        return
    left, right = _TOKENS.findall(removed.text), _TOKENS.findall(added.text)
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    if matcher.ratio() < 0.4:
        return
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != "equal":
            removed.marks.append((len("".join(left[:a])), len("".join(left[:b]))))
            added.marks.append((len("".join(right[:c])), len("".join(right[:d]))))


def diff(patch: str, path: str, width: int, look: Look) -> list[Line]:
    """The patch of one file as rows."""
    parts = diff_hunks(patch, path, width, look, side_by_side=width >= WIDE)
    return [row for part in parts for row in part]


def diff_hunks(
    patch: str, path: str, width: int, look: Look, *, side_by_side: bool
) -> list[list[Line]]:
    """The patch of one file as rows, hunk by hunk; all but the first begin with a line of dots."""
    out: list[list[Line]] = []
    for heading, rows in hunks(patch):
        drawn = [Line([Segment(f"  ⋯ {heading}"[:width], look.faint)])] if out else []
        colours = _colours(rows, path, look)
        digits = len(str(max((max(row.old, row.new) for row in rows), default=1)))
        if side_by_side and len({row.kind for row in rows}) > 1:  # a new file has no old side
            drawn.extend(_split_rows(rows, colours, digits, width, look))
        else:
            for row in rows:
                drawn.extend(_painted(row, row.new or row.old, colours, digits, width, look))
        out.append(drawn)
    return out


def _colours(rows: list[Row], path: str, look: Look) -> dict[int, list[Span]]:
    """The spans of every row, coloured as the whole old and the whole new text."""
    out: dict[int, list[Span]] = {}
    for kinds in (" -", " +"):
        side = [row for row in rows if row.kind in kinds]
        lines = highlight("\n".join(row.text for row in side), look, path=path)
        for row, spans in zip(side, lines, strict=False):
            out[id(row)] = spans
    return out


def _painted(
    row: Row, number: int, colours: dict[int, list[Span]], digits: int, width: int, look: Look
) -> list[Line]:
    ground, word = {
        "-": (look.removed, look.removed_word),
        "+": (look.added, look.added_word),
    }.get(row.kind, (Style.null(), Style.null()))
    quiet = look.faint if row.kind == " " else look.muted
    lead: list[Span] = [(f"{number:>{digits}} {row.kind} ", quiet)]
    spans = _worded(colours.get(id(row), [(row.text, look.base)]), row.marks, word)
    out: list[Line] = []
    for made in flow(spans, width, lead):
        segments = [Segment(s.text, ground + s.style if s.style else ground) for s in made.segments]
        segments.append(Segment(" " * max(0, width - cells_of(made)), ground))
        out.append(made._replace(segments=segments))
    return out


def _worded(spans: list[Span], marks: list[tuple[int, int]], style: Style) -> list[Span]:
    """The spans with a style laid under some ranges of their text."""
    if not marks:
        return spans
    out: list[Span] = []
    at = 0
    for text, look in spans:
        cuts = sorted(
            {0, len(text), *(min(max(edge - at, 0), len(text)) for m in marks for edge in m)}
        )
        for a, b in pairwise(cuts):
            inside = any(m[0] <= at + a and at + b <= m[1] for m in marks)
            out.append((text[a:b], look + style if inside else look))
        at += len(text)
    return out


def _split_rows(
    rows: list[Row], colours: dict[int, list[Span]], digits: int, width: int, look: Look
) -> list[Line]:
    half = (width - 1) // 2
    out: list[Line] = []
    for left, right in pairs(rows):
        sides = [
            _painted(side, number, colours, digits, half, look) if side else []
            for side, number in (
                (left, left.old if left else 0),
                (right, right.new if right else 0),
            )
        ]
        for depth in range(max(map(len, sides))):
            segments: list[Segment] = []
            for index, side in enumerate(sides):
                made = side[depth] if depth < len(side) else Line([Segment(" " * half, look.base)])
                segments.extend([Segment("│", look.faint)] if index else [])
                segments.extend(made.segments)
            shown = sides[1] or sides[0]
            text = shown[depth].text if depth < len(shown) else ""
            out.append(Line(segments, text, (half + 1 if sides[1] else 0) + digits + 3))
    return out
