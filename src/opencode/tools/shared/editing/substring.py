"""Parts of lines: where they stand in a text, and how new text goes in their stead."""

import re
from collections.abc import Iterator

from opencode.core.error import ToolError
from opencode.tools.shared.editing.fold import fold, merge
from opencode.tools.shared.editing.indent import indent_of
from opencode.tools.shared.editing.match import Lines
from opencode.tools.shared.text import Splice

Hit = tuple[int, int]
"""Start and end in the text."""

_CLUSTER = re.compile(r".[\u0300-\u036f]*", re.DOTALL)
_OUTER = re.compile(
    r"[ \t]*(?:[)}\]<#@]|(?:else|elif|elsif|except|finally|catch|rescue|ensure|case|default|when|"
    r"end|fi|done|esac|def|class|func|function|fn|pub|export|public|private)\b)"
)
"""What often stands further out than the line before it."""
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
        number = text.count("\n", 0, start) + 1
        if indent_of(old):
            new = _moved(lead, old, new, number)
        elif "\n" in old:
            start, new = _kept_as_first(start, lead, old, new)
        elif "\n" in new and text[end : end + 1] in ("", "\n"):
            new = _from_first_letter(lead, old, new, number)
    return Splice(start, end, new if theirs == old else merge(theirs, old, new))


def _kept_as_first(start: int, lead: str, old: str, new: str) -> tuple[int, str]:
    """Where only the first lines of a block go, the one that is first then keeps its
    indentation, although both texts begin with the first letter of their lines."""
    before, after = old.split("\n"), new.split("\n")
    depths = {indent_of(line) for line in before[1:] if line.strip() == after[0] != ""}
    if after[0] == before[0] or len(depths) != 1 or len(after) < 2:
        return start, new
    depth = depths.pop()
    if after[1] not in before or not after[1].strip() or indent_of(after[1]) != depth:
        return start, new  # taken out of its block
    return start - len(lead), depth + new


def _from_first_letter(lead: str, old: str, new: str, line: int) -> str:
    """New lines in place of the visible part of one line: do they count their indentation from
    the margin or from where that line starts? ToolError when nothing tells."""
    filled = [found for found in new.split("\n") if found.strip()]
    deeper = indent_of(filled[1]) if len(filled) > 1 else ""
    if deeper and _opens(filled[0]):
        return new if len(deeper) > len(lead) else _moved_in(lead, new)
    if any(found.startswith(lead) for found in filled[1:]):
        return new
    if old in filled[1:]:
        return _moved_in(lead, new)
    following = new.split("\n")[1]
    if not following.strip() or _OUTER.match(following):
        return new
    raise ToolError(
        f"old_string stands in line {line}, which is indented, but the further lines of new_string "
        "are not. Quote the whole line and give new_string the indentation it shall have."
    )


def _opens(line: str) -> bool:
    return line.rstrip()[-1] in ":{(["


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
