"""Which rows of which blocks stand in the viewport; draws only those, guesses the rest."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from opencode.tui.blocks.block import AnswerBlock, AnyBlock, NoticeBlock, can_fold, guessed
from opencode.tui.looks.lines import BLANK, Line
from opencode.tui.looks.look import Look
from opencode.tui.widgets.heights import Heights

if TYPE_CHECKING:
    from opencode.tui.blocks.growing import Growing

_KEPT = 256
"""Blocks whose rows are kept besides those in view."""

Greet = Callable[[int, Look], list[Line]]
"""The rows for a conversation without a word, at most so many cells wide."""

_AHEAD = 4
"""Free rows a growing text is given at once."""


class Page:
    """A viewport over blocks. A guess that proves wrong never moves what is in view, and the view
    stays where the person put it: at the end (`sticks`) or at a row (`top`)."""

    def __init__(self, look: Look) -> None:
        self.blocks: list[AnyBlock] = []
        self.top = 0
        self.sticks = True
        self.width = 80
        self.height = 24
        self.look = look
        self.greet: Greet | None = None
        """What stands in the middle while nothing was said, where there is room for it."""
        self._greeting: dict[int, Line] = {}
        self._heights = Heights()
        self._index: dict[str, int] = {}
        self._rows: OrderedDict[int, list[Line]] = OrderedDict()
        self._measured: set[int] = set()
        self._growing: dict[int, Growing] = {}

    @property
    def total(self) -> int:
        """Rows of all blocks, some of them guessed."""
        return self._heights.total

    @property
    def end(self) -> int:
        """The furthest `top`."""
        return max(0, self.total - self.height)

    @property
    def greets(self) -> bool:
        """Whether the greeting is in view."""
        return bool(self._greeting)

    def show(self, blocks: Iterable[AnyBlock]) -> None:
        """Other blocks altogether, seen from their end."""
        self.blocks, self._index, self._heights = [], {}, Heights()
        self._forget()
        self.top, self.sticks = 0, True
        for block in blocks:
            self.append(block)

    def append(self, block: AnyBlock) -> None:
        """One more block at the end."""
        self._index[block.id] = len(self.blocks)
        self.blocks.append(block)
        self._heights.append(guessed(block, self.width))

    def index_of(self, block_id: str) -> int | None:
        """Where a block stands."""
        return self._index.get(block_id)

    def foldable(self, index: int, step: int) -> int | None:
        """The next block after `index` that can be folded, downwards (1) or upwards (-1)."""
        end = len(self.blocks) if step > 0 else -1
        return next((n for n in range(index + step, end, step) if can_fold(self.blocks[n])), None)

    def drop_from(self, index: int) -> None:
        """Take back the blocks from `index` on."""
        for block in self.blocks[index:]:
            del self._index[block.id]
        for gone in range(index, len(self.blocks)):
            self._rows.pop(gone, None)
            self._growing.pop(gone, None)
            self._measured.discard(gone)
        self._heights.drop(len(self.blocks) - index)
        del self.blocks[index:]

    def touch(self, index: int) -> None:
        """The block changed: measure it again; rows in view stay where they are."""
        self._rows.pop(index, None)
        block = self.blocks[index]
        if not block.live:
            self._growing.pop(index, None)
        if index in self._measured:
            above = self._heights.top(index) + self._heights[index] <= self.top
            in_view = self._heights.top(index) < self.top + self.height
            if not (above or in_view or self.sticks):
                self._measured.discard(index)
                return
            grown = self._heights.change(index, len(self.rows(index)))
            self.top += grown if above else 0

    def redraw(self) -> None:
        """All blocks may have changed: guess again, draw what comes into view."""
        width, self.width = self.width, 0
        self.resize(width, self.height, self.look)

    def resize(self, width: int, height: int, look: Look) -> None:
        """Another size or look; what stood at the top stays there."""
        anchor = self.at(self.top)
        self.height = height
        if width == self.width and look == self.look:
            return
        self.width, self.look = width, look
        self._forget()
        self._heights = Heights()
        for block in self.blocks:
            self._heights.append(guessed(block, width))
        if anchor and not self.sticks:
            index, row = anchor
            self.top = self._heights.top(index)
            self._measure(index)
            self.top = self._heights.top(index) + min(row, self._heights[index] - 1)

    def scroll_to(self, top: int) -> None:
        """Put a row at the top; the end is where it sticks."""
        self.sticks = False
        self.top = top
        self.settle()
        self.sticks = self.top >= self.end

    def settle(self) -> None:
        """Draw what is in view and put right what was guessed about it."""
        self._settle()
        self._greeting = self._greeted()

    def _settle(self) -> None:
        if self.sticks:
            index, rows = len(self.blocks) - 1, 0
            while index >= 0 and rows < self.height:
                self._measure(index)
                rows += self._heights[index]
                index -= 1
            self._follow()
            return
        for _ in range(8):
            self.top = min(max(0, self.top), self.end)
            top = self.top
            index = self._heights.find(top) if self.blocks else 0
            below = self._heights.top(index)
            while index < len(self.blocks) and below < self.top + self.height:
                self._measure(index)
                below += self._heights[index]
                index += 1
            if top == self.top == min(max(0, self.top), self.end):
                return

    def _greeted(self) -> dict[int, Line]:
        """The greeting by rows of the view; notices above it are not yet a conversation."""
        if not self.greet or not all(isinstance(block, NoticeBlock) for block in self.blocks):
            return {}
        lines = self.greet(self.width, self.look)
        first = max(self.total + 1, (self.height - len(lines)) // 2)
        return dict(enumerate(lines, first)) if first + len(lines) <= self.height else {}

    def _follow(self) -> None:
        """Keep the end in view. A growing text gets some rows in advance, so that the whole view
        moves (and is written to the terminal) once in a few rows."""
        free = self.top + self.height - self.total
        if free < 0 and self.blocks and self.blocks[-1].live:
            self.top = self.end + min(_AHEAD, self.height // 4)
        elif not 0 <= free <= _AHEAD:
            self.top = self.end

    def at(self, row: int) -> tuple[int, int] | None:
        """The block at a row of the whole, and the row within it; None beyond the end."""
        if not self.blocks or not 0 <= row < self.total:
            return None
        index = self._heights.find(row)
        return index, row - self._heights.top(index)

    def row_of(self, index: int) -> int:
        """The first row of a block."""
        return self._heights.top(index)

    def line(self, y: int) -> Line:
        """The line in row `y` of the viewport."""
        if (place := self.at(self.top + y)) is None:
            return self._greeting.get(y, BLANK)
        rows = self.rows(place[0])
        return rows[place[1]] if place[1] < len(rows) else BLANK

    def rows(self, index: int) -> list[Line]:
        """The rows of a block, drawn or kept."""
        if (kept := self._rows.get(index)) is not None:
            self._rows.move_to_end(index)
            return kept
        rows = self._draw(index)
        self._rows[index] = rows
        while len(self._rows) > _KEPT + self.height:
            self._rows.popitem(last=False)
        return rows

    def _draw(self, index: int) -> list[Line]:
        # Drawing needs the markdown and highlighting libraries, the first screen does not.
        from opencode.tui.blocks.draw import MARGIN, draw  # noqa: PLC0415
        from opencode.tui.blocks.growing import Growing  # noqa: PLC0415

        block = self.blocks[index]
        if isinstance(block, AnswerBlock) and block.live:
            if index not in self._growing:
                self._growing[index] = Growing(self.width, self.look, MARGIN, block.gap)
            return self._growing[index].feed(block.text)
        return draw(block, self.width, self.look)

    def _measure(self, index: int) -> None:
        """Replace the guess; a block that begins above the view grows upwards."""
        if index in self._measured:
            return
        self._measured.add(index)
        begins_above = self._heights.top(index) < self.top
        grown = self._heights.change(index, len(self.rows(index)))
        self.top += grown if begins_above else 0

    def _forget(self) -> None:
        self._rows.clear()
        self._measured.clear()
        self._growing.clear()
