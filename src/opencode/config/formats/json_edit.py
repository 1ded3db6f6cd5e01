"""Changes one key in JSON text; comments, order and blanks elsewhere stay as they are."""

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from opencode.config.formats.jsonc import blank
from opencode.core.error import UsageError

Edit = Callable[[str], str]
"""A text in, the changed text out."""

_SPACE = re.compile(r"\s*")
_INDENT = "  "


class _Member(NamedTuple):
    """Where `"key": value` stands."""

    key: str
    start: int
    value: int
    end: int


def put(text: str, keys: tuple[str, ...], value: Any) -> str:
    """The text with that key set; tables on the way are made."""
    if not text.strip():
        text = "{}\n"
    at = text.index("{")
    for depth, key in enumerate(keys):
        members = _members(text, at)
        found = next((member for member in members if member.key == key), None)
        rest = keys[depth + 1 :]
        if found is None:
            return _insert(text, at, members, depth, key, _nest(rest, value))
        if not rest:
            return text[: found.value] + _written(value, depth + 1) + text[found.end :]
        if text[found.value] != "{":
            raise UsageError(f"{'.'.join(keys[: depth + 1])} is no table")
        at = found.value
    return text


def drop(text: str, keys: tuple[str, ...]) -> str:
    """The text without that key, which must be there."""
    at = text.index("{")
    for key in keys[:-1]:
        at = next(member.value for member in _members(text, at) if member.key == key)
    members = _members(text, at)
    index = next(i for i, member in enumerate(members) if member.key == keys[-1])
    gone = members[index]
    if index:
        return text[: members[index - 1].end] + text[gone.end :]
    if len(members) > 1:
        return text[: gone.start] + text[members[1].start :]
    comma = re.compile(r"\s*,").match(text, gone.end)
    return text[: at + 1] + text[comma.end() if comma else gone.end :].lstrip(" \t\r\n")


def _members(text: str, at: int) -> list[_Member]:
    """The members of the object that begins at `at`."""
    plain = blank(text)
    decoder = json.JSONDecoder()
    found: list[_Member] = []
    here = _skip(plain, at + 1)
    while plain[here] != "}":
        start = here
        key, here = decoder.raw_decode(plain, here)
        value = _skip(plain, _skip(plain, here) + 1)
        _, end = decoder.raw_decode(plain, value)
        found.append(_Member(key, start, value, end))
        here = _skip(plain, end)
        if plain[here] == ",":
            here = _skip(plain, here + 1)
    return found


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _insert(text: str, at: int, members: list[_Member], depth: int, key: str, value: Any) -> str:
    line = f"\n{_INDENT * (depth + 1)}{json.dumps(key, ensure_ascii=False)}: "
    new = line + _written(value, depth + 1)
    if members:
        end = members[-1].end
        return text[:end] + "," + new + text[end:]
    close = "" if text[at + 1 :].lstrip(" \t").startswith("\n") else "\n" + _INDENT * depth
    return text[: at + 1] + new + close + text[at + 1 :]


def _nest(keys: tuple[str, ...], value: Any) -> Any:
    for key in reversed(keys):
        value = {key: value}
    return value


def _written(value: Any, depth: int) -> str:
    text = json.dumps(value, ensure_ascii=False, indent=len(_INDENT))
    return text.replace("\n", "\n" + _INDENT * depth)
