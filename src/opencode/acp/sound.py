"""Text that the wire can carry: halves of characters, which file names and models may hold, go."""

from typing import Any, TypeVar, cast

import msgspec

T = TypeVar("T", bound=msgspec.Struct)


def sound(noun: T) -> T:
    """The same; where a text holds half a character, a copy with `?` in its place."""
    try:
        msgspec.json.encode(noun)
    except UnicodeEncodeError:
        return msgspec.convert(_whole(msgspec.to_builtins(noun)), type(noun))
    return noun


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_whole(one) for one in cast("list[Any]", value)]
    if isinstance(value, dict):
        table = cast("dict[Any, Any]", value)
        return {_whole(key): _whole(one) for key, one in table.items()}
    return value
