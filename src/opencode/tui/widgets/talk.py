"""The conversation, what may stand in its place, and the line that searches it."""

from textual import on
from textual.containers import Vertical

from opencode.tui.widgets.find_bar import FindBar
from opencode.tui.widgets.transcript import Transcript


class Talk(Vertical):
    """Passes what people look for to the transcript."""

    DEFAULT_CSS = "Talk { width: 1fr; height: 1fr; }"

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
