"""The commands of normal mode that are one key."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from opencode.tui.vim.changes import Done, joined, swapped
from opencode.tui.vim.objects import Span
from opencode.tui.vim.reach import begin_of, end_of

if TYPE_CHECKING:
    from opencode.tui.vim.vim import Vim

Act = Callable[["Vim", str, int, int], Done]


def _cut(operator: str, vim: "Vim", text: str, start: int, end: int) -> Done:
    return vim.apply(operator, Span(start, end), text, start)


def _opened(vim: "Vim", text: str, at: int, *, above: bool) -> Done:
    place = begin_of(text, at) if above else end_of(text, at)
    return vim.write(f"{text[:place]}\n{text[place:]}", place if above else place + 1)


def _first_letter(text: str, at: int) -> int:
    end = end_of(text, at)
    return end - len(text[begin_of(text, at) : end].lstrip(" \t"))


PLAIN: dict[str, Act] = {
    "i": lambda vim, text, at, _: vim.write(text, at),
    "a": lambda vim, text, at, _: vim.write(text, min(at + 1, end_of(text, at))),
    "I": lambda vim, text, at, _: vim.write(text, _first_letter(text, at)),
    "A": lambda vim, text, at, _: vim.write(text, end_of(text, at)),
    "o": lambda vim, text, at, _: _opened(vim, text, at, above=False),
    "O": lambda vim, text, at, _: _opened(vim, text, at, above=True),
    "x": lambda vim, text, at, n: _cut("d", vim, text, at, min(end_of(text, at), at + n)),
    "X": lambda vim, text, at, n: _cut("d", vim, text, max(begin_of(text, at), at - n), at),
    "s": lambda vim, text, at, n: _cut("c", vim, text, at, min(end_of(text, at), at + n)),
    "D": lambda vim, text, at, _: _cut("d", vim, text, at, end_of(text, at)),
    "C": lambda vim, text, at, _: _cut("c", vim, text, at, end_of(text, at)),
    "p": lambda vim, text, at, count: vim.put(text, at, count),
    "P": lambda vim, text, at, count: vim.put(text, at, count, before=True),
    "J": lambda _, text, at, count: joined(text, at, max(2, count)),
    "~": lambda _, text, at, count: swapped(text, at, count),
    ".": lambda vim, text, at, count: vim.repeat(text, at, count),
    "v": lambda vim, text, at, _: vim.select(text, at, "visual"),
    "V": lambda vim, text, at, _: vim.select(text, at, "v-line"),
    "u": lambda _, text, at, count: Done(text, at, "undo", count),
    "\x12": lambda _, text, at, count: Done(text, at, "redo", count),
    "/": lambda _, text, at, __: Done(text, at, "find"),
}
