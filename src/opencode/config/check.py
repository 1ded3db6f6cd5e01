"""Holds settings against the schema: which keys nobody knows, and which values do not fit."""

import re
from typing import Any, Literal, cast, get_args, get_origin

import msgspec
from msgspec import Struct

from opencode.config.schema import Settings
from opencode.config.suggest import did_you_mean

Table = dict[str, Any]
Keys = tuple[str, ...]
_IN_WORDS = {
    "`str`": "a text",
    "`int`": "a whole number",
    "`float`": "a number",
    "`null`": "no value",
    "`bool`": "true or false",
    "`array`": "a list",
    "`object`": "a table",
}

_NOT_IN_A_PROFILE = ("profile", "profiles")
"""What chooses a profile is without effect in one."""


class Misfit(Exception):
    """A value that does not fit its key."""

    def __init__(self, keys: Keys, reason: str) -> None:
        super().__init__(reason)
        self.keys, self.reason = keys, reason


def split_unknown(values: Table) -> tuple[Table, list[tuple[Keys, str]]]:
    """The values without keys nobody knows; and those keys, each with ` (did you mean …?)`."""
    unknown: list[tuple[Keys, str]] = []
    return _known(values, Settings, (), unknown), unknown


def fit(values: Table) -> None:
    """Raise Misfit for the first value whose type or choice is wrong."""
    _fit(values, Settings, ())


def settings_from(values: Table) -> Settings:
    """Typed settings out of canonical values that fit."""
    return msgspec.convert(values, Settings)


def _known(values: Table, kind: Any, keys: Keys, unknown: list[tuple[Keys, str]]) -> Table:
    inner = _inner(kind)
    kept: Table = {}
    for key, value in values.items():
        here = (*keys, key)
        known = kind_of(kind, key)
        if known is None:
            unknown.append((here, did_you_mean(key, inner)))
        elif key in _NOT_IN_A_PROFILE and _is_in_a_profile(keys):
            unknown.append((here, ""))
        elif isinstance(value, dict) and _is_in_a_profile(here):
            kept[key] = _known(cast("Table", value), Settings, here, unknown)
        elif isinstance(value, dict) and _is_walked(known):
            kept[key] = _known(cast("Table", value), known, here, unknown)
        else:
            kept[key] = value
    return kept


def _fit(value: Any, kind: Any, keys: Keys) -> None:
    if _is_in_a_profile(keys):
        kind = Settings
    if isinstance(value, dict) and _is_walked(kind):
        for key, item in cast("Table", value).items():
            _fit(item, kind_of(kind, key), (*keys, key))
        return
    if kind is not Any and isinstance(value, int | float) and value < 0:
        raise Misfit(keys, f"{value:g} is less than 0, the smallest")
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        choices = [choice for choice in _choices(kind) if choice]
        if choices and isinstance(value, str):
            near = did_you_mean(value, choices)
            message = f"{value!r} is none of {', '.join(choices)}{near}"
            raise Misfit(keys, message) from None
        raise Misfit(keys, _plainly(str(error))) from None


def _is_in_a_profile(keys: Keys) -> bool:
    """Whether it is the place of a profile's own top-level settings."""
    return len(keys) == 3 and keys[0] == "profiles" and keys[2] == "settings"


def _choices(kind: Any) -> list[str]:
    """The words a key may hold, where it holds one of a few."""
    if get_origin(kind) is Literal:
        return [word for word in get_args(kind) if isinstance(word, str)]
    return [word for part in get_args(kind) for word in _choices(part)]


def _inner(kind: Any) -> dict[str, Any]:
    """Field name to type of a Struct; nothing for other kinds."""
    if isinstance(kind, type) and issubclass(kind, Struct):
        return {item.name: item.type for item in msgspec.structs.fields(kind)}
    return {}


def kind_of(kind: Any, key: str) -> Any:
    """The type of what stands under `key` in a section, None when there is no such key."""
    if get_origin(kind) is dict:
        return get_args(kind)[1]
    return _inner(kind).get(key)


def _is_walked(kind: Any) -> bool:
    return bool(_inner(kind)) or get_origin(kind) is dict


def what_is_wrong(error: msgspec.ValidationError) -> str:
    """What does not fit in an entry that is checked as a whole, and under which of its keys."""
    message = str(error)
    if unknown := re.match(r"Object contains unknown field `(.+?)`", message):
        return f"unknown key {unknown[1]}"
    where = message.partition(" - at `$")[2].strip(".`")
    return f"{where}: {_plainly(message)}" if where else _plainly(message)


def _plainly(message: str) -> str:
    """msgspec's message in the words of somebody who writes a file."""
    said = message.partition(" - at ")[0].replace(" | null`", "`")
    for technical, plain in _IN_WORDS.items():
        said = said.replace(technical, plain)
    return said[:1].lower() + said[1:]
