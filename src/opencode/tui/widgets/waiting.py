"""The prompts that wait for the answer to end, above the input, so that none is forgotten."""

from collections.abc import Sequence

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from opencode.core.message import Message
from opencode.i18n.catalog import t
from opencode.tui.here import app_of
from opencode.tui.looks.look import look_of
from opencode.tui.looks.text import clean, fit, width_of

_MOST = 4
"""Rows it may take; the newest prompts are the ones that are changed."""


class Waiting(Widget):
    """One row a prompt, oldest first, and how the last one is taken back."""

    DEFAULT_CSS = """
    Waiting { height: auto; display: none; background: $surface; color: $foreground; }
    Waiting.-shown { display: block; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[str] = []
        self._hint = "queue.hint"

    def show(self, queued: Sequence[Message], *, busy: bool) -> None:
        """These wait now, for an answer to end or, after it was stopped, for the person."""
        rows = [" ".join(clean(message.text).split()) for message in queued]
        hint = "queue.hint" if busy else "queue.go_on"
        if (rows, hint) == (self._rows, self._hint):
            return
        self._rows, self._hint = rows, hint
        self.set_class(bool(rows), "-shown")
        self.refresh(layout=True)

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """A row a prompt, as far as there is room."""
        return min(_MOST, len(self._rows))

    def render_line(self, y: int) -> Strip:
        """A prompt; the first row says how many more there are, the last how it goes on."""
        app, base, width = app_of(self), self.rich_style, self.size.width
        look = look_of(app.current_theme.name, app.theme_variables, app.current_theme.dark)
        shown = self._rows[-_MOST:]
        if y >= len(shown):
            return Strip.blank(width, base)
        more = len(self._rows) - len(shown)
        note = f"  +{more}" if more and y == 0 else ""
        note = f"  {t(self._hint)}" if y == len(shown) - 1 else note
        note = note if width_of(note) <= width // 2 else ""
        text = fit(f" ⧗ {shown[y]}", max(0, width - width_of(note)))
        segments = [Segment(text, base + look.muted), Segment(note, base + look.faint)]
        return Strip(segments).adjust_cell_length(width, base)
