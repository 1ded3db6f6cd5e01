"""What is painted: rows and cells that differ from the frame before, and nothing else."""

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip

from opencode.tui.looks.text import width_of
from opencode.tui.widgets.page import Page


class Frame:
    """The rows on screen as last painted."""

    def __init__(self) -> None:
        self._rows: list[list[Segment]] = []
        self._strips: list[Strip] = []
        self._bars: list[bool] = []

    def clear(self) -> None:
        """Nothing painted counts any more."""
        self._rows, self._strips, self._bars = [], [], []

    def update(
        self, rows: list[list[Segment]], bars: list[bool], base: Style, width: int
    ) -> list[Region]:
        """Take the next frame; returns the regions to paint."""
        regions: list[Region] = []
        for y, row in enumerate(rows):
            before = self._rows[y] if y < len(self._rows) else None
            if row != before:
                self._strips[y : y + 1] = [_strip(row, base)]
            if y >= len(self._bars) or bars[y] != self._bars[y]:
                regions.append(Region(0, y, width, 1))
            elif row != before:
                regions.append(difference(before, row, y, width - 1))
        self._rows, self._bars = rows, bars
        return regions

    def strip(self, y: int, width: int, base: Style, bar: Style) -> Strip:
        """A row with its cell of the scroll bar."""
        if y >= len(self._rows):
            return Strip.blank(width, base)
        cell = Segment("▐" if self._bars[y] else " ", base + bar)
        return Strip([*self._strips[y].crop_extend(0, width - 1, base), cell], width)


def _strip(row: list[Segment], base: Style) -> Strip:
    """The row on the widget's ground, in as few pieces as its styles allow."""
    styled = (Segment(s.text, base + s.style if s.style else base) for s in row if s.text)
    return Strip(Segment.simplify(styled))


def difference(old: list[Segment] | None, new: list[Segment], y: int, width: int) -> Region:
    """The cells of row `y` that must be painted again."""
    if old is None:
        return Region(0, y, width, 1)
    start = 0
    for before, after in zip(old, new, strict=False):
        if before != after:
            if before.style == after.style:
                start += width_of(_shared(before.text, after.text))
            break
        start += width_of(after.text)
    end = max(sum(width_of(segment.text) for segment in row) for row in (old, new))
    return Region(start, y, max(1, min(width, end) - start), 1)


def _shared(a: str, b: str) -> str:
    """The beginning both have, short of a character that a later one may join."""
    at = 0
    for left, right in zip(a, b, strict=False):
        if left != right:
            break
        at += 1
    shared = a[:at]
    return shared if shared.isascii() else shared[: max(0, at - 4)]


def thumb(page: Page) -> list[bool]:
    """In which rows of the viewport the thumb of the scroll bar stands."""
    height = page.height
    if page.total <= height:
        return [False] * height
    size = max(1, height * height // page.total)
    start = round((height - size) * page.top / max(1, page.end))
    return [start <= y < start + size for y in range(height)]
