"""How indentation in a model's text maps to a file's, so that new lines fit where they go."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import reduce
from itertools import pairwise
from math import gcd

Pair = tuple[str, str]
"""The indentation of one line as the model wrote it and as the file has it."""
Adapt = Callable[[str], str | None]
"""A new line, re-indented; None when nothing says how deep it belongs."""


def indent_of(line: str) -> str:
    """The blanks a line starts with."""
    return line[: len(line) - len(line.lstrip())]


def _width(indent: str) -> int:
    return len(indent.expandtabs(4))


def unit_of(lines: Sequence[str]) -> str:
    """One level of indentation in a file: a tab or some blanks; "" when nothing is indented."""
    steps: Counter[str] = Counter()
    last = 0
    for line in lines:
        if stripped := line.lstrip():
            indent = line[: len(line) - len(stripped)]
            width = _width(indent)
            if width > last:
                steps["\t" if indent[0] == "\t" else " " * (width - last)] += 1
            last = width
    return steps.most_common(1)[0][0] if steps else ""


def fit(pairs: Sequence[Pair], unit: str, written: Sequence[str]) -> Adapt | None:
    """The mapping that turns the model's indentation into the file's, or None when the lines of
    `pairs` are nested otherwise in the file.

    `unit` is the file's level of indentation, `written` all lines of the model's text."""
    if all(mine == theirs for mine, theirs in pairs):
        return lambda line: line
    indents = {indent_of(line) for line in written if line.strip()}
    known = _mapping(pairs)
    if known is not None and (scale := _Scale(known, unit, indents)).is_even:
        return lambda line: _moved(line, scale.place(indent_of(line)))
    if len(pairs) > 1 and pairs[0][0] == "" and pairs[0][1]:
        rest = _mapping(pairs[1:])  # a block copied from its first visible character on
        if rest is not None and "" not in rest:
            return _after_first(pairs[0][1], _Scale(rest, unit, indents - {""}), written)
    if known is None:
        return None
    return lambda line: _moved(line, known.get(indent_of(line)))


def _after_first(first: str, scale: "_Scale", written: Sequence[str]) -> Adapt:
    """Only the first line lacks its indentation; further lines without any have no place."""

    def adapt(line: str) -> str | None:
        indent = indent_of(line)
        if indent:
            return _moved(line, scale.place(indent))
        return _moved(line, first if line in written[:1] else None)

    return adapt


def _moved(line: str, indent: str | None) -> str | None:
    text = line.lstrip()
    if not text:
        return ""
    return None if indent is None else indent + text


def _mapping(pairs: Sequence[Pair]) -> dict[str, str] | None:
    known: dict[str, str] = {}
    for mine, theirs in pairs:
        if known.setdefault(mine, theirs) != theirs:
            return None
    steps = sorted((_width(mine), _width(theirs)) for mine, theirs in known.items())
    for (mine, theirs), (deeper, theirs_deeper) in pairwise(steps):
        if mine == deeper or theirs >= theirs_deeper:
            return None
    return known


class _Scale:
    """Levels that the matched lines do not show, reckoned from those they do."""

    def __init__(self, known: dict[str, str], unit: str, indents: set[str]) -> None:
        self.known = known
        shown = "".join(known.values())
        self.unit = "\t" if "\t" in shown else unit if set(unit) != {"\t"} or not shown else ""
        widths = sorted({len(i) for i in indents | set(known) if "\t" not in i})
        self.step = reduce(gcd, (b - a for a, b in pairwise(widths)), 0)
        self.slope = self._slope()
        self.is_even = self._is_even()

    def _slope(self) -> float | None:
        levels = sorted(
            (len(m), len(t)) for m, t in self.known.items() if "\t" not in m and "\t" not in t
        )
        if len(levels) < 2:
            return None
        (mine, theirs), (deep, theirs_deep) = levels[0], levels[-1]
        return (theirs_deep - theirs) / (deep - mine)

    def _is_even(self) -> bool:
        """Whether one level of the model is everywhere one level of the file."""
        levels = sorted(self.known.items(), key=lambda pair: _width(pair[0]))
        return all(
            self._levels(mine, deeper) == self._levels(theirs, theirs_deeper, of_file=True)
            or (deeper.removeprefix(mine) == theirs_deeper.removeprefix(theirs) != "")
            for (mine, theirs), (deeper, theirs_deeper) in pairwise(levels)
        )

    def _levels(self, indent: str, deeper: str, *, of_file: bool = False) -> float:
        """How many levels lie between two indentations."""
        if "\t" in indent + deeper:
            return deeper.count("\t") - indent.count("\t")
        size = len(self.unit) if of_file and self.unit.strip("\t") else self.step
        return (len(deeper) - len(indent)) / max(size, 1)

    def place(self, indent: str) -> str | None:
        if indent in self.known:
            return self.known[indent]
        above = [mine for mine in self.known if indent.startswith(mine)]
        if above:
            nearest = max(above, key=len)
            return self.known[nearest] + self._convert(indent[len(nearest) :])
        below = [mine for mine in self.known if mine.startswith(indent)]
        if not below:
            return None
        nearest = min(below, key=len)
        lost, theirs = self._convert(nearest[len(indent) :]), self.known[nearest]
        return theirs[: len(theirs) - len(lost)] if theirs.endswith(lost) else None

    def _convert(self, extra: str) -> str:
        if "\t" in extra:
            into = self.unit if self.unit and self.unit != "\t" else "\t"
            return extra.replace("\t", into) if not extra.strip("\t") else extra
        if self.unit == "\t":
            levels, rest = divmod(len(extra), self._step_to_tab())
            return "\t" * levels + " " * rest
        if self.slope is not None:
            return " " * round(len(extra) * self.slope)
        if self.unit and self.step > 1 and len(extra) % self.step == 0:
            return self.unit * (len(extra) // self.step)
        return extra

    def _step_to_tab(self) -> int:
        for mine, theirs in self.known.items():
            tabs = theirs.count("\t")
            if self.step < 2 and mine and tabs and len(mine) % tabs == 0:
                return len(mine) // tabs
        return self.step if self.step > 1 else 4
