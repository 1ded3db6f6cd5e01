"""Everything the session changed, by file and hunk, to look through and to take back."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Static

from opencode.core.door import Door
from opencode.core.error import OpenCodeError, StaleFile
from opencode.core.review import Changed
from opencode.i18n.catalog import t
from opencode.i18n.english import translated
from opencode.tui.blocks.diff import WIDE, hunks
from opencode.tui.here import app_of, leave, while_shown
from opencode.tui.looks.lines import Line
from opencode.tui.looks.text import clean
from opencode.tui.screens.preview import PreviewScreen
from opencode.tui.widgets.changed_file import drawn, row_of
from opencode.tui.widgets.choices import Choices
from opencode.tui.widgets.find_bar import FindBar
from opencode.tui.widgets.pane import Pane

_ALL_KEYS = 124
"""Cells that the names of all keys take in the wordiest language."""
_NARROW = 90
_SMALL = 20_000
"""Characters of a patch up to which it is drawn at once."""


class ReviewScreen(Screen[None]):
    """Works through the door alone. What is taken back here can be brought back here, too."""

    DEFAULT_CSS = """
    ReviewScreen {
        background: $background;
        & #head, & #foot { height: 1; background: $surface; padding: 0 1; }
        &.-short #foot { height: 2; }
        & #head { text-style: bold; }
        & #foot { color: $foreground 70%; }
        & #body { height: 1fr; }
        & Choices { background: $background; max-height: 100%; }
        & #files { width: 36; border-right: solid $panel; }
        &.-narrow #body { layout: vertical; }
        &.-narrow #files { width: 1fr; max-height: 30%; border: none; }
        & #right { width: 1fr; height: 1fr; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "hunk(1)", show=False),
        Binding("p,N", "hunk(-1)", show=False),
        Binding("right_square_bracket,J", "file(1)", show=False),
        Binding("left_square_bracket,K", "file(-1)", show=False),
        Binding("u", "undo_hunk", show=False),
        Binding("U", "undo_file", show=False),
        Binding("z,ctrl+z", "bring_back", show=False),
        Binding("s", "sides", show=False),
        Binding("v,o", "view", show=False),
        Binding("r", "reload", show=False),
        Binding("slash,ctrl+f", "find", show=False),
        Binding("escape,q", "leave", show=False),
        Binding("ctrl+q", "app.quit", show=False),
    ]

    def __init__(self, door: Door, session: str, folder: str, path: str = "") -> None:
        super().__init__()
        self._door, self._session, self._folder, self._path = door, session, folder, path
        self._changes: list[Changed] = []
        self._hunk = 0
        self._hunks: list[range] = []
        """The rows of each hunk of the file in view."""
        self._drawing: object = None
        """The drawing that was wanted last; what older ones bring is not shown."""
        self._sides: bool | None = None
        """Side by side or not; None leaves it to the width."""
        self._taken: list[tuple[str, str]] = []
        """(path, version) of what was taken back here, newest last."""

    def compose(self) -> ComposeResult:
        """Files left (or on top), the diff of one of them, a line that says what can be done."""
        yield Static(t("review.loading"), id="head", markup=False)
        with Horizontal(id="body"):
            yield Choices(id="files")
            with Vertical(id="right"):
                yield Pane()
                yield FindBar()
        yield Static(t("review.keys"), id="foot", markup=False)

    def on_mount(self) -> None:
        """Read the changes."""
        self.query_one(Choices).focus()
        self.action_reload()

    def on_resize(self, event: events.Resize) -> None:
        """The files stand on top where there is no room at the side; the keys take two rows."""
        self.set_class(event.size.width < _NARROW, "-narrow")
        self.set_class(event.size.width < _ALL_KEYS, "-short")

    def action_reload(self) -> None:
        """Read the changes anew."""
        self._do(self._load)

    def _do(self, act: Callable[[], Awaitable[None]]) -> None:
        self.run_worker(partial(self._guarded, act), group="review")

    async def _guarded(self, act: Callable[[], Awaitable[None]]) -> None:
        with while_shown(self):
            try:
                await act()
            except OpenCodeError as error:
                if isinstance(error, StaleFile):
                    await self._load()
                self._say(translated(" ".join(filter(None, (error.message, error.hint)))))

    def _say(self, text: str) -> None:
        self.query_one("#foot", Static).update(clean(text))

    async def _load(self) -> None:
        found = await self._door.changes(self._session) if self._session else []
        if found == self._changes and found:
            return
        self._changes = found
        added, removed = sum(c.diff.added for c in found), sum(c.diff.removed for c in found)
        head = t("review.title", n=len(found), added=added, removed=removed)
        self.query_one("#head", Static).update(head if found else t("review.nothing"))
        self.query_one(Choices).fill([row_of(change) for change in found], self._path)
        self._show(self._hunk)

    @property
    def _file(self) -> Changed | None:
        marked = self.query_one(Choices).marked
        return next((c for c in self._changes if marked and c.diff.path == marked.value), None)

    def _show(self, hunk: int = 0, top: int | None = None) -> None:
        """Draw the marked file and go to one of its hunks (-1 is the last), then to a row."""
        pane, file = self.query_one(Pane), self._file
        self._path = file.diff.path if file else ""
        if file is None:
            self._drew([], [], 0, None)
            return
        self._drawing = draw = partial(drawn, file, pane.room, pane.look, self._sides)
        if len(file.diff.patch) < _SMALL:
            self._drew(*draw(), hunk, top)
            return

        async def act() -> None:
            done = await asyncio.to_thread(draw)
            if self._drawing is draw:
                with while_shown(self):
                    self._drew(*done, hunk, top)

        self._hunks = []
        self._say(t("review.loading"))
        self.run_worker(act, group="draw")

    def _drew(self, rows: list[Line], hunks: list[range], hunk: int, top: int | None) -> None:
        self._hunks = hunks
        self.query_one(Pane).fill(len(rows), lambda n: rows[n], lambda n: rows[n].text)
        self._mark(len(hunks) - 1 if hunk < 0 else hunk)
        if top is not None:
            self.query_one(Pane).scroll_rows(top)

    def _mark(self, hunk: int) -> None:
        self._hunk = min(max(hunk, 0), max(0, len(self._hunks) - 1))
        if self._hunks:
            self.query_one(Pane).mark(self._hunks[self._hunk])
            self._say(t("review.hunk", which=self._hunk + 1, n=len(self._hunks)))
        else:
            self._say(t("review.keys"))

    @on(Choices.Marked, "#files")
    def _other_file(self) -> None:
        self._show()

    @on(Choices.Chosen, "#files")
    def _chosen_file(self) -> None:
        self._show()
        self.query_one(Pane).focus()

    @on(Pane.Pointed)
    def _pointed(self, event: Pane.Pointed) -> None:
        for number, rows in enumerate(self._hunks):
            if event.row in rows:
                self._mark(number)

    @on(Pane.Resized)
    def _resized(self) -> None:
        self._show(self._hunk, self.query_one(Pane).top)

    def action_hunk(self, step: int) -> None:
        """The next hunk or the one before, on into the neighbouring file."""
        choices, hunk = self.query_one(Choices), self._hunk + step
        if 0 <= hunk < len(self._hunks):
            self._mark(hunk)
        elif 0 <= choices.index + step < len(choices.rows):
            choices.mark(choices.index + step)
            self._show(0 if step > 0 else -1)

    def action_file(self, step: int) -> None:
        """The next file or the one before."""
        self.query_one(Choices).action_move(step)

    def action_undo_hunk(self) -> None:
        """Take the marked hunk back; a file without hunks goes back whole."""
        self._take_back(self._hunk if self._hunks else None)

    def action_undo_file(self) -> None:
        """Take all of the file's changes back."""
        self._take_back(None)

    def _take_back(self, hunk: int | None) -> None:
        file = self._file
        if file is None:
            return
        if file.held:
            self._say(t(f"review.held_{file.held}", path=file.diff.path))
            return

        async def act() -> None:
            path = file.diff.path
            version = await self._door.revert(self._session, path, hunk, file.version)
            self._taken.append((path, version))
            await self._load()
            key = "review.took_file" if hunk is None else "review.took_hunk"
            self._say(t(key, path=path))

        self._do(act)

    def action_bring_back(self) -> None:
        """Bring again what was taken back last."""
        if not self._taken:
            self._say(t("review.none_taken"))
            return

        async def act() -> None:
            path, version = self._taken[-1]
            await self._door.restore(self._session, path, version)
            self._taken.pop()
            self._path = path
            await self._load()
            self._say(t("review.brought", path=path))

        self._do(act)

    def action_sides(self) -> None:
        """Side by side or one below the other."""
        wide = self.query_one(Pane).room >= WIDE
        self._sides = not (wide if self._sides is None else self._sides)
        self._show(self._hunk)

    def action_view(self) -> None:
        """The whole file."""
        if file := self._file:
            rows = hunks(file.diff.patch)[self._hunk][1] if self._hunks else []
            number = next((row.new for row in rows if row.kind == "+"), 0)
            number = number or next((row.new for row in rows if row.new), 0)
            app_of(self).push_screen(PreviewScreen(self._folder, file.diff.path, number))

    def action_find(self) -> None:
        """Look for a text in the diff."""
        self.query_one(FindBar).open()

    @on(FindBar.Sought)
    def _sought(self, event: FindBar.Sought) -> None:
        found = self.query_one(Pane).find(event.query, event.step)
        self.query_one(FindBar).said(*found)

    def action_leave(self) -> None:
        """Out of the search, then back to the conversation."""
        if not self._stop_finding():
            leave(self, None)

    @on(FindBar.Left)
    def _stop_finding(self) -> bool:
        bar = self.query_one(FindBar)
        if not bar.is_open:
            return False
        bar.close()
        self.query_one(Pane).find("", 0)
        self.query_one(Pane).focus()
        return True
