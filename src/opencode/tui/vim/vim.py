"""One input's state of Vim's keys: modes, unfinished commands, what was cut, what is repeated."""

import re
from typing import Literal

from opencode.tui.vim import reach
from opencode.tui.vim.changes import Done, replaced, typed_since
from opencode.tui.vim.kept import Marks, Piece, Registers
from opencode.tui.vim.objects import Span, lines_of, span
from opencode.tui.vim.plain import PLAIN
from opencode.tui.vim.reach import Reach, begin_of, end_of, onto, row_at
from opencode.tui.vim.selected import SELECTED, act

Mode = Literal["insert", "normal", "visual", "v-line"]

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
    "ctrl+r": "\x12",
}
"""Keys with names, as the letters that mean the same."""

_COMMAND = re.compile(r"(?:\"([a-zA-Z0_\"]))?([1-9]\d*)?([dcy])?([1-9]\d*)?(.*)", re.DOTALL)
"""A register, a count, an operator, another count, and what it is about."""
_UNFINISHED = frozenset(("", "g", "r", "f", "F", "t", "T", "m", "'", "`", '"'))
_OBJECT = frozenset("ia")
_REPEATED = frozenset("xXDCsSrJ~pPiaIAoO")
"""What `.` does again, beside operators."""


class Vim:
    """Insert mode leaves every key but Esc to the editor."""

    NAMED = frozenset(_SPELLED)
    """Keys with names that mean something here."""

    def __init__(self) -> None:
        self.mode: Mode = "insert"
        self.at = 0
        """The cursor of visual mode."""
        self._anchor = 0
        """Where the selection began."""
        self._pending = ""
        """What was typed of an unfinished command: `2d`."""
        self.registers, self.marks = Registers(), Marks()
        self._column = -1
        """Where j and k want to be, while they follow each other."""
        self._sought = ""
        """The last of f F t T, with its letter."""
        self._again, self._typed = "", ""
        """The last command that changed something, and what was typed after it."""
        self._before: tuple[str, int] | None = None
        """Text and cursor when insert mode began."""

    @property
    def is_writing(self) -> bool:
        """Letters write."""
        return self.mode == "insert"

    @property
    def is_selecting(self) -> bool:
        """Motions move the end of a selection."""
        return self.mode in ("visual", "v-line")

    def selected(self, text: str) -> Span:
        """What visual mode has marked."""
        start, end = sorted((self._anchor, self.at))
        if self.mode == "v-line":
            return Span(begin_of(text, start), end_of(text, end), whole=True)
        return Span(start, min(len(text), end + 1))

    def leave_insert(self, text: str, at: int) -> int:
        """Esc: normal mode; returns the cursor, which steps back onto a character."""
        if self._before is not None:
            self._typed = typed_since(*self._before, text)
        self._before, self.mode, self._pending = None, "normal", ""
        return at - (at > begin_of(text, at))

    def step_back(self) -> bool:
        """Esc in other modes: whether there was a selection or an unfinished command to forget."""
        begun = bool(self._pending) or self.is_selecting
        self._pending, self.mode = "", "normal"
        return begun

    def key(self, typed: str, text: str, at: int) -> Done | None:
        """A key outside of insert mode: a character, or a key's name. None when it means nothing
        here."""
        command = self._pending + _SPELLED.get(typed, typed)
        register, operator, rest, given = _parsed(command)
        if rest in _UNFINISHED and not (self.is_selecting and operator):
            self._pending = command
            return Done(text, at)
        if rest in _OBJECT and (operator or self.is_selecting):
            self._pending = command
            return Done(text, at)
        self._pending, self.registers.chosen = "", register
        if rest not in ("j", "k"):
            self._column = -1
        if self.is_selecting:
            return self._select(operator or rest, given, text)
        done = self._obey(operator, rest, given, text, at)
        if done and (operator in ("d", "c") or rest[:1] in _REPEATED) and not done.also:
            self._again, self._typed = command, ""
        return done

    def _obey(self, operator: str | None, rest: str, given: int, text: str, at: int) -> Done | None:
        count = max(1, given)
        if rest in ("S", "Y"):
            operator = rest = "c" if rest == "S" else "y"
        if operator:
            return self._operate(operator, rest, given, text, at)
        if rest in PLAIN:
            return PLAIN[rest](self, text, at, count)
        if rest[0] == "r":
            return replaced(text, at, rest[1:], count)
        if rest[0] == "m":
            self.marks.put(rest[1:], text, at)
            return Done(text, at)
        found = self._reach(rest, text, at, given)
        return Done(text, onto(text, found.at)) if found else None

    def _reach(self, key: str, text: str, at: int, given: int) -> Reach | None:
        count = max(1, given)
        match key:
            case "j" | "k":
                return self._rows(text, at, count if key == "j" else -count)
            case "G" | "gg":
                row = given - 1 if given else 0 if key == "gg" else text.count("\n")
                return Reach(row_at(text, row), whole=True)
            case "%":
                return reach.partner(text, at)
            case ";" | ",":
                return self._seek_again(key, text, at, count)
            case _ if key[0] in "'`":
                return self._to_mark(key, text)
            case _ if key[0] in "fFtT":
                self._sought = key
                return reach.to_letter(key, text, at, count)
            case _:
                return (
                    reach.in_line(key, text, at, count)
                    or reach.words(key, text, at, count)
                    or reach.paragraphs(key, text, at, count)
                )

    def _seek_again(self, key: str, text: str, at: int, count: int) -> Reach | None:
        if not self._sought:
            return None
        kind = self._sought[0] if key == ";" else self._sought[0].swapcase()
        return reach.to_letter(kind + self._sought[1:], text, at, count, again=True)

    def _to_mark(self, key: str, text: str) -> Reach | None:
        """`'` goes to the first letter of its line."""
        at = self.marks.find(key[1:], text)
        if at is None or key[0] == "`":
            return None if at is None else Reach(at)
        found = reach.in_line("^", text, at, 1)
        return Reach(found.at, whole=True) if found else None

    def _rows(self, text: str, at: int, count: int) -> Reach:
        if self._column < 0:
            self._column = at - begin_of(text, at)
        row = min(max(0, text.count("\n", 0, at) + count), text.count("\n"))
        begin = row_at(text, row)
        return Reach(min(begin + self._column, end_of(text, begin)), whole=True)

    # Operators

    def _operate(self, operator: str, key: str, given: int, text: str, at: int) -> Done | None:
        count = max(1, given)
        if key == operator:
            last = row_at(text, text.count("\n", 0, at) + count - 1)
            return self.apply(operator, lines_of(text, at, last), text, at)
        if key[0] in _OBJECT:
            found = span(key, text, at, count)
            return self.apply(operator, found, text, at) if found else Done(text, at)
        if operator == "c" and key in ("w", "W") and text[at : at + 1].strip():
            key = "e" if key == "w" else "E"
        to = self._reach(key, text, at, given)
        if to is None:
            return Done(text, at)
        if to.whole:
            return self.apply(operator, lines_of(text, at, to.at), text, at)
        start, end = sorted((at, to.at))
        end += to.inclusive
        if key in ("w", "W") and "\n" in text[start:end] and count == 1:
            end = end_of(text, start)  # a word at the end of a line takes no line with it
        return self.apply(operator, Span(start, end), text, at)

    def apply(self, operator: str, what: Span, text: str, at: int) -> Done:
        """Cut (d), change (c) or keep (y) a piece of the text."""
        start, end, whole = what
        self.registers.keep(Piece(text[start:end], whole), copied=operator == "y")
        if operator == "y":
            return Done(text, at if whole and begin_of(text, at) == start else start)
        if operator == "c" or not whole:
            after = text[:start] + text[end:]
            return self.write(after, start) if operator == "c" else Done(after, onto(after, start))
        if end < len(text):
            end += 1
        elif start:
            start -= 1
        after = text[:start] + text[end:]
        return Done(after, begin_of(after, min(start, len(after))))

    def put(self, text: str, at: int, count: int, *, before: bool = False) -> Done:
        """`p` and `P`."""
        kept, whole = self.registers.piece
        if not kept:
            return Done(text, at)
        if whole:
            lines = "\n".join([kept] * count)
            if before:
                begin = begin_of(text, at)
                return Done(f"{text[:begin]}{lines}\n{text[begin:]}", begin)
            end = end_of(text, at)
            return Done(f"{text[:end]}\n{lines}{text[end:]}", end + 1)
        place = at if before or at >= end_of(text, at) else at + 1
        put = kept * count
        return Done(text[:place] + put + text[place:], max(place, place + len(put) - 1))

    def write(self, text: str, at: int) -> Done:
        """Insert mode from here on."""
        self.mode, self._before = "insert", (text, at)
        return Done(text, at)

    def repeat(self, text: str, at: int, count: int) -> Done:
        """`.`: the last change once more."""
        again, typed = self._again, self._typed
        if not again:
            return Done(text, at)
        self.registers.chosen, operator, rest, given = _parsed(again)
        done = self._obey(operator, rest, count if count > 1 else given, text, at)
        if done is None:
            return Done(text, at)
        if self.is_writing:
            self.mode, self._before = "normal", None
            place = done.at + len(typed)
            text = done.text[: done.at] + typed + done.text[done.at :]
            return Done(text, place - (place > begin_of(text, place)))
        return done

    # Visual mode

    def select(self, text: str, at: int, mode: Mode) -> Done:
        """`v` and `V`."""
        self.mode, self._anchor, self.at = mode, at, at
        return Done(text, at)

    def _select(self, key: str, given: int, text: str) -> Done | None:
        """A command of visual mode."""
        if key in ("v", "V"):
            wanted: Mode = "visual" if key == "v" else "v-line"
            self.mode = "normal" if self.mode == wanted else wanted
        elif key == "o":
            self._anchor, self.at = self.at, self._anchor
        elif key in SELECTED or key[0] == "r":
            return act(self, key, text)
        elif key[0] in _OBJECT and len(key) > 1:
            if found := span(key, text, self.at, max(1, given)):
                self.mode = "v-line" if found.whole else self.mode
                last = onto(text, found.end) if found.whole else found.end - 1
                self._anchor, self.at = found.start, max(found.start, last)
        elif to := self._reach(key, text, self.at, given):
            self.at = onto(text, to.at)
        else:
            return None
        return Done(text, self.at)


def _parsed(command: str) -> tuple[str, str, str, int]:
    """The register, the operator, what it is about, and the count or 0."""
    found = _COMMAND.fullmatch(command)
    register, first, operator, second, rest = found.groups() if found else ("",) * 5
    given = int(first or 1) * int(second or 1) if first or second else 0
    return register or "", operator or "", rest or "", given
