"""What a key came to, and the small changes that need no more than the text."""

from typing import Literal, NamedTuple

from opencode.tui.vim.reach import begin_of, end_of


class Done(NamedTuple):
    """What a key came to: the text, the cursor in it, and what only the editor itself can do, so
    many times."""

    text: str
    at: int
    also: Literal["", "undo", "redo", "find"] = ""
    times: int = 1


def replaced(text: str, at: int, letter: str, count: int) -> Done:
    """`r` and a letter."""
    if at + count > end_of(text, at):
        return Done(text, at)
    return Done(text[:at] + letter * count + text[at + count :], at + count - 1)


def swapped(text: str, at: int, count: int) -> Done:
    """`~`: capitals and small letters change places."""
    end = min(end_of(text, at), at + count)
    after = text[:at] + text[at:end].swapcase() + text[end:]
    return Done(after, min(end, max(at, end_of(after, at) - 1)))


def joined(text: str, at: int, lines: int) -> Done:
    """`J`: so many lines become one, a blank between them."""
    place = at
    for _ in range(lines - 1):
        end = end_of(text, begin_of(text, place))
        if end == len(text):
            break
        rest = text[end + 1 :].lstrip(" \t")
        gap = "" if not rest or rest[0] == "\n" or text[end - 1 : end] in ("", " ", "\n") else " "
        text, place = text[:end] + gap + rest, end
    return Done(text, min(place, max(begin_of(text, place), end_of(text, place) - 1)))


def typed_since(before: str, at: int, text: str) -> str:
    """What was typed at that place; "" when more was changed than that."""
    count = len(text) - len(before)
    if count <= 0 or text[:at] != before[:at] or text[at + count :] != before[at:]:
        return ""
    return text[at : at + count]
