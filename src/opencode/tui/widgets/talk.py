"""The conversation and the input under it: what is searched there, what is completed here."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical
from textual.widgets import TextArea

from opencode.tui.widgets.prompt import Prompt
from opencode.tui.widgets.transcript import Transcript
from opencode.tui.writing.completion import Known

if TYPE_CHECKING:
    from opencode.tui.widgets.completions import Completions
    from opencode.tui.widgets.find_bar import FindBar


Know = Callable[[str], Awaitable[Known]]
"""Says what a word may mean that follows this text."""


class Talk(Vertical):
    """Carries messages between its widgets: what people look for goes to the transcript, the
    word that is being written to the completions."""

    DEFAULT_CSS = "Talk { width: 1fr; height: 1fr; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._know: Know | None = None
        self._completions: Completions | None = None
        self._bar: FindBar | None = None

    def complete_with(self, completions: "Completions", know: "Know") -> None:
        """The list of what a word may mean, and who says it."""
        self._completions, self._know = completions, know

    @property
    def is_searching(self) -> bool:
        """Whether something is looked for."""
        return self._bar is not None and self._bar.is_open

    @on(Transcript.Seeking)
    async def _seek(self, event: Transcript.Seeking) -> None:
        # Few search; the first painting does not pay for the bar.
        from opencode.tui.widgets.find_bar import FindBar  # noqa: PLC0415

        event.stop()
        if self._bar is None:
            self._bar = FindBar(onward=-1)
            await self.mount(self._bar, after=self.query_one(Transcript))
        self._bar.open(event.query)

    @on(Prompt.Searched)
    def _look(self) -> None:
        self.post_message(Transcript.Seeking(""))

    def on_find_bar_sought(self, event: "FindBar.Sought") -> None:
        """By name, as the classes of these messages are loaded later."""
        event.stop()
        if self._bar is not None:
            self._bar.said(*self.query_one(Transcript).find(event.query, event.step))

    def on_find_bar_left(self, event: "FindBar.Left") -> None:
        """Nothing is looked for any more."""
        event.stop()
        self.stop_searching()

    def stop_searching(self) -> None:
        """Nothing is looked for any more."""
        if self._bar is not None:
            self._bar.close()
        self.query_one(Transcript).find("")

    @on(TextArea.Changed)
    @on(TextArea.SelectionChanged)
    def _written(self) -> None:
        completions, know = self._completions, self._know
        if completions is None or know is None:
            return
        prompt = self.query_one(Prompt)
        row, column = prompt.cursor_location
        before = prompt.document.get_line(row)[:column]
        if completions.is_open or "@" in before or before.startswith("/"):
            act = partial(self._complete, completions, know, before, not row)
            self.run_worker(act, group="completion", exclusive=True)

    async def _complete(
        self, completions: "Completions", know: "Know", before: str, first_line: bool
    ) -> None:
        await completions.update(before, first_line, await know(before))
        self.query_one(Prompt).completing = completions.is_open

    @on(Prompt.Steered)
    def _steered(self, event: Prompt.Steered) -> None:
        completions, prompt = self._completions, self.query_one(Prompt)
        if completions is None:
            return
        if event.key == "enter" and completions.offers(prompt.text):
            self.stop_completing()
            prompt.call_later(prompt.send)  # sent from here it would bubble no further than here
        else:
            completions.steer(event.key)

    def on_completions_taken(self, event: "Completions.Taken") -> None:
        """The word is replaced by what it means."""
        prompt = self.query_one(Prompt)
        row, column = prompt.cursor_location
        prompt.completing = False
        prompt.replace(event.text, (row, event.word.start), (row, column))
        if event.text.endswith(" "):
            prompt.completed = prompt.cursor_location

    def stop_completing(self) -> None:
        """The word stays as it is written."""
        if self._completions is not None:
            self._completions.close()
        self.query_one(Prompt).completing = False
