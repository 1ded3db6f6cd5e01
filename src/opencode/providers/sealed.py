"""What a model thought, readable by its maker alone: kept with the calls it led to, handed back."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

Item = dict[str, Any]

_ITEMS = "reasoning_items"
"""litellm's name for the sealed thoughts of OpenAI's responses."""
_DETAILS = "reasoning_details"
"""OpenRouter's, which come in pieces; Gemini behind it refuses the next step without."""
_SEAL = "encrypted_content"
_WORDS = ("text", "summary")


class Sealed:
    """Collects those of one reply."""

    def __init__(self) -> None:
        self._items: list[Item] = []
        self._details: dict[tuple[Any, Any], Item] = {}

    def read(self, delta: Any) -> None:
        """What stands in one piece of the reply."""
        for item in _list(delta, _ITEMS):
            if item.get(_SEAL):
                # Its id is known only to a server that keeps it.
                summary: list[Any] = item.get("summary") or []
                self._items.append({"type": "reasoning", "summary": summary, _SEAL: item[_SEAL]})
        for piece in _list(delta, _DETAILS):
            known = self._details.setdefault((piece.get("index"), piece.get("type")), {})
            for key, value in piece.items():
                if key in _WORDS and isinstance(value, str):
                    known[key] = str(known.get(key) or "") + value
                elif value is not None:
                    known[key] = value

    @property
    def meta(self) -> dict[str, list[Item]]:
        """All of it, as it is kept with a call."""
        found = {_ITEMS: self._items, _DETAILS: [*self._details.values()]}
        return {name: items for name, items in found.items() if items}


def handed_back(metas: Iterable[Mapping[str, Any]]) -> dict[str, list[Item]]:
    """What was kept with the calls of one answer, as the answer's own fields."""
    found: dict[str, list[Item]] = {}
    for meta in metas:
        for name in (_ITEMS, _DETAILS):
            if name in meta:
                found.setdefault(name, []).extend(meta[name])
    return found


def _list(delta: Any, name: str) -> list[Item]:
    given: Any = getattr(delta, name, None)
    if not isinstance(given, list):
        return []
    return [cast("Item", one) for one in cast("list[Any]", given) if isinstance(one, dict)]
