"""Vim's keys on an input: what a key came to is done to its text."""

from typing import TYPE_CHECKING

from textual import events
from textual.widgets import TextArea
from textual.widgets.text_area import Selection

if TYPE_CHECKING:
    from opencode.tui.vim.vim import Vim

_LEFT = frozenset({"enter", "up", "down"})
"""Keys that mean the same in every mode: sending, and walking through what was said."""


def leave_insert(area: TextArea, vim: "Vim") -> bool:
    """Esc: whether there was something to leave, a mode or an unfinished command."""
    if vim.mode == "insert":
        _stand(area, vim.leave_insert(area.text, _at(area)))
        return True
    at = vim.at if vim.is_selecting else _at(area)
    begun = vim.step_back()
    _stand(area, at)
    return begun


def press(area: TextArea, vim: "Vim", event: events.Key) -> str | None:
    """A key outside of insert mode, in which letters never write: None when it is no key of Vim's,
    else what only others can do ("find"), or ""."""
    typed = event.character if event.is_printable and event.character else event.key
    selecting = vim.is_selecting
    if typed in _LEFT and not (selecting and typed != "enter"):
        return None
    if len(typed) > 1 and typed not in vim.NAMED:
        return None
    text = area.text
    done = vim.key(typed, text, vim.at if selecting else _at(area))
    if done is None:
        return ""
    if done.text != text:
        _change(area, text, done.text)
    for _ in range(done.times if done.also == "undo" else 0):
        area.undo()
    for _ in range(done.times if done.also == "redo" else 0):
        area.redo()
    if vim.is_selecting:
        _mark(area, vim)
    elif not done.also:
        _stand(area, done.at)
    return done.also


def _mark(area: TextArea, vim: "Vim") -> None:
    """Show what is selected. The cursor's own cell belongs to it, so that it ends before that."""
    start, end, whole = vim.selected(area.text)
    if whole:
        area.selection = Selection(_place(area.text, start), _place(area.text, end))
    elif vim.at == start:
        area.selection = Selection(_place(area.text, end), _place(area.text, start))
    else:
        area.selection = Selection(_place(area.text, start), _place(area.text, vim.at))


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
