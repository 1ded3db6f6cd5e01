"""How tall the blocks are together: prefix sums that change in a few steps, however many."""


class Heights:
    """A Fenwick tree over rows: append, change, drop at the end, find the block of a row."""

    def __init__(self) -> None:
        self._heights: list[int] = []
        self._tree: list[int] = [0]

    def __len__(self) -> int:
        return len(self._heights)

    def __getitem__(self, index: int) -> int:
        return self._heights[index]

    @property
    def total(self) -> int:
        """Rows of all blocks."""
        return self.top(len(self._heights))

    def append(self, height: int) -> None:
        """One more block at the end."""
        self._heights.append(height)
        at = len(self._heights)
        below = self.top(at - 1) - self.top(at - (at & -at))
        self._tree.append(below + height)

    def drop(self, count: int) -> None:
        """Forget the last `count` blocks."""
        if count:
            del self._heights[-count:]
            del self._tree[-count:]

    def change(self, index: int, height: int) -> int:
        """Give a block another height; returns by how much it grew."""
        grown = height - self._heights[index]
        if grown:
            self._heights[index] = height
            at = index + 1
            while at < len(self._tree):
                self._tree[at] += grown
                at += at & -at
        return grown

    def top(self, index: int) -> int:
        """The first row of a block: the heights of all before it."""
        rows = 0
        while index:
            rows += self._tree[index]
            index -= index & -index
        return rows

    def find(self, row: int) -> int:
        """The block that holds a row; the last one for rows beyond the end."""
        at = 0
        step = 1 << (len(self._heights).bit_length() - 1) if self._heights else 0
        while step:
            if at + step < len(self._tree) and self._tree[at + step] <= row:
                at += step
                row -= self._tree[at]
            step >>= 1
        return min(at, len(self._heights) - 1)
