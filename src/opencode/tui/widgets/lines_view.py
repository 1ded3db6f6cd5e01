"""Some drawn rows in a small scrolling window: a question's detail, a panel's facts."""

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.strip import Strip
from textual.widget import Widget

from opencode.tui.looks.lines import Line


class LinesView(Widget):
    """Shows rows as they are; scrolls when there are more than fit."""

    DEFAULT_CSS = """
    LinesView { height: auto; color: $foreground; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows: list[Line] = []
        self._top = 0

    def fill(self, rows: list[Line]) -> None:
        """Other rows; the window keeps its height when their number is the same."""
        grown = len(rows) != len(self._rows)
        self._rows, self._top = rows, min(self._top, max(0, len(rows) - 1))
        self.refresh(layout=grown)

    def scroll_rows(self, count: int) -> None:
        """Some rows up or down."""
        self._top = min(max(0, self._top + count), max(0, len(self._rows) - self.size.height))
        self.refresh()

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """As many rows as there are."""
        return len(self._rows)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Further down."""
        event.stop()
        self.scroll_rows(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Further up."""
        event.stop()
        self.scroll_rows(-3)

    def render_line(self, y: int) -> Strip:
        """One row."""
        base, width = self.rich_style, self.size.width
        index = self._top + y
        if index >= len(self._rows):
            return Strip.blank(width, base)
        row = self._rows[index]
        styled = [Segment(s.text, base + s.style if s.style else base) for s in row.segments]
        if len(self._rows) <= self.size.height:
            return Strip(styled).adjust_cell_length(width, base)
        bar = Segment("▐" if self._has_thumb(y) else " ", base + Style(dim=True))
        return Strip([*Strip(styled).adjust_cell_length(width - 1, base), bar])

    def _has_thumb(self, y: int) -> bool:
        """That there is more than fits is seen at the right, as everywhere."""
        height, count = self.size.height, len(self._rows)
        size = max(1, height * height // count)
        start = round((height - size) * self._top / max(1, count - height))
        return start <= y < start + size
