"""The mouse over the transcript: it selects, drags the scroll bar and clicks."""

from opencode.tui.blocks.target import target_under
from opencode.tui.looks.text import width_of
from opencode.tui.widgets.page import Page
from opencode.tui.widgets.selection import Point, Selection, between


class Pointer:
    """What the mouse is doing. Cells are those of the viewport."""

    def __init__(self, page: Page) -> None:
        self.selection: Selection | None = None
        self._page = page
        self._pressed: Point | None = None
        self._drags = False
        """The scroll bar is held."""

    def down(self, x: int, y: int) -> None:
        """The button goes down: on the scroll bar, or where another selection may begin."""
        self.forget()
        self._drags = x >= self._page.width
        if self._drags:
            self._drag(y)
        else:
            self._pressed = self._point(x, y)

    def forget(self) -> None:
        """Nothing is selected nor pressed: what was pointed at may be gone."""
        self.selection = self._pressed = None

    def move(self, x: int, y: int) -> None:
        """Select, or move the bar; beyond an edge the view follows."""
        page = self._page
        if self._drags:
            self._drag(y)
        if self._pressed is None:
            return
        if not 0 <= y < page.height:
            page.scroll_to(page.top + (1 if y > 0 else -1))
        if point := self._point(x, y):
            self.selection = between(self._pressed, point)

    def up(self) -> Point | None:
        """The button is released: where it clicked, None when it dragged or selected."""
        pressed, self._pressed, self._drags = self._pressed, None, False
        if self.selection and self.selection.start != self.selection.end:
            return None
        self.selection = None
        return pressed

    def link(self, point: Point) -> tuple[str, str]:
        """The address and the target (see `blocks.target`) under a cell, "" for none."""
        column = 0
        rows = self._page.rows(point.block)
        for text, style, _ in rows[point.row].segments if point.row < len(rows) else ():
            column += width_of(text)
            if column > point.cell:
                return (style.link or "", target_under(style)) if style else ("", "")
        return "", ""

    def _point(self, x: int, y: int) -> Point | None:
        page = self._page
        row = page.top + min(max(y, 0), page.height - 1)
        place = page.at(min(row, page.total - 1))
        return Point(*place, max(0, x)) if place else None

    def _drag(self, y: int) -> None:
        self._page.scroll_to(round(self._page.end * y / max(1, self._page.height - 1)))
