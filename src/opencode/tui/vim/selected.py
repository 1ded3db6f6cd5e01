"""What can be done to what visual mode has marked."""

import re
from typing import TYPE_CHECKING

from opencode.tui.vim.changes import Done, joined
from opencode.tui.vim.kept import Piece
from opencode.tui.vim.objects import Span, lines_of
from opencode.tui.vim.reach import onto

if TYPE_CHECKING:
    from opencode.tui.vim.vim import Vim

SELECTED = {
    **dict.fromkeys(("d", "x", "D", "X"), "d"),
    **dict.fromkeys(("c", "s", "C", "S", "R"), "c"),
    **dict.fromkeys(("y", "Y"), "y"),
    **dict.fromkeys(("p", "P", "J", "~", "u", "U"), ""),
}
"""Commands over what is marked, and the operator they mean."""
_CASES = {"~": str.swapcase, "u": str.lower, "U": str.upper}


def act(vim: "Vim", key: str, text: str) -> Done:
    """Cut, change, keep or replace it; visual mode ends."""
    what = vim.selected(text)
    if key in "XDCSYR":
        what = lines_of(text, what.start, max(what.start, what.end - 1))
    vim.mode = "normal"
    piece = text[what.start : what.end]
    if operator := SELECTED.get(key):
        return vim.apply(operator, what, text, what.start)
    if key in ("p", "P"):
        return _put_over(vim, what, text)
    if key == "J":
        return joined(text, what.start, max(2, piece.count("\n") + 1))
    cased = _CASES.get(key)  # else `r` and a letter
    piece = cased(piece) if cased else re.sub(r"[^\n]", lambda _: key[1:], piece)
    return Done(text[: what.start] + piece + text[what.end :], what.start)


def _put_over(vim: "Vim", what: Span, text: str) -> Done:
    """What was kept in its place, and it is kept now."""
    kept, whole = vim.registers.piece
    put = f"\n{kept}\n" if whole and not what.whole else kept
    vim.registers.chosen = ""
    vim.registers.keep(Piece(text[what.start : what.end], what.whole), copied=False)
    after = text[: what.start] + put + text[what.end :]
    return Done(after, onto(after, what.start))
