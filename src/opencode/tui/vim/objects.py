"""Text objects: the word, quotation, bracket or paragraph around the cursor."""

import re
from typing import NamedTuple

from opencode.tui.vim.reach import begin_of, end_of, row_at

_BRACKETS = {
    **dict.fromkeys("()b", "()"),
    **dict.fromkeys("[]", "[]"),
    **dict.fromkeys("{}B", "{}"),
    **dict.fromkeys("<>", "<>"),
}


class Span(NamedTuple):
    """From `start` to before `end`; `whole` lines."""

    start: int
    end: int
    whole: bool = False


def lines_of(text: str, at: int, other: int) -> Span:
    """Whole lines from the one to the other."""
    start, end = sorted((at, other))
    return Span(begin_of(text, start), end_of(text, end), whole=True)


def span(key: str, text: str, at: int, count: int) -> Span | None:
    """What `iw`, `a"` or `ip` means there; None when there is nothing of the kind."""
    around, kind = key[:1] == "a", key[1:]
    if kind in ("w", "W"):
        return _words(kind, text, at, count, around=around)
    if kind in ('"', "'", "`"):
        return _quoted(kind, text, at, around=around)
    if kind in _BRACKETS:
        return _bracketed(_BRACKETS[kind], text, at, count, around=around)
    return _paragraphs(text, at, count, around=around) if kind == "p" else None


def _words(kind: str, text: str, at: int, count: int, *, around: bool) -> Span | None:
    begin, end = begin_of(text, at), end_of(text, at)
    if begin == end:
        return None
    pattern = r"\s+|\S+" if kind == "W" else r"\s+|\w+|[^\w\s]+"
    runs = [(begin + m.start(), begin + m.end()) for m in re.finditer(pattern, text[begin:end])]
    first = next(n for n, (_, stop) in enumerate(runs) if at < stop or n == len(runs) - 1)
    last = _further(text, runs, first, count) if around else min(len(runs), first + count) - 1
    start, stop = runs[first][0], runs[last][1]
    if around and not text[start].isspace() and not text[stop - 1].isspace() and first:
        before = runs[first - 1][0]
        start = before if text[before].isspace() else start
    return Span(start, stop)


def _further(text: str, runs: list[tuple[int, int]], last: int, count: int) -> int:
    """The last run of so many words with the blanks beside them."""
    last -= 1
    for _ in range(count):
        is_blank = last + 1 < len(runs) and text[runs[last + 1][0]].isspace()
        last += 2 if is_blank else 1
        if not is_blank and last + 1 < len(runs) and text[runs[last + 1][0]].isspace():
            last += 1
    return min(last, len(runs) - 1)


def _quoted(quote: str, text: str, at: int, *, around: bool) -> Span | None:
    begin, end = begin_of(text, at), end_of(text, at)
    line = text[begin:end]
    marks = [begin + m.start() for m in re.finditer(rf"(?<!\\){re.escape(quote)}", line)]
    pairs = zip(marks[::2], marks[1::2], strict=False)
    found = next(((one, other) for one, other in pairs if at <= other), None)
    if found is None:
        return None
    start, stop = found
    if not around:
        return Span(start + 1, stop)
    blank = len(text[stop + 1 : end]) - len(text[stop + 1 : end].lstrip())
    if not blank:
        start = begin + len(text[begin:start].rstrip())
    return Span(start, stop + 1 + blank)


def _bracketed(pair: str, text: str, at: int, count: int, *, around: bool) -> Span | None:
    opening, closing = pair
    start, depth = at, count
    if text[at : at + 1] == closing:
        start -= 1
    while start >= 0:
        depth += (text[start] == closing) - (text[start] == opening)
        if not depth:
            break
        start -= 1
    if start < 0:
        return None
    depth = 0
    for stop in range(start, len(text)):
        depth += (text[stop] == opening) - (text[stop] == closing)
        if not depth:
            return Span(start, stop + 1) if around else Span(start + 1, stop)
    return None


def _paragraphs(text: str, at: int, count: int, *, around: bool) -> Span:
    lines = text.split("\n")
    first = last = text.count("\n", 0, at)
    blank = [not line.strip() for line in lines]
    while first and blank[first - 1] == blank[first]:
        first -= 1
    for more in range(2 * count if around else count):
        if more:
            if last + 1 == len(lines):
                break
            last += 1
        while last + 1 < len(lines) and blank[last + 1] == blank[last]:
            last += 1
    if around and not blank[last] and not blank[first]:
        while first and blank[first - 1]:
            first -= 1
    return Span(row_at(text, first), end_of(text, row_at(text, last)), whole=True)
