"""One file to read, in colours, with its numbers; nothing is changed here."""

import asyncio
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Static

from opencode.core.error import OpenCodeError
from opencode.i18n.catalog import t
from opencode.tui.blocks.code import highlight
from opencode.tui.here import leave, while_shown
from opencode.tui.looks.lines import Line, Span, line
from opencode.tui.looks.look import Look
from opencode.tui.looks.text import clean
from opencode.tui.preview_file import Preview, read_preview
from opencode.tui.widgets.find_bar import FindBar
from opencode.tui.widgets.pane import Pane


class PreviewScreen(Screen[None]):
    """Opens at a line; `path` may be relative to `folder`."""

    DEFAULT_CSS = """
    PreviewScreen {
        background: $background;
        & #head, & #foot { height: 1; background: $surface; padding: 0 1; }
        & #foot { height: auto; max-height: 3; }
        & #head { text-style: bold; }
        & #foot { color: $foreground 70%; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash,ctrl+f", "find", show=False),
        Binding("n", "again(1)", show=False),
        Binding("p,N", "again(-1)", show=False),
        Binding("r", "reload", show=False),
        Binding("escape,q", "leave", show=False),
        Binding("ctrl+q", "app.quit", show=False),
    ]

    def __init__(self, folder: str, path: str, number: int = 0) -> None:
        super().__init__()
        self._file = Path(folder or ".", path).expanduser()
        self._shown, self._number = path, number
        self._preview: Preview | None = None
        self._spans: list[list[Span]] = []
        self._look: Look | None = None

    def compose(self) -> ComposeResult:
        """Its name, the file, what can be done."""
        yield Static(self._shown, id="head", markup=False)
        yield Pane()
        yield FindBar()
        yield Static(t("preview.keys"), id="foot", markup=False)

    def on_mount(self) -> None:
        """Read the file."""
        self.query_one(Pane).focus()
        self.action_reload()

    def action_reload(self) -> None:
        """Read the file anew."""
        self.run_worker(self._read, group="preview", exclusive=True)

    async def _read(self) -> None:
        with while_shown(self):
            await self._load()

    async def _load(self) -> None:
        pane = self.query_one(Pane)
        try:
            preview = await asyncio.to_thread(read_preview, self._file)
        except (OSError, OpenCodeError) as error:
            what = error.strerror if isinstance(error, OSError) else str(error)
            self.query_one("#foot", Static).update(clean(f"{self._shown}: {what}"))
            return
        text = clean(preview.text).removesuffix("\n")
        path = preview.path.name if preview.is_text else ""
        self._look = pane.look
        self._spans = await asyncio.to_thread(highlight, text, pane.look, path=path)
        self._preview = preview
        self.query_one("#head", Static).update(
            _title(preview, clean(self._shown), len(self._spans))
        )
        rows = text.split("\n")
        top = max(0, self._number - 1 - pane.size.height // 3)
        pane.fill(len(self._spans), self._row, lambda n: rows[n], pane.top or top)
        if 0 < self._number <= len(self._spans):
            pane.mark(range(self._number - 1, self._number))

    def _row(self, row: int) -> Line:
        spans, look = self._spans[row], self._look
        if look is None or self._preview is None or not self._preview.is_text:
            return line(spans)
        digits = len(str(len(self._spans)))
        lead: list[Span] = [(f"{row + 1:>{digits}}  ", look.faint)]
        return line([*lead, *spans], digits + 2)

    def action_find(self) -> None:
        """Look for a text in the file."""
        self.query_one(FindBar).open()

    def action_again(self, step: int) -> None:
        """The next place where it stands, or the one before."""
        bar = self.query_one(FindBar)
        bar.said(*self.query_one(Pane).find(bar.query_text, step))

    @on(FindBar.Sought)
    def _sought(self, event: FindBar.Sought) -> None:
        found = self.query_one(Pane).find(event.query, event.step)
        self.query_one(FindBar).said(*found)

    @on(FindBar.Left)
    def action_leave(self) -> None:
        """Out of the search, then back."""
        bar = self.query_one(FindBar)
        if not bar.is_open:
            leave(self, None)
            return
        bar.close()
        self.query_one(Pane).find("", 0)
        self.query_one(Pane).focus()


def _title(preview: Preview, name: str, lines: int) -> str:
    size = _size(preview.size)
    facts = [t("transcript.lines", n=lines), size] if preview.is_text else [preview.kind, size]
    if not preview.is_text:
        facts.insert(0, t("preview.binary"))
    if preview.is_cut:
        facts.append(t("preview.cut"))
    return " · ".join(fact for fact in (name, *facts) if fact)


def _size(count: int) -> str:
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.1f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"
