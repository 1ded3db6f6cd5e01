"""What servers answer in several forms, read as one: symbols and words."""

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from lsprotocol import types

from opencode.lsp.nouns import KINDS


class Named(NamedTuple):
    """A symbol."""

    name: str
    kind: str
    at: types.Location
    container: str


def named(found: types.SymbolInformation) -> Named:
    return Named(found.name, _kind(found.kind), found.location, found.container_name or "")


def flat(found: Sequence[types.DocumentSymbol], uri: str, inside: str) -> list[Named]:
    symbols: list[Named] = []
    for one in found:
        at = types.Location(uri, one.selection_range)
        symbols.append(Named(one.name, _kind(one.kind), at, inside))
        symbols += flat(one.children or (), uri, one.name)
    return symbols


def _kind(number: int | None) -> str:
    return KINDS[number - 1] if number and number <= len(KINDS) else ""


def words(contents: Any) -> str:
    """Hover contents in any of their four forms."""
    match contents:
        case str():
            return contents.strip()
        case {"language": str(language), "value": str(value)}:
            return f"```{language}\n{value.strip()}\n```"
        case {"value": str(value)}:
            return value.strip()
        case list():
            return "\n\n".join(filter(None, map(words, cast("list[Any]", contents))))
        case _:
            return ""
