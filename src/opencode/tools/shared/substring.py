"""Parts of lines: where they stand in a text, and how new text goes in their stead."""

import re
from collections.abc import Iterator

from opencode.core.error import ToolError
from opencode.tools.shared.fold import fold, merge
from opencode.tools.shared.indent import indent_of
from opencode.tools.shared.match import Lines
from opencode.tools.shared.text import Splice

Hit = tuple[int, int]
"""Start and end in the text."""

_CLUSTER = re.compile(r".[\u0300-\u036f]*", re.DOTALL)
_SHORTEST = 3
"""Visible characters a text must have to be looked for without its edge blanks."""


def exact_hits(text: str, old: str) -> list[Hit]:
    """Every place of `old`, overlapping ones too."""
    return list(_finds(text, old))


def _finds(text: str, old: str) -> Iterator[Hit]:
    start = text.find(old)
    while start >= 0:
        yield start, start + len(old)
        start = text.find(old, start + 1)


def folded_hits(lines: Lines, old: str) -> list[Hit]:
    """Every place of `old` when look-alike characters count as equal."""
    wanted = fold(old)
    keys = lines.keys(fold)
    if not wanted.strip() or (wanted == old and all(map(str.isascii, lines.lines))):
        return []
    text = "\n".join(keys)
    hits: list[Hit] = []
    starts = [0]
    for key in keys:
        starts.append(starts[-1] + len(key) + 1)
    row = 0
    for start, end in _finds(text, wanted):
        while starts[row + 1] <= start:
            row += 1
        last = row
        while starts[last + 1] < end:
            last += 1
        first = _unfolded(lines.lines[row], start - starts[row], late=True)
        after = _unfolded(lines.lines[last], end - starts[last], late=False)
        if first is not None and after is not None:
            hits.append((lines.start_of(row) + first, lines.start_of(last) + after))
    return hits


def _unfolded(line: str, column: int, *, late: bool) -> int | None:
    """Where in a line its folded form's `column` is; None inside of a character."""
    if line.isascii():
        return column
    found, folded, offset = None, 0, 0
    for cluster in [*_CLUSTER.findall(line), ""]:
        if folded == column and (late or found is None):
            found = offset
        folded += len(fold(cluster))
        offset += len(cluster)
    return found if found is not None or column <= folded else len(line) + column - folded


def trimmed_hits(text: str, old: str, new: str) -> list[Hit]:
    """Places of one line's part when the blanks at its edges differ; where blanks were asked
    for there must be a blank or the line's edge."""
    core = old.strip()
    if (
        core == old
        or len(core) < _SHORTEST
        or "\n" in core
        or not new.strip()
        or "\n" in new.strip()
    ):
        return []
    led, trailed = old[0].isspace(), old[-1].isspace()
    return [
        (start, end)
        for start, end in _finds(text, core)
        if (not led or text[start - 1 : start].isspace() or not start)
        and (not trailed or text[end : end + 1].isspace() or end == len(text))
    ]


def splice_at(text: str, hit: Hit, old: str, new: str) -> Splice:
    """`new` in place of the hit. Where the model saw less indentation than the line has, its
    further lines are moved in by what is missing."""
    start, end = hit
    theirs = text[start:end]
    lead = text[text.rfind("\n", 0, start) + 1 : start]
    if lead and not lead.strip():
        if indent_of(old):
            new = _moved(lead, old, new, text.count("\n", 0, start) + 1)
        elif "\n" not in old and _is_relative(lead, new):
            new = _moved_in(lead, new)
    return Splice(start, end, new if theirs == old else merge(theirs, old, new))


def _is_relative(lead: str, new: str) -> bool:
    """Whether new lines are meant from where the old one starts: taken from the margin a block
    would be opened and nothing stand in it."""
    filled = [line for line in new.split("\n") if line.strip()]
    if any(line.startswith(lead) for line in filled):
        return False
    depths = [lead, *(indent_of(line) for line in filled[1:])]
    return any(
        line.rstrip()[-1] in ":{(["
        and indent_of(following)
        and len(depth) >= len(indent_of(following))
        for line, following, depth in zip(filled, filled[1:], depths, strict=False)
    )


def _moved(lead: str, old: str, new: str, line: int) -> str:
    before, after = old.split("\n"), new.split("\n")
    if list(map(indent_of, before)) == list(map(indent_of, after)):
        return new
    if len(list(filter(str.strip, before))) > 1:
        raise ToolError(
            f"old_string stands in line {line}, indented otherwise than its further lines. "
            "Quote the first line with all of its indentation."
        )
    return _moved_in(lead, new)


def _moved_in(lead: str, new: str) -> str:
    first, *further = new.split("\n")
    return "\n".join([first, *(lead + line if line.strip() else line for line in further)])
