"""Where motions lead in a text, and where its lines begin and end."""

import re
from typing import NamedTuple

_PAIRS = {"(": ")", "[": "]", "{": "}"}


class Reach(NamedTuple):
    """Where a motion leads; `whole` lines with an operator, or with the character there."""

    at: int
    whole: bool = False
    inclusive: bool = False


def begin_of(text: str, at: int) -> int:
    """Where the line begins."""
    return text.rfind("\n", 0, at) + 1


def end_of(text: str, at: int) -> int:
    """Where the line ends: at its line feed or the end of the text."""
    found = text.find("\n", at)
    return len(text) if found < 0 else found


def row_at(text: str, row: int) -> int:
    """Where a row begins; the last one where there are fewer."""
    at = 0
    for _ in range(row):
        found = text.find("\n", at)
        if found < 0:
            break
        at = found + 1
    return at


def onto(text: str, at: int) -> int:
    """The cursor of normal mode stands on a character where its line has any."""
    at = min(at, len(text))
    return at - 1 if at == end_of(text, at) and at > begin_of(text, at) else at


def in_line(key: str, text: str, at: int, count: int) -> Reach | None:
    """The motions that stay in the line: h l 0 ^ $."""
    begin, end = begin_of(text, at), end_of(text, at)
    match key:
        case "h":
            return Reach(max(begin, at - count))
        case "l" | " ":
            return Reach(min(end, at + count))
        case "0":
            return Reach(begin)
        case "^":
            return Reach(end - len(text[begin:end].lstrip()))
        case "$":
            end = end_of(text, row_at(text, text.count("\n", 0, at) + count - 1))
            at = begin_of(text, end)
            return Reach(max(at, end - 1), inclusive=end > at)
        case _:
            return None


def words(key: str, text: str, at: int, count: int) -> Reach | None:
    """w, b and e, and those of words between blanks."""
    if key.lower() not in ("w", "b", "e") or len(key) != 1:
        return None
    pattern = r"\S+" if key.isupper() else r"\w+|[^\w\s]+"
    found = [match.span() for match in re.finditer(pattern, text)]
    blank = [match.start() + 1 for match in re.finditer(r"\n(?=\n)", text)]
    begins = sorted({*(begin for begin, _ in found), *blank})
    for _ in range(count):
        match key.lower():
            case "w":
                at = next((begin for begin in begins if begin > at), len(text))
            case "b":
                at = next((begin for begin in reversed(begins) if begin < at), 0)
            case _:
                last = max(0, len(text) - 1)
                at = next((end - 1 for _, end in found if end - 1 > at), last)
    return Reach(at, inclusive=key.lower() == "e" and at < len(text))


def to_letter(key: str, text: str, at: int, count: int, *, again: bool = False) -> Reach | None:
    """f F t T and a letter; `again` steps over the one that t stands before."""
    kind, letter = key[0], key[1:]
    begin, end = begin_of(text, at), end_of(text, at)
    skipped = 1 if again and kind in "tT" else 0
    for _ in range(count):
        if kind in "ft":
            at = text.find(letter, at + 1 + skipped, end)
        else:
            at = text.rfind(letter, begin, max(begin, at - skipped))
        if at < 0:
            return None
        skipped = 0
    if kind in "ft":
        return Reach(at - (kind == "t"), inclusive=True)
    return Reach(at + (kind == "T"))


def paragraphs(key: str, text: str, at: int, count: int) -> Reach | None:
    """{ and }: the blank line before or after."""
    if key not in ("{", "}"):
        return None
    for _ in range(count):
        if key == "}":
            found = re.compile(r"(?<=\n)(?=\n)").search(text, _past_blank(text, at))
            at = found.start() if found else len(text)
        else:
            before = text[:at].rstrip("\n")
            found_at = before.rfind("\n\n")
            at = found_at + 1 if found_at >= 0 else 0
    return Reach(at)


def _past_blank(text: str, at: int) -> int:
    while at < len(text) and text[at] == "\n":
        at += 1
    return at


def partner(text: str, at: int) -> Reach | None:
    """%: the other one of the next bracket in the line."""
    closing = {close: opening for opening, close in _PAIRS.items()}
    for here in range(at, end_of(text, at)):
        letter = text[here]
        if letter in _PAIRS:
            found = _matching(text, here, letter, _PAIRS[letter], 1)
        elif letter in closing:
            found = _matching(text, here, letter, closing[letter], -1)
        else:
            continue
        return None if found is None else Reach(found, inclusive=True)
    return None


def _matching(text: str, at: int, own: str, other: str, step: int) -> int | None:
    depth = 0
    while 0 <= at < len(text):
        depth += (text[at] == own) - (text[at] == other)
        if not depth:
            return at
        at += step
    return None
