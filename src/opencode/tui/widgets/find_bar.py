"""The line in which people write what they look for, with how many there are."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from opencode.i18n.catalog import t


class FindBar(Horizontal):
    """Hidden until it is opened; ↑ and ↓ go to the one before and the next, Enter goes on."""

    DEFAULT_CSS = """
    FindBar {
        height: 1; display: none; background: $panel; padding: 0 1;
        &.-shown { display: block; }
        & Static { width: auto; }
        & Input, & Input:focus { border: none; height: 1; padding: 0; width: 1fr; }
        & Input, & Input:focus { background: $panel; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,shift+enter", "go(-1)", show=False),
        Binding("down", "go(1)", show=False),
        Binding("escape", "leave", show=False),
    ]

    class Sought(Message):
        """Look for this: 1 the next one, -1 the one before, 0 from what is in view on."""

        def __init__(self, query: str, step: int) -> None:
            super().__init__()
            self.query, self.step = query, step

    class Left(Message):
        """Nothing is looked for any more."""

    def __init__(self, onward: int = 1) -> None:
        super().__init__()
        self._onward = onward
        """Where Enter goes: 1 down, -1 up."""

    def compose(self) -> ComposeResult:
        """What, and how many."""
        yield Static("/ ", markup=False)
        yield Input()
        yield Static("", id="count", markup=False)

    @property
    def is_open(self) -> bool:
        """Whether something is looked for."""
        return self.has_class("-shown")

    @property
    def query_text(self) -> str:
        """What is looked for."""
        return self.query_one(Input).value

    def open(self, query: str = "") -> None:
        """Show the line and write there."""
        self.add_class("-shown")
        box = self.query_one(Input)
        if query:
            box.value = query
        box.focus()

    def close(self) -> None:
        """Take the line away."""
        self.remove_class("-shown")
        with self.prevent(Input.Changed):
            self.query_one(Input).value = ""
        self.said(0, 0)

    def said(self, which: int, total: int) -> None:
        """This one of so many is in view."""
        text = t("find.count", which=which, total=total) if total else ""
        if not total and self.query_text:
            text = t("find.nothing")
        self.query_one("#count", Static).update(f" {text}" if text else "")

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Sought(event.value, 0))

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_go(self._onward)

    def action_go(self, step: int) -> None:
        """The next one, or the one before."""
        self.post_message(self.Sought(self.query_text, step))

    def action_leave(self) -> None:
        """Nothing more to find."""
        self.post_message(self.Left())
