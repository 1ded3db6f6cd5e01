"""Plain JSON of a server, read without trusting that everything is there."""

from typing import Any, cast

Json = dict[str, Any]


def inner(one: Json, name: str) -> Json:
    """The object of that name; empty when there is none."""
    found = one.get(name)
    return cast("Json", found) if isinstance(found, dict) else {}


def rows(one: Json, name: str) -> list[Json]:
    """The objects of the list of that name."""
    found = one.get(name)
    listed = cast("list[Any]", found) if isinstance(found, list) else []
    return [cast("Json", row) for row in listed if isinstance(row, dict)]


def names(one: Json, name: str) -> list[str]:
    """The words of the list, or the keys of the object, of that name."""
    found = one.get(name)
    listed = cast("list[Any]", [*found]) if isinstance(found, list | dict) else []
    return [str(row) for row in listed]
