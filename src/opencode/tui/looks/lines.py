"""A line of the transcript: the cells that are painted and the text that is copied."""

from collections.abc import Iterable
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style

from opencode.tui.looks.text import cut, expand, width_of, wrap

Span = tuple[str, Style]
"""A piece of one line and how it looks."""


class Line(NamedTuple):
    """One row. `text` begins at cell `x`; `joint` stands between the line before and this one in
    the source: a line feed, or what a soft wrap left out."""

    segments: list[Segment]
    text: str = ""
    x: int = 0
    joint: str = "\n"


BLANK = Line([])


def line(spans: Iterable[Span], x: int = 0) -> Line:
    """A row of spans that fit; the first `x` cells are decoration and never copied."""
    pieces = [(text, style) for text, style in spans if text]
    whole = "".join(text for text, _ in pieces)
    column = 0
    segments: list[Segment] = []
    for text, style in pieces:
        shown = expand(text, column - x)
        segments.append(Segment(shown, style))
        column += width_of(shown)
    return Line(segments, whole[x:], x)


def flow(
    spans: list[Span], width: int, first: list[Span] | None = None, rest: list[Span] | None = None
) -> list[Line]:
    """Spans as rows of at most `width` cells, wrapped softly; line feeds break. `first` leads the
    first row and `rest` (blanks of the same size when not given) the others."""
    first = first or []
    lead = sum(width_of(text) for text, _ in first)
    rest = [(" " * lead, Style.null())] if rest is None and lead else rest or []
    room = max(1, width - lead)
    rows: list[Line] = []
    for row in _split(spans):
        plain = "".join(text for text, _ in row)
        shown, tabbed = plain, "\t" in plain
        if tabbed:
            row = _expanded(row)
            shown = "".join(text for text, _ in row)
        previous = 0
        for start, end in wrap(shown, room):
            made = line([*(rest if rows else first), *_slice(row, start, end)], lead)
            if tabbed:
                a, b = width_of(shown[:start]), width_of(shown[:end])
                made = made._replace(text=cut(plain, a, b))
            joint = "\n" if not start and not previous else shown[previous:start]
            rows.append(made._replace(joint=joint))
            previous = end
    return rows


def _expanded(spans: list[Span]) -> list[Span]:
    out: list[Span] = []
    column = 0
    for text, style in spans:
        shown = expand(text, column)
        out.append((shown, style))
        column += width_of(shown)
    return out


def _split(spans: list[Span]) -> list[list[Span]]:
    rows: list[list[Span]] = [[]]
    for text, style in spans:
        for index, piece in enumerate(text.split("\n")):
            if index:
                rows.append([])
            if piece:
                rows[-1].append((piece, style))
    return rows


def _slice(spans: list[Span], start: int, end: int) -> list[Span]:
    out: list[Span] = []
    at = 0
    for text, style in spans:
        a, b = max(start - at, 0), min(end - at, len(text))
        if a < b:
            out.append((text[a:b], style))
        at += len(text)
        if at >= end:
            break
    return out


def indent(rows: Iterable[Line], lead: Span, first: Span | None = None) -> list[Line]:
    """Rows behind a decoration of single cells, which is never copied."""
    out: list[Line] = []
    for index, row in enumerate(rows):
        text, style = first if first and not index else lead
        out.append(
            Line([Segment(text, style), *row.segments], row.text, row.x + len(text), row.joint)
        )
    return out


def cells_of(row: Line) -> int:
    """Cells the row takes."""
    return sum(width_of(segment.text) for segment in row.segments)


def filled(rows: Iterable[Line], width: int, style: Style) -> list[Line]:
    """Rows on a ground of their own, `width` cells wide."""
    out: list[Line] = []
    for row in rows:
        segments = [Segment(s.text, style + s.style if s.style else style) for s in row.segments]
        blank = width - cells_of(row)
        if blank > 0:
            segments.append(Segment(" " * blank, style))
        out.append(row._replace(segments=segments))
    return out


def copied(rows: list[Line]) -> str:
    """The text of the rows as it was in the source."""
    return "".join((row.joint if index else "") + row.text for index, row in enumerate(rows))
