"""Characters that look alike count as alike; what stays of a line keeps the file's spelling."""

import re
import unicodedata
from difflib import SequenceMatcher

_ALIKE = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys(
            "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
            "\u202f\u205f\u3000",
            " ",
        ),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad", ""),
        "\u2026": "...",
    }
)
_WORD = r"[\w\u0300-\u036f]+"
_STRING = r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'"
_TOKEN = re.compile(rf"{_STRING}|{_WORD}|[()\[\]{{}},;]|[^\w\s()\[\]{{}},;\"']+|.")
_PIECE = re.compile(rf"(\s*)({_WORD}|[()\[\]{{}},;\"'“”‘’]|[^\w\s()\[\]{{}},;\"'“”‘’]+)")
_LITERAL = re.compile(_STRING)
_PIECES = 2000


def fold(text: str) -> str:
    """Straight quotes, plain dashes and blanks, three dots, composed letters, nothing unseen."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", text).translate(_ALIKE)


def tokens(line: str) -> str:
    """The line without the blanks between its tokens; string literals stay as they are."""
    return "\x1f".join(token for token in _TOKEN.findall(fold(line)) if not token.isspace())


def merge(theirs: str, old: str, new: str) -> str:
    """`new`, with the file's own spelling of all that `new` takes over from `old`.

    `theirs` and `old` are the same text but for blanks and look-alikes; where they cannot be
    laid side by side the answer is `new` as it stands."""
    have, before, after = (_PIECE.findall(text) for text in (theirs, old, new))
    words = [fold(word) for _, word in before]
    if len(words) > _PIECES or [fold(word) for _, word in have] != words:
        return new
    matcher = SequenceMatcher(None, words, [fold(word) for _, word in after], autojunk=False)
    result: list[str] = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        paired = tag == "equal" or (tag == "replace" and i2 - i1 == j2 - j1)
        for offset in range(j2 - j1):
            blank, word = after[j1 + offset]
            if paired and blank == before[i1 + offset][0]:
                blank = have[i1 + offset][0]
            same = tag == "equal" and word == before[i1 + offset][1]
            result += blank, have[i1 + offset][1] if same else word
    tail = tail_of(theirs) if tail_of(new) == tail_of(old) else tail_of(new)
    return "".join(result) + tail


def tail_of(text: str) -> str:
    """The blanks a text ends with."""
    return text[len(text.rstrip()) :]


def literals(line: str) -> list[str]:
    """The string literals of a line of code."""
    return _LITERAL.findall(line)


def without_literals(text: str) -> str:
    """Code with all its string literals empty."""
    return _LITERAL.sub('""', text)
