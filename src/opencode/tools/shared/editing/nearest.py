"""What to tell a model whose text is not in the file: the nearest lines and how they differ."""

from collections import Counter
from collections.abc import Sequence
from difflib import ndiff

from opencode.tools.shared.editing.match import Lines

_SHOWN = 24
_WIDTH = 200
_COMMON = 200
"""Lines that occur more often say nothing about where a block stands."""


def explain(lines: Lines, old: Sequence[str]) -> str:
    """The nearest place with a small diff, or what is known when nothing is near."""
    wanted = list(old)
    while wanted and not wanted[-1].strip():
        wanted.pop()
    while wanted and not wanted[0].strip():
        wanted.pop(0)
    start = _best_start(lines, wanted) if wanted else None
    if start is None:
        return "Nothing in it is near; read the file again."
    theirs = lines.lines[start : start + len(wanted)]
    where = f"line {start + 1}" if len(theirs) == 1 else f"lines {start + 1}-{start + len(theirs)}"
    if [line.strip() for line in theirs] == [line.strip() for line in wanted]:
        where += ", where the same words are indented otherwise"
    changes = [line for line in ndiff(wanted[:100], theirs[:100]) if line[0] in "-+ "]
    shown = [line[:_WIDTH] for line in changes[:_SHOWN]]
    if len(changes) > _SHOWN:
        shown.append(f"… {len(changes) - _SHOWN} more lines")
    return f"Nearest: {where} (- yours, + the file):\n" + "\n".join(shown)


def _best_start(lines: Lines, wanted: Sequence[str]) -> int | None:
    keys = lines.keys(str.strip)
    votes = _votes(keys, [line.strip() for line in wanted])
    if not votes:
        return _by_words(keys, max((line.strip() for line in wanted), key=len), wanted)
    start = max(votes, key=lambda found: (votes[found], -found))
    return max(0, min(start, len(keys) - 1))


def _votes(keys: Sequence[str], wanted: Sequence[str]) -> Counter[int]:
    where: dict[str, list[int]] = {line: [] for line in wanted if len(line) > 2}
    for row, key in enumerate(keys):
        if key in where:
            where[key].append(row)
    votes: Counter[int] = Counter()
    for k, line in enumerate(wanted):
        rows = where.get(line, [])
        if len(rows) <= _COMMON:
            votes.update({row - k: len(line) for row in rows if row >= k})
    return votes


def _by_words(keys: Sequence[str], line: str, wanted: Sequence[str]) -> int | None:
    """The line that shares most words with the longest one asked for."""
    words = set(_words(line))
    best, start = 0.0, None
    for row, key in enumerate(keys):
        shared = words.intersection(found := _words(key))
        score = sum(map(len, shared)) / (1 + len(found))
        if len(shared) * 2 > len(words) / 2 and score > best:
            best, start = score, row
    if start is None:
        return None
    return max(0, start - [found.strip() for found in wanted].index(line))


def _words(line: str) -> list[str]:
    return "".join(c if c.isalnum() or c == "_" else " " for c in line).split()
