"""What models paste around text or do to it: fences, line numbers, entities, needless escapes."""

import html
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from opencode.tools.shared.editing.fold import without_literals

_FENCE = re.compile(r"\s*(`{3,}|~{3,})[^\n`]*\n(.*?)\n?[ \t]*\1[ \t]*\n?\s*", re.DOTALL)
_NUMBER = re.compile(r"[ \t]*(\d+)(\t|→|:|[ \t]*[|│])")
_NUMBER_BLANK = re.compile(_NUMBER.pattern[:-1] + " )")
"""With the blank that some put between number and text; others have none."""
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|apos|nbsp|#39|#x27|#34|#x22);")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_LINE_END = re.compile(r"[;{}):,]\\n|\\n(?:  |\t|\\n|\\t)")
_PLAIN = {
    "n": "\n",
    "t": "\t",
    "r": "",
    '"': '"',
    "'": "'",
    "`": "`",
    "\\": "\\",
    "$": "$",
    "/": "/",
}


class Variant(NamedTuple):
    """Old and new text after the same cleaning, and what was taken away."""

    old: str
    new: str
    note: str


def variants(old: str, new: str) -> Iterator[list[Variant]]:
    """Readings of the two texts, likeliest first. Readings in one list are rivals: when both
    are found in the file and mean different new texts, nobody can say which was meant."""
    bare, fence = _unfenced(old, new)
    numbered = [_unnumbered(*bare, pattern) for pattern in (_NUMBER, _NUMBER_BLANK)]
    stripped = [texts for texts in numbered if texts[0] != bare[0]]
    notes = ["code fence"] * fence + ["line numbers"] * bool(stripped)
    found = list(dict.fromkeys(stripped or [bare]))
    if notes:
        found = [(a, b if a.endswith("\n") else b.removesuffix("\n")) for a, b in found]
        yield [Variant(a, b, f"without {' and '.join(notes)}") for a, b in found]
    bare_old, bare_new = found[0]
    if _ENTITY.search(bare_old):
        yield [Variant(_decoded(bare_old), _decoded(bare_new), "with HTML entities decoded")]
    rivals = [
        Variant(undo(bare_old), undo(bare_new), "with one level of escapes taken off")
        for undo in (_unescaped, _unquoted)
        if undo(bare_old) != bare_old
    ]
    if rivals:
        yield list(dict.fromkeys(rivals))


def looks_escaped(text: str) -> bool:
    """Whether a backslash and an n stand, outside of string literals, where code has line ends."""
    return bool(_LINE_END.search(without_literals(text)))


def _decoded(text: str) -> str:
    return _ENTITY.sub(lambda match: html.unescape(match.group()), text)


def _unfenced(old: str, new: str) -> tuple[tuple[str, str], bool]:
    def strip(text: str) -> str:
        match = _FENCE.fullmatch(text)
        return match.group(2) if match else text

    bare = strip(old)
    return (bare, strip(new) if bare != old else new), bare != old


def _unnumbered(old: str, new: str, pattern: re.Pattern[str]) -> tuple[str, str]:
    marks = [pattern.match(line) for line in old.split("\n") if line.strip()]
    found = [match for match in marks if match]
    numbers = [int(match.group(1)) for match in found]
    kinds = {match.group(2).strip(" ") for match in found}
    if not marks or len(found) < len(marks) or len(kinds) > 1 or numbers != sorted(set(numbers)):
        return old, new

    def strip(line: str) -> str:
        match = pattern.match(line)
        return line[match.end() :] if match and match.group(2).strip(" ") in kinds else line

    return _by_line(strip, old), _by_line(strip, new)


def _by_line(change: Callable[[str], str], text: str) -> str:
    return "\n".join(map(change, text.split("\n")))


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda match: _PLAIN.get(match.group(1), match.group()), text)


def _unquoted(text: str) -> str:
    return re.sub(r"\\([\"'`])", r"\1", text)
