"""Cuts source files into pieces that mean something: definitions with their bodies, else blocks."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from opencode.tools.shared.code.outline import Defined

_LONGEST = 80
_BLOCK = 40
_WORDS = re.compile(r"[^\W_]+")
_HUMPS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[^\W\d_a-zA-Z]+")
_DEFINITION = re.compile(
    r"""[ \t]*
    (?:(?:export|default|pub(?:\([^)]*\))?|public|private|protected|internal|static|final|abstract
       |async|unsafe|extern|inline|virtual|override|sealed|partial|data|open|const|declare)\s+)*
    (?:(?:def|class|function\*?|func|fn|struct|enum|interface|trait|impl(?:<[^>]*>)?|type|module
        |mod|namespace|protocol|extension|object|record|union|macro_rules!|macro|defmodule|defp?
        |sub|procedure|(?:CREATE|create)\s+(?:TABLE|table|VIEW|view))\s+(?:\([^)]*\)\s*)?
        (?:self\.)?(?P<name>[\w$]+(?:::\w+)*)
      |(?:const|let|var)\s+(?P<value>[\w$]+)\s*(?::[^=]+)?=\s*
        (?:async\s*)?(?:function|\(|[\w$]+\s*=>)
      |\#{1,4}\s+(?P<heading>.+))""",
    re.VERBOSE,
)
_BRACED = re.compile(
    r"[ \t]*(?:[\w<>\[\],.&*:]+\s+)*[*&]?(?P<method>~?\w+(?:::~?\w+)*)\s*\([^;{}]*\)[^;=(){]*\{"
)
"""Languages in which a function is a type, a name and braces."""
_NOT_NAMES = {"if", "for", "while", "switch", "catch", "return", "else", "foreach", "match"}


_COMMENT = re.compile(r"\s*(//|#|/\*|\*|--|@|\[)")
"""Comments and decorations that belong to the definition below them."""
Span = tuple[int, int, str]
"""First line, line after the last, what they define."""


class Chunk(NamedTuple):
    """Lines `first` to `last` (from 1) of a file; `name` is what they define, "" if nothing."""

    first: int
    last: int
    name: str
    text: str


def chunks(text: str, definitions: Sequence[Defined] | None = None) -> Iterator[Chunk]:
    """The pieces of a file, in order, none longer than 80 lines: by what it defines, where that
    is known, else by the shape of its lines."""
    lines = text.split("\n") if definitions is not None else text.splitlines()
    spans = _shaped(lines) if definitions is None else _owned(lines, definitions)
    for start, end, name in spans:
        size = _LONGEST if name else _BLOCK
        for cut in range(start, end, size):
            piece = lines[cut : min(cut + size, end)]
            if any(line.strip() for line in piece):
                yield Chunk(cut + 1, cut + len(piece), name, "\n".join(piece))


def _shaped(lines: list[str]) -> Iterator[Span]:
    starts = [(n, name) for n, line in enumerate(lines) if (name := defined(line))]
    marks = [*([] if starts and starts[0][0] == 0 else [(0, "")]), *starts]
    for index, (start, name) in enumerate(marks):
        yield start, marks[index + 1][0] if index + 1 < len(marks) else len(lines), name


def _owned(lines: list[str], definitions: Sequence[Defined]) -> Iterator[Span]:
    """Each line belongs to the innermost definition around it; words right above one, too. What
    holds nothing but closing brackets is left out."""
    owner = [""] * len(lines)
    for one in definitions:
        first = one.first
        while first > 0 and not owner[first - 1] and _COMMENT.match(lines[first - 1]):
            first -= 1
        for row in range(first, min(one.last + 1, len(lines))):
            owner[row] = one.name
    start = 0
    for row in range(1, len(lines) + 1):
        if row == len(lines) or owner[row] != owner[start]:
            if any(_WORDS.search(line) for line in lines[start:row]):
                yield start, row, owner[start]
            start = row


def defined(line: str) -> str:
    """The name a line defines, or "". A guess by the shape of many languages' definitions."""
    if len(line) > 300:
        return ""
    if found := _DEFINITION.match(line):
        return (found["name"] or found["value"] or found["heading"] or "").strip()
    if line.rstrip().endswith("{") and (found := _BRACED.fullmatch(line.rstrip())):
        return "" if found["method"] in _NOT_NAMES else found["method"]
    return ""


def words(text: str) -> list[str]:
    """Lower-case words; names in camelCase and snake_case also count as their parts."""
    return [part for word in _WORDS.findall(text) for part in _parts(word)]


@lru_cache(maxsize=50_000)
def _parts(word: str) -> tuple[str, ...]:
    if len(word) > 60:
        return ()
    parts = _HUMPS.findall(word)
    pieces = [part for part in parts if len(part) > 1] if len(parts) > 1 else []
    return tuple(_stem(piece.lower()) for piece in (*pieces, word))


def _stem(word: str) -> str:
    """Without the commonest English endings, so that `handlers` finds `handler`."""
    for ending, rest in (("ies", "y"), ("ing", ""), ("ed", ""), ("es", ""), ("s", "")):
        if word.endswith(ending) and len(word) - len(ending) >= 4 and not word.endswith("ss"):
            return word[: -len(ending)] + rest
    return word
