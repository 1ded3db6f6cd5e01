"""A list to choose from: completions, dialogs and answers are all this one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from opencode.tui.here import app_of
from opencode.tui.looks.look import Look, look_of
from opencode.tui.looks.text import clean, fit, width_of


@dataclass(frozen=True)
class Choice:
    """A row: what it says, what stands right of it, and what choosing it means."""

    label: str
    value: str
    detail: str = ""
    group: str = ""
    """A heading is shown where the group changes."""
    faint: bool = False
    """It matters less than others."""


class Choices(Widget, can_focus=True):
    """Rows of which one is marked; as tall as its rows up to its `max-height`."""

    DEFAULT_CSS = """
    Choices { height: auto; max-height: 12; background: $surface; color: $foreground; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup", "move(-8)", show=False),
        Binding("pagedown", "move(8)", show=False),
        Binding("enter", "choose", show=False),
    ]

    class Chosen(Message):
        """A row was chosen."""

        def __init__(self, choices: "Choices", choice: Choice) -> None:
            super().__init__()
            self.choices, self.choice = choices, choice

        @property
        def control(self) -> "Choices":
            """For `@on` with a selector."""
            return self.choices

    class Ticked(Chosen):
        """A row was clicked where several may be chosen."""

    class Marked(Message):
        """Another row is marked."""

        def __init__(self, choices: "Choices", choice: Choice) -> None:
            super().__init__()
            self.choices, self.choice = choices, choice

        @property
        def control(self) -> "Choices":
            """For `@on` with a selector."""
            return self.choices

    def __init__(
        self, rows: Sequence[Choice] = (), *, id: str | None = None, quiet: bool = False
    ) -> None:
        super().__init__(id=id)
        self._quiet = quiet
        """Nothing is marked while the keys go elsewhere, and then only rows that open something."""
        self.rows: list[Choice] = list(rows)
        self.index = 0
        self.ticked: set[str] = set()
        """Values chosen so far where several may be."""
        self.ticks: set[str] = set()
        """Values that a click chooses or unchooses."""
        self._first = 0
        self._moved = False
        """The person put the mark where it is."""

    @property
    def marked(self) -> Choice | None:
        """The row that Enter would choose."""
        return self.rows[self.index] if self.rows else None

    def fill(self, rows: Sequence[Choice], marked: str = "") -> None:
        """Other rows; the one with the value `marked` is marked, else the first."""
        self.rows = list(rows)
        values = [row.value for row in self.rows]
        self.index = values.index(marked) if marked in values else 0
        self._first = 0
        self._follow()
        self.refresh(layout=True)

    def renew(self, rows: Sequence[Choice]) -> None:
        """The same list as it is now: the mark and the view stay where they are."""
        if list(rows) == self.rows:
            return
        values = [row.value or row.label for row in rows]
        here = self.marked and (self.marked.value or self.marked.label)
        seen = any(index == self.index for index, _ in self._shown())
        self.rows = list(rows)
        self.index = values.index(here) if here in values else min(self.index, len(rows) - 1)
        self.index = max(0, self.index)
        if self.has_focus and (seen or not self._moved):
            if not self._moved:
                self.index = next(iter(self._stops()), self.index)
            self._follow()
        self._first = min(self._first, max(0, len(self._all()) - max(1, self.size.height)))
        self.refresh(layout=True)

    def on_focus(self) -> None:
        """The mark shows."""
        stops = self._stops()
        if stops and self.index not in stops:
            self.index = stops[0]
        self._follow()
        self.refresh()

    def on_blur(self) -> None:
        """The mark may be hidden."""
        self.refresh()

    def mark(self, index: int) -> None:
        """Mark a row, and tell nobody."""
        self.index, self._moved = index, True
        self._follow()
        self.refresh()

    def action_move(self, step: int) -> None:
        """Mark a row further up or down; a single step goes round."""
        stops = self._stops()
        if not stops:
            return
        if step < 0 and self._first and self.index == stops[0]:  # rows that only tell stand above
            self._first, self._moved = max(0, self._first + step), True
            self.refresh()
            return
        here = sum(stop < self.index for stop in stops)
        at = here + step - (step > 0 and self.index not in stops)
        last, self._moved = len(stops) - 1, True
        self.index = stops[at % (last + 1) if abs(step) == 1 else min(max(at, 0), last)]
        self._follow()
        self.refresh()
        self.post_message(self.Marked(self, self.rows[self.index]))

    def _stops(self) -> list[int]:
        return [at for at, row in enumerate(self.rows) if row.value or not self._quiet]

    def action_choose(self) -> None:
        """Choose the marked row."""
        if self.marked:
            self.post_message(self.Chosen(self, self.marked))

    def on_click(self, event: events.Click) -> None:
        """Choose the row under the mouse."""
        shown = self._shown()
        if event.y < len(shown) and (index := shown[event.y][0]) is not None:
            self.index, self._moved = index, True
            if self.rows[index].value in self.ticks:
                self.post_message(self.Ticked(self, self.rows[index]))
            else:
                self.action_choose()
            self.refresh()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Further down."""
        event.stop()
        self._wheel(2)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Further up."""
        event.stop()
        self._wheel(-2)

    def _wheel(self, rows: int) -> None:
        """The mark moves; where none shows, the view does."""
        if self.has_focus or not self._quiet:
            self.action_move(rows)
        else:
            end = max(0, len(self._all()) - self.size.height)
            self._first = min(max(0, self._first + rows), end)
            self.refresh()

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """As many rows as there are, headings included."""
        return max(1, len(self._all()))

    def _all(self) -> list[tuple[int | None, str]]:
        """Every row of the list: (index, "") or (None, heading)."""
        out: list[tuple[int | None, str]] = []
        group = ""
        for index, row in enumerate(self.rows):
            if row.group != group:
                group = row.group
                out.append((None, group))
            out.append((index, ""))
        return out

    def _shown(self) -> list[tuple[int | None, str]]:
        return self._all()[self._first : self._first + max(1, self.size.height)]

    def _follow(self) -> None:
        """Keep the marked row in view, and with the first one that can be marked all above it."""
        height = max(1, self.size.height or 12)
        at = next((y for y, row in enumerate(self._all()) if row[0] == self.index), 0)
        is_first = self.index == next(iter(self._stops()), 0) and at < height
        self._first = min(max(self._first, at - height + 1), 0 if is_first else at)

    def on_resize(self) -> None:
        """Another height: the marked row stays in view."""
        self._follow()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """A row: mark, label, detail at the right."""
        base, width, shown = self.rich_style, self.size.width, self._shown()
        if y >= len(shown):
            return Strip.blank(width, base)
        app = app_of(self)
        look = look_of(app.current_theme.name, app.theme_variables, app.current_theme.dark)
        index, heading = shown[y]
        if index is None:
            return Strip(
                [Segment(" " + fit(clean(heading), width - 2), base + look.muted)]
            ).adjust_cell_length(width, base)
        return self._drawn(index, look, base, width)

    def _drawn(self, index: int, look: Look, base: Style, width: int) -> Strip:
        row = self.rows[index]
        on = index == self.index and (self.has_focus or not self._quiet)
        ground = base + look.selection if on else base
        tick = ("✓ " if row.value in self.ticked else "  ") if self.ticked else ""
        label = f"{'›' if on else ' '} {tick}{clean(row.label)}"
        detail = fit(clean(row.detail), max(width // 2, width - width_of(label) - 2))
        label = fit(label, width - width_of(detail) - 2)
        blank = max(1, width - width_of(label) - width_of(detail) - 1)
        segments = [
            Segment(label + " " * blank, ground + (look.muted if row.faint else Style(bold=on))),
            Segment(detail + " ", ground + look.muted),
        ]
        return Strip(segments).adjust_cell_length(width, ground)
