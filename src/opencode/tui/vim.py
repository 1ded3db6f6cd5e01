"""Vim's keys for the input: what a key makes of a text and its cursor. Knows no widget."""

import re
from collections.abc import Callable
from typing import Literal, NamedTuple

Mode = Literal["insert", "normal"]

_SPELLED = {
    "left": "h",
    "right": "l",
    "up": "k",
    "down": "j",
    "backspace": "h",
    "home": "0",
    "end": "$",
    "delete": "x",
    "space": " ",
}
"""Keys with names, as the letters that mean the same."""


class Done(NamedTuple):
    """What a key came to: the text, the cursor in it, and what only the editor itself can do."""

    text: str
    at: int
    also: Literal["", "undo", "find"] = ""


class Reach(NamedTuple):
    """Where a motion leads; `whole` lines with an operator, or with the character there."""

    at: int
    whole: bool = False
    inclusive: bool = False


class Vim:
    """One input's state. Insert mode leaves every key but Esc to the editor."""

    NAMED = frozenset(_SPELLED)
    """Keys with names that mean something here."""

    def __init__(self) -> None:
        self.mode: Mode = "insert"
        self._pending = ""
        """What was typed of an unfinished command: `2d`."""
        self._kept, self._kept_whole = "", False
        self._column = -1
        """Where j and k want to be, while they follow each other."""

    @property
    def is_writing(self) -> bool:
        """Letters write."""
        return self.mode == "insert"

    def leave_insert(self, text: str, at: int) -> int:
        """Esc: normal mode; returns the cursor, which steps back onto a character."""
        self.mode, self._pending = "normal", ""
        return at - (at > _begin(text, at))

    def drop_pending(self) -> bool:
        """Esc in normal mode: whether there was an unfinished command to forget."""
        begun, self._pending = self._pending, ""
        return bool(begun)

    def key(self, typed: str, text: str, at: int) -> Done | None:
        """A key in normal mode: a character, or a key's name. None when it means nothing here."""
        command = self._pending + _SPELLED.get(typed, typed)
        found = re.fullmatch(r"([1-9]\d*)?([dcy])?([1-9]\d*)?(.*)", command, re.DOTALL)
        first, operator, second, rest = found.groups() if found else (None, None, None, "")
        if rest in ("", "g", "r"):
            self._pending = command
            return Done(text, at)
        self._pending = ""
        given = int(first or 1) * int(second or 1) if first or second else 0
        count = max(1, given)
        if rest not in ("j", "k"):
            self._column = -1
        if operator:
            return self._operate(operator, rest, given, text, at)
        if rest in _PLAIN:
            return _PLAIN[rest](self, text, at, count)
        if rest[0] == "r":
            return _replaced(text, at, rest[1:], count)
        reach = self._reach(rest, text, at, given)
        return Done(text, _onto(text, reach.at)) if reach else None

    # Motions

    def _reach(self, key: str, text: str, at: int, given: int) -> Reach | None:
        count = max(1, given)
        match key:
            case "h":
                return Reach(max(_begin(text, at), at - count))
            case "l" | " ":
                return Reach(min(_end(text, at), at + count))
            case "0":
                return Reach(_begin(text, at))
            case "^":
                end = _end(text, at)
                return Reach(end - len(text[_begin(text, at) : end].lstrip()))
            case "$":
                return Reach(max(at, _end(text, at) - 1), inclusive=_end(text, at) > at)
            case "G" | "gg":
                row = given - 1 if given else 0 if key == "gg" else text.count("\n")
                return Reach(_row(text, row), whole=True)
            case "j" | "k":
                return self._rows(text, at, count if key == "j" else -count)
            case _:
                return _words(key, text, at, count)

    def _rows(self, text: str, at: int, count: int) -> Reach:
        if self._column < 0:
            self._column = at - _begin(text, at)
        row = min(max(0, text.count("\n", 0, at) + count), text.count("\n"))
        begin = _row(text, row)
        return Reach(min(begin + self._column, _end(text, begin)), whole=True)

    # Operators

    def _operate(self, operator: str, key: str, given: int, text: str, at: int) -> Done | None:
        count = max(1, given)
        if key == operator:
            last = _row(text, text.count("\n", 0, at) + count - 1)
            return self._whole(operator, text, at, last)
        if operator == "c" and key == "w" and text[at : at + 1].strip():
            key = "e"
        reach = self._reach(key, text, at, given)
        if reach is None:
            return Done(text, at)
        if reach.whole:
            return self._whole(operator, text, at, reach.at)
        start, end = sorted((at, reach.at))
        end += reach.inclusive
        if key in ("w", "W") and "\n" in text[start:end] and count == 1:
            end = _end(text, start)  # a word at the end of a line takes no line with it
        self._kept, self._kept_whole = text[start:end], False
        if operator == "y":
            return Done(text, start)
        return self._cut(text, start, end, operator)

    def _cut(self, text: str, start: int, end: int, operator: str) -> Done:
        after = text[:start] + text[end:]
        if operator == "c":
            self.mode = "insert"
            return Done(after, start)
        return Done(after, _onto(after, start))

    def _whole(self, operator: str, text: str, at: int, other: int) -> Done:
        """Whole lines from the one to the other."""
        start, end = _begin(text, min(at, other)), _end(text, max(at, other))
        self._kept, self._kept_whole = text[start:end], True
        if operator == "y":
            return Done(text, min(at, other) if other < at else at)
        if operator == "c":
            return self._cut(text, start, end, "c")
        if end < len(text):
            end += 1
        elif start:
            start -= 1
        after = text[:start] + text[end:]
        return Done(after, _begin(after, min(start, len(after))))

    def erase(self, text: str, at: int, count: int) -> Done:
        """`x`."""
        end = min(_end(text, at), at + count)
        self._kept, self._kept_whole = text[at:end], False
        return self._cut(text, at, end, "d")

    def put(self, text: str, at: int, count: int, *, before: bool = False) -> Done:
        """`p` and `P`."""
        if not self._kept:
            return Done(text, at)
        if self._kept_whole:
            lines = "\n".join([self._kept] * count)
            if before:
                begin = _begin(text, at)
                return Done(f"{text[:begin]}{lines}\n{text[begin:]}", begin)
            end = _end(text, at)
            return Done(f"{text[:end]}\n{lines}{text[end:]}", end + 1)
        place = at if before or at >= _end(text, at) else at + 1
        put = self._kept * count
        return Done(text[:place] + put + text[place:], max(place, place + len(put) - 1))

    def write(self, text: str, at: int) -> Done:
        """Insert mode from here on."""
        self.mode = "insert"
        return Done(text, at)

    def open_line(self, text: str, at: int, *, above: bool = False) -> Done:
        """`o` and `O`."""
        place = _begin(text, at) if above else _end(text, at)
        return self.write(f"{text[:place]}\n{text[place:]}", place if above else place + 1)

    def rest_of_line(self, text: str, at: int, operator: str) -> Done:
        """`D` and `C`."""
        end = _end(text, at)
        self._kept, self._kept_whole = text[at:end], False
        return self._cut(text, at, end, operator)


Act = Callable[[Vim, str, int, int], Done]

_PLAIN: dict[str, Act] = {
    "i": lambda vim, text, at, _: vim.write(text, at),
    "a": lambda vim, text, at, _: vim.write(text, min(at + 1, _end(text, at))),
    "I": lambda vim, text, at, _: vim.write(text, _begin(text, at)),
    "A": lambda vim, text, at, _: vim.write(text, _end(text, at)),
    "o": lambda vim, text, at, _: vim.open_line(text, at),
    "O": lambda vim, text, at, _: vim.open_line(text, at, above=True),
    "x": lambda vim, text, at, count: vim.erase(text, at, count),
    "D": lambda vim, text, at, _: vim.rest_of_line(text, at, "d"),
    "C": lambda vim, text, at, _: vim.rest_of_line(text, at, "c"),
    "p": lambda vim, text, at, count: vim.put(text, at, count),
    "P": lambda vim, text, at, count: vim.put(text, at, count, before=True),
    "u": lambda _, text, at, __: Done(text, at, "undo"),
    "/": lambda _, text, at, __: Done(text, at, "find"),
}


def _begin(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _end(text: str, at: int) -> int:
    found = text.find("\n", at)
    return len(text) if found < 0 else found


def _row(text: str, row: int) -> int:
    """Where a row begins; the last one where there are fewer."""
    at = 0
    for _ in range(row):
        found = text.find("\n", at)
        if found < 0:
            break
        at = found + 1
    return at


def _onto(text: str, at: int) -> int:
    """The cursor of normal mode stands on a character where its line has any."""
    at = min(at, len(text))
    return at - 1 if at == _end(text, at) and at > _begin(text, at) else at


def _replaced(text: str, at: int, letter: str, count: int) -> Done:
    if at + count > _end(text, at):
        return Done(text, at)
    return Done(text[:at] + letter * count + text[at + count :], at + count - 1)


def _words(key: str, text: str, at: int, count: int) -> Reach | None:
    """w, b and e, and those of words between blanks."""
    if key.lower() not in ("w", "b", "e") or len(key) != 1:
        return None
    pattern = r"\S+" if key.isupper() else r"\w+|[^\w\s]+"
    words = [found.span() for found in re.finditer(pattern, text)]
    begins = sorted({begin for begin, _ in words} | set(_blank_lines(text)))
    for _ in range(count):
        match key.lower():
            case "w":
                at = next((begin for begin in begins if begin > at), len(text))
            case "b":
                at = next((begin for begin in reversed(begins) if begin < at), 0)
            case _:
                last = max(0, len(text) - 1)
                at = next((end - 1 for _, end in words if end - 1 > at), last)
    return Reach(at, inclusive=key.lower() == "e" and at < len(text))


def _blank_lines(text: str) -> list[int]:
    return [found.start() + 1 for found in re.finditer(r"\n(?=\n)", text)]
