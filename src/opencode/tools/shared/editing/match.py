"""Where lines of a model's text stand in a file: every place, in steps of rising tolerance."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import accumulate

from opencode.tools.shared.editing.fold import fold, literals, tokens
from opencode.tools.shared.editing.indent import Adapt, fit, indent_of, unit_of
from opencode.tools.shared.text import Document, Splice

_DRIFT_LINES = 5
_DRIFT_RATIO = 0.55


@dataclass(frozen=True)
class Match:
    """One place. `rows[k]` is the file's line for the k-th line asked for, -1 when a blank line
    has none; `adapt` re-indents new lines for this place."""

    rows: tuple[int, ...]
    adapt: Adapt
    drifted: int = -1
    """The one line whose text differs; it must stay as it is in the file."""

    @property
    def first(self) -> int:
        return min(row for row in self.rows if row >= 0)

    @property
    def last(self) -> int:
        return max(self.rows)


@dataclass(frozen=True)
class Step:
    """One degree of tolerance: which lines count as equal."""

    note: str
    key: Callable[[str], str]
    blanks: bool = False
    """Blank lines do not count."""
    drift: bool = False
    """One line in the middle of a longer block may have other words."""

    @property
    def loose(self) -> bool:
        """Too tolerant to be trusted with several places at once."""
        return self.blanks or self.drift or self.key is tokens


def _rstrip(line: str) -> str:
    return line.rstrip()


def _strip(line: str) -> str:
    return line.strip()


def _folded(line: str) -> str:
    return fold(line).strip()


EXACT = Step("", lambda line: line)
TRAILING = Step("ignoring trailing blanks", _rstrip)
INDENT = Step("ignoring how deep it is indented", _strip)
FOLDED = Step("taking look-alike quotes, dashes and blanks as equal", _folded)
BLANK_LINES = Step("ignoring blank lines", _folded, blanks=True)
INNER = Step("ignoring blanks between tokens", tokens)
DRIFT = Step("although one line in the middle differs (it was kept)", _strip, drift=True)


class Lines:
    """The lines of a file, with what the steps compute from them kept for the next search."""

    def __init__(self, document: Document) -> None:
        self.lines = document.lines
        self.unit = unit_of(self.lines)
        self._text = document.text
        self._starts = list(accumulate((len(line) + 1 for line in self.lines), initial=0))
        self._keys: dict[Callable[[str], str], list[str]] = {}

    def splice(self, first: int, after: int, new: Sequence[str]) -> Splice:
        """Replace the lines from `first` up to `after` (none when equal) by `new`; whether the
        file ends in a line end stays as it is."""
        size, closed = len(self._text), self._text.endswith("\n") or not self._text
        start, end = self._starts[first], min(self._starts[after], size)
        if first < after and new:
            return Splice(start, self._starts[after] - 1, "\n".join(new))
        if first < after:
            return Splice(
                start if closed or after < len(self.lines) else max(start - 1, 0), end, ""
            )
        if first < len(self.lines) or closed:
            return Splice(end, end, "".join(line + "\n" for line in new))
        return Splice(size, size, "".join("\n" + line for line in new))

    def row_at(self, offset: int) -> int:
        """The line (from 0) that holds this offset of the text."""
        return max(bisect_right(self._starts, offset) - 1, 0)

    def start_of(self, row: int) -> int:
        """Where a line begins in the text."""
        return self._starts[row]

    def keys(self, key: Callable[[str], str]) -> list[str]:
        """What each line is compared by."""
        if key not in self._keys:
            self._keys[key] = [key(line) for line in self.lines]
        return self._keys[key]

    def find(self, old: Sequence[str], written: Sequence[str], step: Step) -> list[Match]:
        """Every place of `old`; `written` is all of the model's text, for its indentation."""
        if not any(line.strip() for line in old):
            return []
        if step.drift:
            places = self._drifted(old, step.key)
        elif step.blanks:
            places = ((rows, -1) for rows in self._without_blanks(old, step.key))
        else:
            places = ((rows, -1) for rows in self._windows(old, step.key))
        found: list[Match] = []
        for rows, drifted in places:
            pairs = [
                (indent_of(line), indent_of(self.lines[row]))
                for line, row in zip(old, rows, strict=True)
                if row >= 0 and line.strip()
            ]
            adapt = fit(pairs, self.unit, [*old, *written])
            if adapt is not None:
                found.append(Match(rows, adapt, drifted))
        return found

    def _windows(self, old: Sequence[str], key: Callable[[str], str]) -> Iterator[tuple[int, ...]]:
        wanted = [key(line) for line in old]
        for start in _starts(self.keys(key), wanted):
            yield tuple(range(start, start + len(wanted)))

    def _without_blanks(
        self, old: Sequence[str], key: Callable[[str], str]
    ) -> Iterator[tuple[int, ...]]:
        keys = self.keys(key)
        filled = [row for row, found in enumerate(keys) if found]
        wanted = [(k, key(line)) for k, line in enumerate(old) if line.strip()]
        for start in _starts([keys[row] for row in filled], [text for _, text in wanted]):
            rows = [-1] * len(old)
            for offset, (k, _) in enumerate(wanted):
                rows[k] = filled[start + offset]
            yield _with_blanks(rows, keys)

    def _drifted(
        self, old: Sequence[str], key: Callable[[str], str]
    ) -> Iterator[tuple[tuple[int, ...], int]]:
        wanted, keys = [key(line) for line in old], self.keys(key)
        size = len(wanted)
        if sum(map(bool, wanted)) < _DRIFT_LINES:
            return
        middle = range(1, size - 1)
        for start in range(len(keys) - size + 1):
            if keys[start] != wanted[0] or keys[start + size - 1] != wanted[-1]:
                continue
            other = [k for k in middle if keys[start + k] != wanted[k]]
            if len(other) == 1 and _is_drift(keys[start + other[0]], wanted[other[0]]):
                yield tuple(range(start, start + size)), other[0]


def _with_blanks(rows: list[int], keys: list[str]) -> tuple[int, ...]:
    """Pair asked-for blank lines with the file's blank lines at the same gap, as far as it goes."""
    for k, row in enumerate(rows):
        before = rows[k - 1] if k else -1
        if row < 0 and before >= 0 and before + 1 < len(keys) and not keys[before + 1]:
            rows[k] = before + 1
    return tuple(rows)


def _starts(keys: list[str], wanted: list[str]) -> Iterator[int]:
    """Where `wanted` stands in `keys`, looking for its rarest line first."""
    if not wanted:
        return
    counts = Counter(keys)
    rarest = min(range(len(wanted)), key=lambda k: counts[wanted[k]])
    position = -1
    for _ in range(counts[wanted[rarest]]):
        position = keys.index(wanted[rarest], position + 1)
        start = position - rarest
        if start >= 0 and keys[start : start + len(wanted)] == wanted:
            yield start


def _is_drift(theirs: str, mine: str) -> bool:
    if not theirs or not mine or re.findall(r"\d+", theirs) != re.findall(r"\d+", mine):
        return False
    ratio = SequenceMatcher(None, theirs, mine, autojunk=False).ratio()
    return ratio >= _DRIFT_RATIO and len(literals(theirs)) == len(literals(mine))
