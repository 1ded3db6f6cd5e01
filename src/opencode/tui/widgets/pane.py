"""Many rows one can move in, search and point at: a file, a diff. Draws only what is in view."""

from collections.abc import Callable
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from opencode.tui.here import app_of
from opencode.tui.looks.lines import Line
from opencode.tui.looks.look import Look, look_of
from opencode.tui.looks.text import width_of
from opencode.tui.widgets.selection import overlaid

_WHEEL = 3
_STEP = 8
"""Cells the view moves sideways at once."""


class Pane(Widget, can_focus=True):
    """`fill` says how many rows there are and how each is drawn; `text` is what a search sees."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    Pane { height: 1fr; width: 1fr; background: $background; color: $foreground; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "rows(-1)", show=False),
        Binding("down,j", "rows(1)", show=False),
        Binding("pageup,b", "pages(-1)", show=False),
        Binding("pagedown,space", "pages(1)", show=False),
        Binding("home,g", "edge('home')", show=False),
        Binding("end,G", "edge('end')", show=False),
        Binding("left,h", "sideways(-1)", show=False),
        Binding("right,l", "sideways(1)", show=False),
    ]

    class Pointed(Message):
        """A row was clicked."""

        def __init__(self, row: int) -> None:
            super().__init__()
            self.row = row

    class Resized(Message):
        """Rows may have to be drawn for another width."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.top = 0
        self.marked = range(0)
        """Rows with a bar at their left: the hunk in hand, the line that was asked for."""
        self._count = 0
        self._draw: Callable[[int], Line] = lambda row: Line([])
        self._text: Callable[[int], str] = lambda row: ""
        self._x = 0
        self._query = ""
        self._found = -1

    @property
    def look(self) -> Look:
        """The theme's colours."""
        app = app_of(self)
        return look_of(app.current_theme.name, app.theme_variables, app.current_theme.dark)

    @property
    def room(self) -> int:
        """Cells a row may take: the bar at the left and the thumb at the right left out."""
        return max(10, self.size.width - 2)

    def fill(
        self, count: int, draw: Callable[[int], Line], text: Callable[[int], str], top: int = 0
    ) -> None:
        """Other rows."""
        self._count, self._draw, self._text = count, draw, text
        self._x, self._found, self.marked = 0, -1, range(0)
        self.scroll_rows(top)

    def scroll_rows(self, top: int) -> None:
        """Put a row at the top."""
        self.top = min(max(0, top), max(0, self._count - self.size.height))
        self.refresh()

    def mark(self, rows: range) -> None:
        """Mark rows and bring them into view."""
        self.marked = rows
        height = self.size.height
        if not rows or (self.top <= rows[0] and rows[-1] < self.top + height):
            self.refresh()
        else:
            self.scroll_rows(rows[0] - min(2, max(0, height - len(rows))))

    def find(self, query: str, step: int) -> tuple[int, int]:
        """Go to the next row (1) or the one before (-1) that holds the text, round and round, or
        to the first one from here on (0); returns which one of how many. An empty text takes the
        marks away."""
        self._query = query.casefold()
        rows = [n for n in range(self._count) if self._query in self._text(n).casefold()]
        if not self._query or not rows:
            self._found = -1
            self.refresh()
            return 0, 0
        here = self._found if step and self._found >= 0 else self.top - 1
        ahead = [n for n in rows if (n < here if step < 0 else n > here)]
        self._found = (ahead or rows)[-1 if step < 0 else 0]
        if not self.top <= self._found < self.top + self.size.height:
            self.scroll_rows(self._found - self.size.height // 3)
        self.refresh()
        return rows.index(self._found) + 1, len(rows)

    def action_rows(self, rows: int) -> None:
        """Some rows up or down."""
        self.scroll_rows(self.top + rows)

    def action_pages(self, pages: int) -> None:
        """A screenful, less two rows to hold on to."""
        self.scroll_rows(self.top + pages * max(1, self.size.height - 2))

    def action_edge(self, where: str) -> None:
        """The first row ("home") or the last."""
        self.scroll_rows(0 if where == "home" else self._count)

    def action_sideways(self, step: int) -> None:
        """Long lines, further right or back."""
        self._x = max(0, self._x + step * _STEP)
        self.refresh()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Further down."""
        event.stop()
        self.action_rows(_WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Further up."""
        event.stop()
        self.action_rows(-_WHEEL)

    def on_click(self, event: events.Click) -> None:
        """Point at a row; on the bar at the right: go there."""
        if event.x >= self.size.width - 1:
            end = max(0, self._count - self.size.height)
            self.scroll_rows(round(end * event.y / max(1, self.size.height - 1)))
        elif self.top + event.y < self._count:
            self.post_message(self.Pointed(self.top + event.y))

    def on_resize(self) -> None:
        """Another size."""
        self.scroll_rows(self.top)
        self.post_message(self.Resized())

    def render_line(self, y: int) -> Strip:
        """A bar for marked rows, the row, the thumb."""
        base, look, width, row = self.rich_style, self.look, self.size.width, self.top + y
        thumb = Segment("▐" if self._has_thumb(y) else " ", base + look.faint)
        if row >= self._count:
            return Strip([Segment(" " * (width - 1), base), thumb])
        drawn = self._draw(row)
        segments = drawn.segments
        if self._query:
            text = drawn.text.casefold()
            ground = look.selection if row == self._found else look.match
            at = text.find(self._query)
            while at >= 0:
                start = drawn.x + width_of(drawn.text[:at])
                segments = overlaid(segments, start, start + width_of(self._query), ground)
                at = text.find(self._query, at + len(self._query))
        styled = [Segment(s.text, base + s.style if s.style else base) for s in segments]
        body = Strip(styled)
        if self._x:
            body = body.crop(self._x)
        bar = Segment("▌" if row in self.marked else " ", base + look.accent)
        return Strip([bar, *body.adjust_cell_length(max(0, width - 2), base), thumb])

    def _has_thumb(self, y: int) -> bool:
        height = self.size.height
        if self._count <= height:
            return False
        size = max(1, height * height // self._count)
        start = round((height - size) * self.top / max(1, self._count - height))
        return start <= y < start + size
