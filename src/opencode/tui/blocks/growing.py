"""Markdown that is still being written: settled blocks are drawn once, the open end again."""

from itertools import accumulate, pairwise

from markdown_it.tree import SyntaxTreeNode

from opencode.tui.blocks.markdown import code_block, draw_items, draw_node, is_loose, parsed
from opencode.tui.looks.lines import BLANK, Line, indent
from opencode.tui.looks.look import Look
from opencode.tui.looks.text import clean

_LONG_FENCE, _OPEN_ROWS = 48, 24
_LONG_LIST, _OPEN_ITEMS = 12, 4


class Growing:
    """Rows of a growing text. A block is settled when another one follows it; of a long fence or
    list the beginning is settled before its end is known."""

    def __init__(self, width: int, look: Look, margin: int = 0, gap: int = 0) -> None:
        self.rows: list[Line] = [BLANK] * gap
        self._width = width - 2 * margin
        self._margin = (" " * margin, look.base)
        self._look = look
        self._seen = 0
        self._tail = ""
        """What is not settled, cleaned."""
        self._lead = ""
        """The opening line of the fence whose beginning is settled."""
        self._kept = gap
        """Rows that are drawn for good."""
        self._gap = 0
        """Blank rows before the next block."""

    def feed(self, text: str) -> list[Line]:
        """The rows of the text so far; it begins with what was fed before. The list is the
        same every time."""
        self._tail += clean(text[self._seen :])
        self._seen = len(text)
        del self.rows[self._kept :]
        source = self._lead + self._tail
        nodes = parsed(source).children
        if not nodes:
            return self.rows
        starts = [0, *accumulate(map(len, source.splitlines(keepends=True)))]
        for node, following in pairwise(nodes):
            self._settle(draw_node(node, self._width, self._look))
            self._move(source, starts[_first(following)], "")
        self._end(nodes[-1], source, starts)
        return self.rows

    def _end(self, node: SyntaxTreeNode, source: str, starts: list[int]) -> None:
        """Draw the last block; settle its beginning when it is long."""
        first = _first(node)
        if node.type == "fence" and len(lines := node.content.split("\n")) > _LONG_FENCE:
            done = len(lines) - _OPEN_ROWS
            language = node.info.split()[0] if node.info.split() else ""
            head, rest = "\n".join(lines[:done]), "\n".join(lines[done:])
            self._settle(code_block(head + "\n", language, self._width, self._look), gap=0)
            opening = source[starts[first] : starts[first + 1]]
            self._move(source, starts[first + 1 + done], opening)
            self._append(code_block(rest, language, self._width, self._look))
        elif node.type in ("bullet_list", "ordered_list") and len(node.children) > _LONG_LIST:
            items, begin = node.children, int(node.attrs.get("start", 1))
            done = len(items) - _OPEN_ITEMS
            head, rest = items[:done], items[done:]
            gap = int(is_loose(node))
            self._settle(draw_items(node, head, begin, self._width, self._look), gap=gap)
            self._move(source, starts[_first(rest[0])], "")
            self._append(draw_items(node, rest, begin + done, self._width, self._look))
        else:
            self._append(draw_node(node, self._width, self._look))

    def _append(self, rows: list[Line]) -> None:
        self.rows.extend([BLANK] * self._gap)
        self.rows.extend(indent(rows, self._margin))

    def _settle(self, rows: list[Line], gap: int = 1) -> None:
        self._append(rows)
        self._kept, self._gap = len(self.rows), gap

    def _move(self, source: str, done: int, lead: str) -> None:
        self._tail, self._lead = source[done:], lead


def _first(node: SyntaxTreeNode) -> int:
    """The line of the source a block begins on."""
    return node.map[0] if node.map else 0
