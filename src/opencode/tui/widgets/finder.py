"""Where in the conversation a text stands: from one place to the next, whatever is folded."""

from opencode.tui.blocks.block import can_fold, is_open, source
from opencode.tui.widgets.page import Page


class Finder:
    """Walks through the places; a folded block that holds the text is opened when it is
    reached. Case counts for nothing."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.query = ""
        self.place: tuple[str, int] | None = None
        """The block's id and the row within it that was found last."""

    def clear(self) -> None:
        """Look for nothing."""
        self.query, self.place = "", None

    def go(self, query: str, step: int) -> tuple[int, int]:
        """Find the next place (1) or the one before (-1), round and round; with 0 the nearest
        one upwards from the end of the view. Returns which one of how many; (0, 0) for none."""
        if query.casefold() != self.query:
            self.query, self.place = query.casefold(), None
        counts = self._counts()
        if not sum(counts):
            self.place = None
            return 0, 0
        index, row = self._here(step)
        step = step or -1
        for _ in range(len(counts) + 1):
            if counts[index] and (found := self._row_in(index, row, step)) is not None:
                self.place = self._page.blocks[index].id, found
                above = (row.text for row in self._page.rows(index)[:found])
                nth = 1 + sum(text.casefold().count(self.query) for text in above)
                return sum(counts[:index]) + min(nth, counts[index]), sum(counts)
            index = (index + step) % len(counts)
            row = -1 if step > 0 else 1_000_000_000
        return 0, sum(counts)

    def _counts(self) -> list[int]:
        """How often the text stands in each block."""
        if not self.query:
            return []
        return [source(block).casefold().count(self.query) for block in self._page.blocks]

    def _here(self, step: int) -> tuple[int, int]:
        """Where to go on from: the place found last, else an end of what is in view."""
        page = self._page
        if self.place and (index := page.index_of(self.place[0])) is not None:
            return index, self.place[1] + (0 if step else 1)
        edge = page.top - 1 if step > 0 else page.top + page.height
        place = page.at(min(max(0, edge), max(0, page.total - 1)))
        return place or (0, 0)

    def _row_in(self, index: int, row: int, step: int) -> int | None:
        """The next row of a block that shows the text; the block's first when none does (a wrap
        tears it apart). None when all are passed."""
        block = self._page.blocks[index]
        rows = self._showing(index)
        if not rows and can_fold(block) and not is_open(block):
            block.opened = True
            self._page.touch(index)
            rows = self._showing(index)
        rows = rows or [block.gap]
        ahead = [n for n in rows if (n > row if step > 0 else n < row)]
        return ahead[0 if step > 0 else -1] if ahead else None

    def _showing(self, index: int) -> list[int]:
        rows = enumerate(self._page.rows(index))
        return [n for n, row in rows if self.query in row.text.casefold()]
