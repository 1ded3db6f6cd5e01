"""What of a frame must be painted: rows and cells that differ from the frame before."""

from rich.segment import Segment
from textual.geometry import Region

from opencode.tui.text import width_of
from opencode.tui.widgets.page import Page


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
