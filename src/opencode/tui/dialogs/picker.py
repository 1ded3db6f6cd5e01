"""Choose one of many by a few letters: models, sessions, agents, themes, commands."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from opencode.tui.here import leave
from opencode.tui.looks.text import wrap
from opencode.tui.widgets.choices import Choice, Choices
from opencode.tui.writing.fuzzy import best


class Picker(ModalScreen[str | None]):
    """Returns the value chosen, None when it was left. `preview` is told what is marked."""

    DEFAULT_CSS = """
    Picker {
        align: center middle; background: $background 60%;
        & > Vertical {
            width: 80%; max-width: 90; height: auto; max-height: 80%;
            background: $surface; padding: 1 2; border: none;
        }
        & Static { height: auto; max-height: 3; text-style: bold; }
        & Input, & Input:focus {
            border: none; height: 1; padding: 0; background: $surface; margin: 0 0 1 0;
        }
        &.-narrow > Vertical { width: 100%; padding: 1; }
        &.-low > Vertical { max-height: 100%; padding: 0 1; }
        &.-low Input, &.-low Input:focus { margin: 0; }
    }
    """
    BELOW: ClassVar[int] = 0
    """Rows under the list."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("up,ctrl+p", "move(-1)", show=False, priority=True),
        Binding("down,ctrl+n", "move(1)", show=False, priority=True),
        Binding("pageup", "move(-8)", show=False, priority=True),
        Binding("pagedown", "move(8)", show=False, priority=True),
    ]

    def __init__(
        self,
        title: str,
        rows: Sequence[Choice],
        marked: str = "",
        preview: Callable[[str], None] | None = None,
        query: str = "",
    ) -> None:
        super().__init__()
        self._title, self._rows, self._marked = title, list(rows), marked
        self._preview, self._query = preview, query

    def compose(self) -> ComposeResult:
        """A title, a line to filter by, the rows."""
        with Vertical():
            yield Static(self._title, markup=False)
            yield Input(self._query)
            yield Choices()

    def on_resize(self, event: events.Resize) -> None:
        """In small windows it takes all the room there is; the list scrolls in what is left."""
        width, height = event.size
        narrow, low = width < 60, height < 16
        self.set_class(narrow, "-narrow")
        self.set_class(low, "-low")
        title = wrap(self._title, (width if narrow else min(90, width * 8 // 10)) - 4)
        room = height - 1 if low else height * 8 // 10 - 4 - self.BELOW
        room -= min(3, len(title))
        self.query_one(Choices).styles.max_height = max(1, min(24, room))

    def on_mount(self) -> None:
        """All rows, the marked one in view."""
        self.query_one(Input).focus()
        self._fill(self._query)

    def _fill(self, query: str) -> None:
        found = best(query, self._rows, lambda row: f"{row.label} {row.detail}", 500)
        self.query_one(Choices).fill(found, "" if query else self._marked)

    @on(Input.Changed)
    def _filter(self, event: Input.Changed) -> None:
        self._fill(event.value)

    @on(Input.Submitted)
    def _enter(self) -> None:
        self.query_one(Choices).action_choose()

    @on(Choices.Marked)
    def _mark(self, event: Choices.Marked) -> None:
        if self._preview:
            self._preview(event.choice.value)

    @on(Choices.Chosen)
    def _chosen(self, event: Choices.Chosen) -> None:
        leave(self, event.choice.value)

    def action_move(self, step: int) -> None:
        """Mark another row while the cursor stays in the filter."""
        self.query_one(Choices).action_move(step)

    def action_leave(self) -> None:
        """Choose nothing."""
        leave(self, None)
