"""The queue of questions: the first one stands in place of the input."""

from time import monotonic

from textual.containers import Vertical
from textual.screen import Screen

from opencode.core.ask import Ask
from opencode.core.event import AskAnswered, AskRaised
from opencode.i18n.catalog import t
from opencode.tui.here import app_of
from opencode.tui.widgets.ask import AskPanel
from opencode.tui.widgets.prompt import Prompt

_QUIET = 1.0
"""Seconds without a key after which somebody who writes looks up."""


class Asking:
    """What waits for an answer, oldest first. While somebody writes a question waits until they
    pause: a letter that was meant for the input must not answer it."""

    def __init__(self, screen: Screen[None]) -> None:
        self._panel = screen.query_one(AskPanel)
        self._box = screen.query_one("#box", Vertical)
        self._prompt = screen.query_one(Prompt)
        self._waiting: list[Ask] = []
        self._is_shown = False

    def __bool__(self) -> bool:
        return self._is_shown

    def happened(self, event: AskRaised | AskAnswered) -> None:
        """One came, which is told where another screen hides it, or went."""
        if isinstance(event, AskAnswered):
            self.drop(event.id)
            return
        self.add(event.ask)
        if app_of(self._prompt).screen is not self._prompt.screen:
            self._prompt.notify(t("ask.elsewhere"), markup=False)

    def add(self, ask: Ask) -> None:
        """One more question; each is asked once."""
        if all(ask.id != waiting.id for waiting in self._waiting):
            self._waiting.append(ask)
            if len(self._waiting) == 1:
                self._show_in_a_pause()
            elif self._is_shown:
                self._panel.count(len(self._waiting) - 1)

    def drop(self, ask_id: str) -> None:
        """It waits no more, whoever answered."""
        if not any(ask.id == ask_id for ask in self._waiting):
            return
        was_first = self._waiting[0].id == ask_id
        self._waiting = [ask for ask in self._waiting if ask.id != ask_id]
        if was_first and self._is_shown:
            self._show()
        elif self._is_shown:
            self._panel.count(len(self._waiting) - 1)

    def step_back(self) -> None:
        """Esc: out of one's own words, else no."""
        self._panel.step_back()

    def _show_in_a_pause(self) -> None:
        left = self._prompt.touched + _QUIET - monotonic()
        if self._is_shown or not self._waiting:
            return
        if self._prompt.text and left > 0:
            self._prompt.set_timer(left, self._show_in_a_pause)
        else:
            self._show()

    def _show(self) -> None:
        self._is_shown = bool(self._waiting)
        self._panel.set_class(not self._waiting, "-hidden")
        self._box.set_class(bool(self._waiting), "-hidden")
        if self._waiting:
            self._panel.show(self._waiting[0], len(self._waiting) - 1)
        else:
            self._prompt.focus()
