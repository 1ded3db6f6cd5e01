"""Vim's keys on an input: what a key came to is done to its text."""

from typing import TYPE_CHECKING

from textual import events
from textual.widgets import TextArea

if TYPE_CHECKING:
    from opencode.tui.vim import Vim

_LEFT = frozenset({"enter", "up", "down"})
"""Keys that mean the same in every mode: sending, and walking through what was said."""


def leave_insert(area: TextArea, vim: "Vim") -> bool:
    """Esc: whether there was something to leave, insert mode or an unfinished command."""
    if vim.mode == "normal":
        return vim.drop_pending()
    _stand(area, vim.leave_insert(area.text, _at(area)))
    return True


def press(area: TextArea, vim: "Vim", event: events.Key) -> str | None:
    """A key in normal mode, in which letters never write: None when it is no key of Vim's, else
    what only others can do ("find"), or ""."""
    typed = event.character if event.is_printable and event.character else event.key
    if typed in _LEFT or (len(typed) > 1 and typed not in vim.NAMED):
        return None
    text = area.text
    done = vim.key(typed, text, _at(area))
    if done is None:
        return ""
    if done.text != text:
        _change(area, text, done.text)
    if done.also == "undo":
        area.undo()
    elif not done.also:
        _stand(area, done.at)
    return done.also


def _at(area: TextArea) -> int:
    row, column = area.cursor_location
    return sum(len(line) + 1 for line in area.text.split("\n")[:row]) + column


def _place(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at), at - (text.rfind("\n", 0, at) + 1)


def _stand(area: TextArea, at: int) -> None:
    area.move_cursor(_place(area.text, at))


def _change(area: TextArea, old: str, new: str) -> None:
    """Make it the new text by one edit, which can be undone."""
    same = _alike(old, new)
    rest = _alike(old[same:][::-1], new[same:][::-1])
    area.replace(new[same : len(new) - rest], _place(old, same), _place(old, len(old) - rest))


def _alike(one: str, other: str) -> int:
    """How many letters both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))
