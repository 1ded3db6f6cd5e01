"""The conversation and the input under it: what is searched there, what is completed here."""

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from textual import on
from textual.containers import Vertical
from textual.widgets import TextArea

from opencode.core.agent import Agent
from opencode.tui.widgets.completions import Completions
from opencode.tui.widgets.find_bar import FindBar
from opencode.tui.widgets.prompt import Prompt
from opencode.tui.widgets.transcript import Transcript


class Known(NamedTuple):
    """What a word may mean: commands (name, what it does), agents, files below a folder."""

    commands: list[tuple[str, str]]
    agents: list[Agent]
    folder: Path


class Talk(Vertical):
    """Carries messages between its widgets: what people look for goes to the transcript, the
    word that is being written to the completions."""

    DEFAULT_CSS = "Talk { width: 1fr; height: 1fr; }"

    know: Callable[[str], Awaitable[Known]] | None = None
    """Says what a word may mean that follows this text; there once completions are."""

    @property
    def is_searching(self) -> bool:
        """Whether something is looked for."""
        return any(bar.is_open for bar in self.query(FindBar))

    @on(Transcript.Seeking)
    async def _seek(self, event: Transcript.Seeking) -> None:
        event.stop()
        if not self.query(FindBar):
            await self.mount(FindBar(onward=-1), after=self.query_one(Transcript))
        self.query_one(FindBar).open(event.query)

    @on(Prompt.Searched)
    def _look(self) -> None:
        self.post_message(Transcript.Seeking(""))

    @on(FindBar.Sought)
    def _sought(self, event: FindBar.Sought) -> None:
        event.stop()
        which = self.query_one(Transcript).find(event.query, event.step)
        self.query_one(FindBar).said(*which)

    @on(FindBar.Left)
    def stop_searching(self) -> None:
        """Nothing is looked for any more."""
        for bar in self.query(FindBar):
            bar.close()
        self.query_one(Transcript).find("")

    @on(TextArea.Changed)
    @on(TextArea.SelectionChanged)
    def _written(self) -> None:
        if self.know is None:
            return
        prompt = self.query_one(Prompt)
        row, column = prompt.cursor_location
        before = prompt.document.get_line(row)[:column]
        completions = self.query_one(Completions)
        if completions.is_open or "@" in before or before.startswith("/"):
            act = partial(self._complete, self.know, before, not row)
            self.run_worker(act, group="completion", exclusive=True)

    async def _complete(
        self, know: Callable[[str], Awaitable[Known]], before: str, first_line: bool
    ) -> None:
        completions = self.query_one(Completions)
        await completions.update(before, first_line, *await know(before))
        self.query_one(Prompt).completing = completions.is_open

    @on(Prompt.Steered)
    def _steered(self, event: Prompt.Steered) -> None:
        completions, prompt = self.query_one(Completions), self.query_one(Prompt)
        if event.key == "enter" and completions.offers(prompt.text):
            self.stop_completing()
            prompt.call_later(prompt.send)  # sent from here it would bubble no further than here
        else:
            completions.steer(event.key)

    @on(Completions.Taken)
    def _taken(self, event: Completions.Taken) -> None:
        prompt = self.query_one(Prompt)
        row, column = prompt.cursor_location
        prompt.completing = False
        prompt.replace(event.text, (row, event.word.start), (row, column))

    def stop_completing(self) -> None:
        """The word stays as it is written."""
        self.query_one(Completions).close()
        self.query_one(Prompt).completing = False
