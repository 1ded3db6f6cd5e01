"""The sessions of the folder: found by titles and by what was said, opened or dealt with."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from opencode.core.error import OpenCodeError
from opencode.i18n.catalog import t
from opencode.tui.dialogs.picker import Picker
from opencode.tui.here import leave
from opencode.tui.widgets.choices import Choice, Choices

Find = Callable[[str], Awaitable[Sequence[Choice]]]
"""Sessions in which this was said."""


class SessionBrowser(Picker):
    """Returns the id of the one to open, with a verb before it ("rename", "fork", "export" or
    "delete") when something else is to be done with it."""

    DEFAULT_CSS = """
    SessionBrowser {
        &.-low #keys { display: none; }
        & #keys { height: auto; margin: 1 0 0 0; color: $foreground 60%; text-style: none; }
    }
    """
    BELOW = 3
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r", "act('rename')", show=False, priority=True),
        Binding("ctrl+f", "act('fork')", show=False, priority=True),
        Binding("ctrl+e", "act('export')", show=False, priority=True),
        Binding("ctrl+d,delete", "act('delete')", show=False, priority=True),
    ]

    def __init__(self, rows: Sequence[Choice], marked: str, find: Find) -> None:
        super().__init__(t("sessions.title"), rows, marked)
        self._find = find

    def compose(self) -> ComposeResult:
        """A title, a line to search by, the sessions, the keys."""
        with Vertical():
            yield Static(self._title, markup=False)
            yield Input(self._query)
            yield Choices()
            yield Static(t("sessions.keys"), id="keys", markup=False)

    def _fill(self, query: str) -> None:
        super()._fill(query)
        if query:
            self.run_worker(partial(self._look, query), group="look", exclusive=True)

    async def _look(self, query: str) -> None:
        """Those whose title does not say it follow."""
        list_ = self.query_one(Choices)
        with suppress(OpenCodeError):
            known = {row.value for row in list_.rows}
            more = [row for row in await self._find(query) if row.value not in known]
            list_.renew([*list_.rows, *more])

    def action_act(self, verb: str) -> None:
        """Something else than opening it."""
        if marked := self.query_one(Choices).marked:
            leave(self, f"{verb} {marked.value}")
