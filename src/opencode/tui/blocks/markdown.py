"""Markdown as lines; a growing text is drawn in pieces, settled ones once."""

from collections.abc import Sequence
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from rich.segment import Segment
from rich.style import Style

from opencode.tui.blocks.code import highlight
from opencode.tui.blocks.target import opening, path_in
from opencode.tui.looks.lines import BLANK, Line, Span, cells_of, filled, flow, indent
from opencode.tui.looks.look import Look
from opencode.tui.looks.text import clean, fit, width_of

_FACES = {"strong": Style(bold=True), "em": Style(italic=True), "s": Style(strike=True)}


_DEEPEST = 100
"""How deep things may stand in each other, lists counted twice; beyond, text stays as written."""
_NARROWEST = 6
"""Cells a column needs; tables with less are shown row by row."""


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": True, "maxNesting": _DEEPEST + 20})
    return made.enable(["table", "strikethrough"])


@lru_cache(maxsize=1)
def _paragraphs() -> MarkdownIt:
    return MarkdownIt("zero")


def markdown(text: str, width: int, look: Look) -> list[Line]:
    """The whole text as rows of at most `width` cells."""
    return _blocks(parsed(text), width, look)


def parsed(text: str) -> SyntaxTreeNode:
    """The text as a tree that is not too deep to draw; foreign control characters are gone."""
    text = clean(text)
    try:
        tokens = _parser().parse(text)
    except RecursionError:
        tokens = []
    levels = (one.level for token in tokens for one in (token, *(token.children or ())))
    if max(levels, default=0) > _DEEPEST or (text and not text.isspace() and not tokens):
        tokens = _paragraphs().parse(text)
    return SyntaxTreeNode(tokens)


def _blocks(node: SyntaxTreeNode, width: int, look: Look) -> list[Line]:
    """The children one below the other, a blank row between them."""
    rows: list[Line] = []
    for index, child in enumerate(node.children):
        if index:
            rows.append(BLANK)
        rows.extend(draw_node(child, width, look))
    return rows


def draw_node(node: SyntaxTreeNode, width: int, look: Look) -> list[Line]:
    """One block of the tree."""
    match node.type:
        case "heading":
            return _heading(node, width, look)
        case "bullet_list" | "ordered_list":
            return _list(node, width, look)
        case "fence" | "code_block":
            language = node.info.split()[0] if node.info.split() else ""
            return code_block(node.content, language, width, look)
        case "blockquote":
            return indent(_blocks(node, width - 2, look), ("│ ", look.faint))
        case "table":
            return _table(node, width, look)
        case "hr":
            return [Line([Segment("─" * width, look.faint)])]
        case "html_block":
            return flow([(node.content.rstrip("\n"), look.muted)], width)
        case _:
            return flow(_inline(node, look, look.base), width)


def _heading(node: SyntaxTreeNode, width: int, look: Look) -> list[Line]:
    style = look.primary + Style(bold=True, underline=node.tag == "h1")
    return flow(_inline(node, look, style), width)


def code_block(text: str, language: str, width: int, look: Look) -> list[Line]:
    """Program text on its own ground."""
    rows: list[Line] = []
    for spans in highlight(text.removesuffix("\n"), look, language=language):
        rows.extend(flow(spans, max(1, width - 2)))
    return filled(indent(rows, (" ", look.base)), width, look.ground)


def _list(node: SyntaxTreeNode, width: int, look: Look) -> list[Line]:
    start = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else 0
    return draw_items(node, node.children, start, width, look)


def is_loose(node: SyntaxTreeNode) -> bool:
    """Whether a list was written with blank rows between its items."""
    return any(
        child.type == "paragraph" and not child.hidden
        for item in node.children
        for child in item.children
    )


def draw_items(
    node: SyntaxTreeNode, items: Sequence[SyntaxTreeNode], start: int, width: int, look: Look
) -> list[Line]:
    """Some of a list's items, the first with number `start`."""
    loose = is_loose(node)
    rows: list[Line] = []
    for number, item in enumerate(items):
        mark = f"{start + number}. " if node.type == "ordered_list" else "• "
        inner: list[Line] = []
        for index, child in enumerate(item.children):
            if index and loose:
                inner.append(BLANK)
            inner.extend(draw_node(child, width - len(mark), look))
        if rows and loose:
            rows.append(BLANK)
        rows.extend(_marked(inner or [BLANK], mark, look))
    return rows


def _marked(inner: list[Line], mark: str, look: Look) -> list[Line]:
    """Rows behind their mark; the mark itself is copied with the first one."""
    head, *tail = inner
    first = Line(
        [Segment(mark, look.accent), *head.segments],
        mark + " " * head.x + head.text,
        0,
    )
    return [first, *indent(tail, (" " * len(mark), look.base))]


def _table(node: SyntaxTreeNode, width: int, look: Look) -> list[Line]:
    rows = [
        [
            _inline(cell, look, look.strong if part.type == "thead" else look.base)
            for cell in row.children
        ]
        for part in node.children
        for row in part.children
    ]
    return grid(rows, width, look)


def grid(rows: list[list[list[Span]]], width: int, look: Look) -> list[Line]:
    """Cells in columns, the first row as heading; cells wrap when the columns must shrink, and
    where they would hold hardly a word, every row is a list of its own."""
    count = max((len(row) for row in rows), default=0)
    if not count:
        return []
    sizes = [
        max((width_of("".join(t for t, _ in row[c])) for row in rows if c < len(row)), default=1)
        for c in range(count)
    ]
    room = max(count, width - 3 * (count - 1))
    if sum(sizes) > room and room < _NARROWEST * count:
        return _records(rows, width, look)
    while sum(sizes) > room:
        widest = sizes.index(max(sizes))
        sizes[widest] -= max(1, min(sum(sizes) - room, sizes[widest] - _second(sizes)))
    out: list[Line] = []
    for number, row in enumerate(rows):
        cells = [flow(row[c] if c < len(row) else [], max(1, sizes[c])) for c in range(count)]
        for depth in range(max(map(len, cells))):
            out.append(
                _grid_row([c[depth] if depth < len(c) else BLANK for c in cells], sizes, look)
            )
        if not number:
            out.append(Line([Segment("─┼─".join("─" * size for size in sizes), look.faint)]))
    return out


def _records(rows: list[list[list[Span]]], width: int, look: Look) -> list[Line]:
    out: list[Line] = []
    for row in rows[1:] or rows:
        for head, cell in zip(rows[0], row, strict=False):
            out.extend(flow([*head, (": ", look.faint), *cell] if rows[1:] else head, width))
        out.append(BLANK)
    return out[:-1]


def _second(sizes: list[int]) -> int:
    return sorted(sizes)[-2] if len(sizes) > 1 else 0


def _grid_row(cells: list[Line], sizes: list[int], look: Look) -> Line:
    segments: list[Segment] = []
    for index, (cell, size) in enumerate(zip(cells, sizes, strict=True)):
        if index:
            segments.append(Segment(" │ ", look.faint))
        segments.extend(cell.segments)
        segments.append(Segment(" " * max(0, size - cells_of(cell)), look.base))
    return Line(segments, "".join(segment.text for segment in segments).rstrip())


def _inline(node: SyntaxTreeNode, look: Look, style: Style) -> list[Span]:
    spans: list[Span] = []
    for child in node.children:
        spans.extend(_inline_one(child, look, style))
    return spans


def _inline_one(node: SyntaxTreeNode, look: Look, style: Style) -> list[Span]:
    match node.type:
        case "text" | "html_inline":
            return [(node.content, style)]
        case "code_inline":
            return [(node.content, style + look.code + opening(path_in(node.content)))]
        case "softbreak" | "hardbreak":
            return [("\n", style)]
        case "link":
            link = Style(link=str(node.attrs.get("href", "")))
            return _inline(node, look, style + look.link + link)
        case "image":
            return [(f"[{node.content or fit(str(node.attrs.get('src', '')), 60)}]", look.link)]
        case kind:
            return _inline(node, look, style + _FACES.get(kind, Style.null()))
