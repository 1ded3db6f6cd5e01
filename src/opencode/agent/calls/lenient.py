"""Reads JSON objects as weak models write them; what is cut or can mean two things is refused."""

import re
from typing import Any, cast

import msgspec

_DEPTH = 40
_QUOTES = {'"': '"', "'": "'", "“": "”"}
_LITERALS: dict[str, Any] = {
    "true": True,
    "True": True,
    "false": False,
    "False": False,
    "null": None,
    "None": None,
}
_SPACE = re.compile(r"[\s\ufeff]*")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])")
_WORD = re.compile(r"[A-Za-z_][\w-]*")
_PLAIN = re.compile(r"[^\"'”\\]+")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "/": "/", "\\": "\\"}
_FENCE = re.compile(r"\A```[\w-]*[ \t]*\n?(?P<body>.*?)\n?[ \t]*```\Z", re.DOTALL)
_TAGGED = re.compile(
    r"\s*(?:<parameter(?: name=\"(?P<a>[\w-]+)\"| name='(?P<b>[\w-]+)'|=(?P<c>[\w-]+))(?: [^<>]*)?>"
    r"(?P<value>.*?)</parameter>"
    r"|<arg_key>\s*(?P<d>[\w-]+)\s*</arg_key>\s*<arg_value>(?P<glm>.*?)</arg_value>"
    r"|<(?P<tag>[A-Za-z_]\w*)>(?P<inner>.*?)</(?P=tag)>)\s*",
    re.DOTALL,
)


class Unreadable(ValueError):
    """The text is no whole object; the message says where it stops being one."""


def read_object(text: str) -> dict[str, Any]:
    """The object that `text` spells, with these repairs and no others:

    code fences around it · JSON inside of a JSON string · a list of this one object · single or
    typographic quotes · trailing commas · True, False, None · keys without quotes · line breaks
    inside of strings · backslashes before letters JSON does not know · a closing brace too many ·
    `<parameter name=…>` and `<key>value</key>` elements instead of JSON.

    Nothing is completed: cut text, doubled keys that differ, and escapes that may be meant either
    way raise Unreadable.
    """
    stripped = text.strip().removeprefix("\ufeff").strip()
    if fenced := _FENCE.match(stripped):
        stripped = fenced["body"].strip()
    if stripped.startswith("<"):
        return _elements(stripped)
    value = _json(stripped)
    for _ in range(2):
        if isinstance(value, str):
            value = _json(value.strip())
    if isinstance(value, list) and len(cast("list[Any]", value)) == 1:
        value = cast("list[Any]", value)[0]
    if not isinstance(value, dict):
        raise Unreadable("it is no JSON object")
    return cast("dict[str, Any]", value)


def strict(text: str) -> Any:
    """Any JSON value; Unreadable when it is none."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError) as error:
        raise Unreadable("it is no JSON") from error


def _json(text: str) -> Any:
    try:
        return strict(text)
    except Unreadable:
        return _Reader(text).whole()


def _elements(text: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    position = 0
    while position < len(text):
        element = _TAGGED.match(text, position)
        if element is None:
            raise Unreadable(f"it is no whole list of parameters (at character {position})")
        name = next(filter(None, element.group("a", "b", "c", "d", "tag")))
        value = next(v for v in element.group("value", "glm", "inner") if v is not None)
        if name in found:
            raise Unreadable(f"{name} is given twice")
        found[name] = value.removeprefix("\n").removesuffix("\n")
        position = element.end()
    return found


class _Reader:
    """One pass over the text; every position is looked at once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def whole(self) -> Any:
        value = self.value(0)
        self.space()
        if self.text[self.at :].strip(" \n\t\r}"):
            raise self.wrong("more text follows the object")
        return value

    def wrong(self, what: str) -> Unreadable:
        return Unreadable(f"{what} (at character {self.at})")

    def space(self) -> None:
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def peek(self) -> str:
        self.space()
        if self.at >= len(self.text):
            raise self.wrong("it is cut off")
        return self.text[self.at]

    def take(self, character: str) -> bool:
        if self.peek() != character:
            return False
        self.at += 1
        return True

    def value(self, depth: int) -> Any:
        if depth > _DEPTH:
            raise self.wrong("it is nested too deeply")
        first = self.peek()
        if first == "{":
            return self.object(depth)
        if first == "[":
            return self.list(depth)
        if first in _QUOTES:
            return self.string()
        if number := _NUMBER.match(self.text, self.at):
            self.at = number.end()
            return msgspec.json.decode(number[0])
        word = _WORD.match(self.text, self.at)
        if word is None or word[0] not in _LITERALS:
            raise self.wrong("a value is expected")
        self.at = word.end()
        return _LITERALS[word[0]]

    def object(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        self.take("{")
        while not self.take("}"):
            key = self.key()
            if not self.take(":"):
                raise self.wrong("a colon is expected")
            value = self.value(depth + 1)
            if key in found and found[key] != value:
                raise self.wrong(f"{key} is given twice")
            found[key] = value
            if not self.take(",") and self.peek() != "}":
                raise self.wrong("a comma is expected")
        return found

    def key(self) -> str:
        if self.peek() in _QUOTES:
            return self.string()
        word = _WORD.match(self.text, self.at)
        if word is None:
            raise self.wrong("a key is expected")
        self.at = word.end()
        return word[0]

    def list(self, depth: int) -> list[Any]:
        found: list[Any] = []
        self.take("[")
        while not self.take("]"):
            found.append(self.value(depth + 1))
            if not self.take(",") and self.peek() != "]":
                raise self.wrong("a comma is expected")
        return found

    def string(self) -> str:
        closing = _QUOTES[self.text[self.at]]
        self.at += 1
        pieces: list[str] = []
        strange = known = False
        while self.at < len(self.text):
            character = self.text[self.at]
            if character == closing:
                self.at += 1
                self.ended()
                if strange and known:
                    raise self.wrong("backslashes in this string can mean two things: double them")
                return "".join(pieces)
            if character == "\\":
                piece, is_strange, is_known = self.escape()
                strange, known = strange or is_strange, known or is_known
                pieces.append(piece)
            elif plain := _PLAIN.match(self.text, self.at):
                self.at = plain.end()
                pieces.append(plain[0])
            else:
                self.at += 1
                pieces.append(character)
        raise self.wrong("it is cut off inside of a string")

    def ended(self) -> None:
        """A quote ends a string only where JSON could go on; else it belongs to the text."""
        self.space()
        if self.at < len(self.text) and self.text[self.at] not in ",:}]":
            raise self.wrong("a quote stands inside of a string: escape it")

    def escape(self) -> tuple[str, bool, bool]:
        """The character meant; whether JSON does not know it; whether it is one that a path or a
        regular expression may have meant literally."""
        letter = self.text[self.at + 1 : self.at + 2]
        digits = self.text[self.at + 2 : self.at + 6]
        self.at += 2
        if letter in ('"', "'", "“", "”") and letter:
            return letter, False, False
        if letter == "u" and re.fullmatch(r"[0-9a-fA-F]{4}", digits):
            self.at += 4
            return chr(int(digits, 16)), False, True
        if letter in _ESCAPES:
            return _ESCAPES[letter], False, letter not in "/\\"
        return f"\\{letter}", True, False
