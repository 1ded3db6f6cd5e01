"""One line from the person: a name, a path, what to look for."""

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from opencode.tui.here import leave


class LineDialog(ModalScreen[str | None]):
    """Returns what was typed, None when it was left."""

    DEFAULT_CSS = """
    LineDialog {
        align: center middle; background: $background 60%;
        & > Vertical {
            width: 60%; max-width: 80; height: auto; background: $surface; padding: 1 2;
        }
        & Static { height: 1; text-style: bold; }
        & Input, & Input:focus { border: none; height: 1; padding: 0; background: $panel; }
        &.-narrow > Vertical { width: 100%; padding: 0 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", show=False)]

    def __init__(self, title: str, value: str = "") -> None:
        super().__init__()
        self._title, self._value = title, value

    def compose(self) -> ComposeResult:
        """A title and the line."""
        with Vertical():
            yield Static(self._title, markup=False)
            yield Input(self._value)

    def on_resize(self, event: events.Resize) -> None:
        """In small windows it takes all the room there is."""
        self.set_class(event.size.width < 60, "-narrow")

    @on(Input.Submitted)
    def _enter(self, event: Input.Submitted) -> None:
        leave(self, event.value)

    def action_leave(self) -> None:
        """Nothing."""
        leave(self, None)
