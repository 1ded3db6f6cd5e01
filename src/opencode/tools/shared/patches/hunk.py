"""Lines that stay, go and come, and how they change a document at the place where they match."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

from opencode.tools.shared.editing.fold import merge, tail_of
from opencode.tools.shared.editing.indent import indent_of
from opencode.tools.shared.editing.match import Lines, Match
from opencode.tools.shared.text import Splice

Sign = Literal[" ", "-", "+"]


class Row(NamedTuple):
    """One line of a hunk: it stays, goes or comes. `instead_of` is the line it takes the place
    of, when the two stand for each other."""

    sign: Sign
    text: str
    instead_of: int = -1


def rows_between(old: Sequence[str], new: Sequence[str]) -> list[Row]:
    """The hunk that turns `old` into `new`; blank lines are alike, whatever blanks they hold."""
    rows: list[Row] = []
    before, after = ([line if line.strip() else "" for line in lines] for lines in (old, new))
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            rows += [Row(" ", line) for line in old[i1:i2]]
            continue
        rows += [Row("-", line) for line in old[i1:i2]]
        paired = i2 - i1 == j2 - j1
        rows += [Row("+", new[j], i1 + j - j1 if paired else -1) for j in range(j1, j2)]
    return rows


def splices_for(lines: Lines, rows: Sequence[Row], match: Match) -> list[Splice] | None:
    """What the hunk changes at this match; None when a new line finds no indentation there or
    the line that differs would be touched. Lines that stay keep the file's text."""
    gone, come = layout(rows, match)
    if match.drifted >= 0 and match.rows[match.drifted] in gone:
        return None
    runs = [(row, row + 1, list[str]()) for row in gone]
    for at, found in come.items():
        texts = [_fitted(row, rows, lines, match) for row in found]
        ready = [text for text in texts if text is not None]
        if len(ready) < len(texts):
            return None
        runs.append((at, at, ready))
    return [lines.splice(*run) for run in _joined(runs)]


def layout(rows: Sequence[Row], match: Match) -> tuple[set[int], dict[int, list[Row]]]:
    """The file's lines that go, and the new ones by the line they come before."""
    gone: set[int] = set()
    come: dict[int, list[Row]] = {}
    targets = iter(match.rows)
    at, was_gone = match.first, False
    for row in rows:
        if row.sign == "+":
            come.setdefault(at, []).append(row)
            continue
        if (target := next(targets)) < 0:
            continue
        if row.sign == "-":
            gone.update(range(at if was_gone else target, target + 1))
        at, was_gone = target + 1, row.sign == "-"
    return gone, come


def _fitted(row: Row, rows: Sequence[Row], lines: Lines, match: Match) -> str | None:
    """A new line as this place wants it; what it takes over keeps the file's spelling."""
    if row.instead_of < 0 or match.rows[row.instead_of] < 0:
        return match.adapt(row.text)
    old = [found.text for found in rows if found.sign != "+"][row.instead_of]
    theirs, new = lines.lines[match.rows[row.instead_of]], row.text
    if theirs.strip() != old.strip():
        new = indent_of(new) + merge(theirs.strip(), old.strip(), new.strip()) + tail_of(new)
    fitted = match.adapt(new)
    if fitted is None or tail_of(new) != tail_of(old):
        return fitted
    return fitted.rstrip() + tail_of(theirs)


def _joined(runs: list[tuple[int, int, list[str]]]) -> list[tuple[int, int, list[str]]]:
    """Runs of lines that touch become one."""
    result: list[tuple[int, int, list[str]]] = []
    for start, end, new in sorted(runs, key=lambda run: run[:2]):
        if result and result[-1][1] == start:
            result[-1] = (result[-1][0], end, result[-1][2] + new)
        else:
            result.append((start, end, new))
    return result
