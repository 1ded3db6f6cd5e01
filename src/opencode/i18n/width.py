"""Columns of a terminal that texts take, and lines of so many columns, in every script."""

import re
import unicodedata
from collections.abc import Iterator

_NOT_FIRST = "、。，．！？；：）」』】〉》”’…ー・％ゝゞ々"
"""What does not begin a line in Chinese and Japanese."""
_BLANKS = re.compile(r"[ \t\r\n\f\v]+")
"""Where a line may be broken: not at a blank that holds a French colon to its word."""
_PIECE = re.compile(
    r"[ ]+|[^ \u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]+|."
)


def width(text: str) -> int:
    """Columns: two for Han, kana and Hangul, none for marks that stand on the letter before."""
    return len(text) if text.isascii() else sum(map(_of, text))


def _of(letter: str) -> int:
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def padded(text: str, columns: int) -> str:
    """The text with blanks behind it up to that many columns."""
    return text + " " * (columns - width(text))


def wrap(text: str, columns: int) -> list[str]:
    """Lines of at most that many columns, broken at blanks, between Han and kana, and within
    what is longer than a line."""
    lines: list[str] = []
    line = ""
    for piece in _pieces(text, columns):
        if line and width(line + piece.rstrip()) > columns and piece not in _NOT_FIRST:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _pieces(text: str, columns: int) -> Iterator[str]:
    for found in _PIECE.finditer(_BLANKS.sub(" ", text).strip()):
        piece = found[0]
        while width(piece) > columns:
            cut = max(1, next(n for n in range(len(piece), 0, -1) if width(piece[:n]) <= columns))
            while cut < len(piece) - 1 and _of(piece[cut]) == 0:
                cut += 1  # a mark stays with its letter
            yield piece[:cut]
            piece = piece[cut:]
        yield piece
