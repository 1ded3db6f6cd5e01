"""What the mouse selected: from a cell of a block's row to another, copied as it was written."""

from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style

from opencode.tui.blocks.block import AnswerBlock, UserBlock
from opencode.tui.looks.lines import Line
from opencode.tui.looks.text import cut, width_of
from opencode.tui.widgets.page import Page


class Point(NamedTuple):
    """A cell: which block, which of its rows, which column."""

    block: int
    row: int
    cell: int


class Selection(NamedTuple):
    """Two points in reading order; the end is not included."""

    start: Point
    end: Point

    def span(self, block: int, row: int) -> tuple[int, int | None] | None:
        """The selected cells of a row; an end of None is its end."""
        if not self.start[:2] <= (block, row) <= self.end[:2]:
            return None
        start = self.start.cell if (block, row) == self.start[:2] else 0
        end = self.end.cell if (block, row) == self.end[:2] else None
        return start, end


def between(a: Point, b: Point) -> Selection:
    """A selection from two points in any order."""
    return Selection(*sorted((a, b)))


def selected_text(page: Page, selection: Selection) -> str:
    """The source text: no padding, no decoration, no soft wraps. A whole message is copied as
    it was written."""
    pieces: list[str] = []
    for index in range(selection.start.block, selection.end.block + 1):
        text = _of_block(page, selection, index)
        if text:
            pieces.append(text)
    return "\n\n".join(pieces)


def copied(page: Page, selection: Selection | None) -> str:
    """What a copy takes: the selection, else the last answer."""
    if selection:
        return selected_text(page, selection)
    answers = (b.text for b in reversed(page.blocks) if isinstance(b, AnswerBlock))
    return next(answers, "")


def _of_block(page: Page, selection: Selection, index: int) -> str:
    block = page.blocks[index]
    rows = page.rows(index)
    spans = [selection.span(index, row) for row in range(len(rows))]
    whole = all(
        span is not None and span[0] <= row.x and (span[1] is None or span[1] >= _end(row))
        for span, row in zip(spans, rows, strict=True)
        if row.text
    )
    if whole and isinstance(block, AnswerBlock | UserBlock):
        return block.text.strip("\n")
    text = ""
    for number, (row, span) in enumerate(zip(rows, spans, strict=True)):
        if span is None:
            continue
        began = number and spans[number - 1] is not None
        end = None if span[1] is None else max(0, span[1] - row.x)
        text += (row.joint if began else "") + cut(row.text, max(0, span[0] - row.x), end)
    return text.strip("\n")


def _end(row: Line) -> int:
    return row.x + width_of(row.text)


def overlaid(segments: list[Segment], start: int, end: int | None, style: Style) -> list[Segment]:
    """The segments with a style laid over the cells `start` … `end`."""
    out: list[Segment] = []
    column = 0
    for text, own, _ in segments:
        size = width_of(text)
        a, b = max(0, start - column), size if end is None else min(size, end - column)
        own = own or Style.null()
        if a >= b:
            out.append(Segment(text, own))
        else:
            for piece, look in (
                (cut(text, 0, a), own),
                (cut(text, a, b), own + style),
                (cut(text, b), own),
            ):
                if piece:
                    out.append(Segment(piece, look))
        column += size
    return out
