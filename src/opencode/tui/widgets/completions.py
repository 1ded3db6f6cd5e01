"""The list above the input while a command, a file or an agent is being named."""

import asyncio
from time import monotonic

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from opencode.tui.widgets.choices import Choice, Choices
from opencode.tui.writing.completion import Known, Word, command_rows, mention_rows, word_at
from opencode.tui.writing.files import list_files

_FRESH = 10.0
"""Seconds a listing of the project serves."""


class Completions(Vertical):
    """Opens by itself; `Taken` says what to put in place of the word."""

    DEFAULT_CSS = """
    Completions { height: auto; display: none; background: $panel; }
    Completions.-shown { display: block; }
    Completions Choices { background: $panel; max-height: 10; }
    """

    class Taken(Message):
        """This stands for the word."""

        def __init__(self, word: Word, text: str) -> None:
            super().__init__()
            self.word, self.text = word, text

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._list = Choices()
        self._list.can_focus = False
        self._word: Word | None = None
        self._paths: list[str] = []
        self._listed = -_FRESH

    def compose(self) -> ComposeResult:
        """The list."""
        yield self._list

    @property
    def is_open(self) -> bool:
        """Whether there is something to choose."""
        return self.has_class("-shown")

    def close(self) -> None:
        """Nothing to choose any more."""
        self._word = None
        self.remove_class("-shown")

    async def update(
        self,
        before: str,
        first_line: bool,
        known: Known,
    ) -> None:
        """The text before the cursor changed."""
        word = word_at(before, first_line)
        if word is None:
            self.close()
            return
        if word.kind == "@" and monotonic() - self._listed > _FRESH:
            self._paths = await list_files(known.folder)
            self._listed = monotonic()
        if word.kind == "/":
            rows = command_rows(word.query, known.commands)
        else:
            rows = await asyncio.to_thread(
                mention_rows, word.query, known.agents, self._paths, known.resources
            )
        self._word = word
        self.set_class(bool(rows), "-shown")
        if rows:
            self._list.fill(rows)

    def offers(self, text: str) -> bool:
        """Whether the marked row is what was written already."""
        return bool(self._list.marked and self._list.marked.value.strip() == text.strip())

    def steer(self, key: str) -> None:
        """A key meant for the list."""
        if key in ("up", "down"):
            self._list.action_move(-1 if key == "up" else 1)
        elif key in ("pageup", "pagedown"):
            self._list.action_move(-8 if key == "pageup" else 8)
        elif key == "enter":
            self.choose()

    def choose(self) -> None:
        """Take the marked row."""
        if self._list.marked:
            self._take(self._list.marked)

    @on(Choices.Chosen)
    def _clicked(self, event: Choices.Chosen) -> None:
        event.stop()
        self._take(event.choice)

    def _take(self, choice: Choice) -> None:
        word = self._word
        self.close()
        if word:
            self.post_message(self.Taken(word, choice.value))
