"""The conversation on screen: one widget that paints lines, however long the conversation."""

from collections.abc import Iterable
from time import monotonic
from typing import ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from opencode.tui.blocks.block import AnyBlock, can_fold, is_open
from opencode.tui.blocks.target import target_of_block
from opencode.tui.here import app_of
from opencode.tui.looks.look import PLAIN, Look, look_of
from opencode.tui.widgets.finder import Finder
from opencode.tui.widgets.frame import Frame, thumb
from opencode.tui.widgets.marks import Marks
from opencode.tui.widgets.page import Page
from opencode.tui.widgets.pointer import Pointer
from opencode.tui.widgets.selection import Point, copied

FRAME = 1 / 12
"""Seconds between two paintings of text that streams in."""
_WHEEL = 3


class Transcript(Widget, can_focus=True):
    """Shows blocks through a Page. Paints only cells that differ from the last frame, has no
    children and no layout of its own, and no timer unless something changed."""

    ALLOW_SELECT = FOCUS_ON_CLICK = False  # what is typed after a click is still a prompt
    DEFAULT_CSS = """
    Transcript { height: 1fr; width: 1fr; background: $background; color: $foreground; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "rows(-1)", show=False),
        Binding("down,j", "rows(1)", show=False),
        Binding("pageup,b,ctrl+u", "pages(-1)", show=False),
        Binding("pagedown,space,ctrl+d", "pages(1)", show=False),
        Binding("home,g", "edge('home')", show=False),
        Binding("end,G", "edge('end')", show=False),
        Binding("enter,o", "fold", show=False),
        Binding("n", "step(1)", show=False),
        Binding("p,N", "step(-1)", show=False),
        Binding("v", "enter", show=False),
        Binding("slash", "seek", show=False),
        Binding("y", "copy", show=False),
    ]

    class Copied(Message):
        """The person wants this text on the clipboard."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Opened(Message):
        """The person wants to see what was pointed at: see `blocks.target`."""

        def __init__(self, target: str) -> None:
            super().__init__()
            self.target = target

    class Seeking(Message):
        """The person wants to look for something, perhaps for this."""

        def __init__(self, query: str = "") -> None:
            super().__init__()
            self.query = query

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.page = Page(PLAIN)
        """What is shown and where."""
        self._mouse, self._finder = Pointer(self.page), Finder(self.page)
        self._marks = Marks(self.page, self._mouse, self._finder)
        self._touched: set[str] = set()
        self._timer: Timer | None = None
        self._painted_at = 0.0
        self._frame = Frame()

    def _look(self) -> Look:
        app = app_of(self)
        return look_of(app.current_theme.name, app.theme_variables, app.current_theme.dark)

    def show(self, blocks: Iterable[AnyBlock]) -> None:
        """Another conversation, seen from its end."""
        self.page.show(blocks)
        self._touched.clear()
        self._mouse.forget()
        self._marks.cursor, self._finder.place = "", None
        self._paint()

    def append(self, block: AnyBlock) -> None:
        """One more block; painted with the next frame."""
        self.page.append(block)
        self._later()

    def touch(self, block_id: str) -> None:
        """A block changed; painted with the next frame."""
        self._touched.add(block_id)
        self._later()

    def drop_from(self, block_id: str) -> None:
        """Take back a block and all after it."""
        if (index := self.page.index_of(block_id)) is not None:
            self.page.drop_from(index)
            self._mouse.forget()
            self._later()

    def find(self, query: str, step: int = 0) -> tuple[int, int]:
        """Show the next place of a text (1), the one before (-1), or the nearest (0); returns
        which one of how many. An empty text takes the marks away."""
        which = self._finder.go(query, step)
        if place := self._finder.place:
            row = self.page.row_of(self.page.index_of(place[0]) or 0) + place[1]
            if not self.page.top <= row < self.page.top + self.size.height:
                self._show_row(row - self.size.height // 3)
        self._paint()
        return which

    def _later(self) -> None:
        """Paint soon, at most every FRAME seconds."""
        if self._timer is None and self.is_mounted:
            delay = max(0.001, FRAME - (monotonic() - self._painted_at))
            self._timer = self.set_timer(delay, self._flush)

    def _flush(self) -> None:
        self._timer = None
        page = self.page
        for block_id in self._touched:
            if (index := page.index_of(block_id)) is not None:
                page.touch(index)
        self._touched.clear()
        self._paint()

    def _paint(self) -> None:
        """Work out the frame and mark the cells that differ from the last one."""
        if not self.size.width:
            return
        page = self.page
        page.settle()
        self._painted_at = monotonic()
        rows = [self._marks.row(y) for y in range(self.size.height)]
        regions = self._frame.update(rows, thumb(page), self.rich_style, self.size.width)
        if regions:
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        """One row for Textual: the frame's, with the scroll bar."""
        return self._frame.strip(y, self.size.width, self.rich_style, self.page.look.faint)

    def notify_style_update(self) -> None:
        """Other colours: draw anew what is in view."""
        super().notify_style_update()
        if self.size:
            self._restyle()

    def on_resize(self, event: events.Resize) -> None:
        """Another size: what stood at the top stays there."""
        self._restyle()

    def _restyle(self) -> None:
        self._mouse.forget()
        self._frame.clear()
        width = max(10, self.size.width - 1)
        self.page.resize(width, self.size.height, self._look())
        self._paint()
        self.refresh()

    def action_rows(self, rows: int) -> None:
        """Some rows up or down."""
        self._show_row(self.page.top + rows)

    def action_pages(self, pages: int) -> None:
        """A screenful, less two rows to hold on to."""
        self._show_row(self.page.top + pages * max(1, self.size.height - 2))

    def action_edge(self, where: str) -> None:
        """The first row ("home"), or the last and stay there."""
        if where == "home":
            self._show_row(0)
        else:
            self.page.sticks = True
            self._paint()

    def _show_row(self, top: int) -> None:
        self.page.scroll_to(top)
        self._paint()

    def _go_to(self, index: int) -> None:
        self._marks.cursor = self.page.blocks[index].id
        self._show_row(self.page.row_of(index) - self.size.height // 3)

    def action_step(self, step: int) -> None:
        """To the next or last place of what is looked for, else of the blocks that can be
        folded."""
        page = self.page
        if self._finder.query:
            self.find(self._finder.query, step)
            return
        here = page.index_of(self._marks.cursor)
        index = page.foldable(len(page.blocks) if here is None else here, step)
        if index is not None:
            self._go_to(index)

    def action_enter(self) -> None:
        """See the file or the sub-agent of the block under the cursor."""
        index = self.page.index_of(self._marks.cursor)
        if index is not None and (target := target_of_block(self.page.blocks[index])):
            self.post_message(self.Opened(target))

    def action_seek(self) -> None:
        """Look for something."""
        self.post_message(self.Seeking())

    def action_fold(self) -> None:
        """Fold the block under the cursor open or shut."""
        if (index := self.page.index_of(self._marks.cursor)) is not None:
            self._toggle(index)

    def go_to(self, block_id: str) -> None:
        """Bring a block into view."""
        if (index := self.page.index_of(block_id)) is not None:
            self._go_to(index)

    def fold_all(self, opened: bool | None) -> None:
        """Open or shut the details of everything; None does what is not the case now."""
        foldable = [block for block in self.page.blocks if can_fold(block)]
        if opened is None:
            opened = not all(map(is_open, foldable))
        for block in foldable:
            block.opened = opened
        self.redraw()

    def redraw(self) -> None:
        """Everything may look different."""
        self.page.redraw()
        self._paint()

    def _toggle(self, index: int) -> None:
        block = self.page.blocks[index]
        if can_fold(block):
            block.opened = not is_open(block)
            self.page.touch(index)
            self._show_row(self.page.top)

    @on(events.MouseScrollDown)
    def _wheel_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.action_rows(_WHEEL)

    @on(events.MouseScrollUp)
    def _wheel_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.action_rows(-_WHEEL)

    @on(events.MouseDown)
    def _mouse_down(self, event: events.MouseDown) -> None:
        if event.button == 1:
            self.capture_mouse()
            self._mouse.down(event.x, event.y)
            self._paint()

    @on(events.MouseMove)
    def _mouse_move(self, event: events.MouseMove) -> None:
        if app_of(self).mouse_captured is self:
            self._mouse.move(event.x, event.y)
            self._paint()

    @on(events.MouseUp)
    def _mouse_up(self, event: events.MouseUp) -> None:
        if app_of(self).mouse_captured is not self:
            return
        self.release_mouse()
        point = self._mouse.up()
        if self._mouse.selection:
            self.action_copy()
        elif point:
            self._click(point)
        self._paint()

    def _click(self, point: Point) -> None:
        link, target = self._mouse.link(point)
        if link:
            app_of(self).open_url(link)
        elif target:
            self.post_message(self.Opened(target))
        else:
            block = self.page.blocks[point.block]
            if point.row == block.gap or not is_open(block):
                self._toggle(point.block)

    def action_copy(self) -> None:
        """Hand over what is selected, or the last answer."""
        if text := copied(self.page, self._mouse.selection):
            self.post_message(self.Copied(text))
