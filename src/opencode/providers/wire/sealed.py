"""What a model thought, readable by its maker alone: kept with the calls it led to, handed back."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

Item = dict[str, Any]

_ITEMS = "reasoning_items"
"""litellm's name for the sealed thoughts of OpenAI's responses."""
_DETAILS = "reasoning_details"
"""OpenRouter's, which come in pieces; Gemini behind it refuses the next step without."""
_OPAQUE, _TEXT = "reasoning_opaque", "reasoning_text"
"""Copilot's, for Claude and Gemini: one seal, and the words it is of."""
_SEAL = "encrypted_content"
_WORDS = ("text", "summary")


class Sealed:
    """Collects those of one reply."""

    def __init__(self) -> None:
        self._items: list[Item] = []
        self._details: dict[tuple[Any, Any], Item] = {}
        self._opaque = self._text = ""

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

        self._opaque = getattr(delta, _OPAQUE, None) or self._opaque
        self._text += getattr(delta, _TEXT, None) or ""

    @property
    def meta(self) -> dict[str, Any]:
        """All of it, as it is kept with a call."""
        found = {
            _ITEMS: self._items,
            _DETAILS: [*self._details.values()],
            _OPAQUE: self._opaque,
            _TEXT: self._text if self._opaque else "",
        }
        return {name: kept for name, kept in found.items() if kept}


def handed_back(metas: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What was kept with the calls of one answer, as the answer's own fields."""
    names = (_ITEMS, _DETAILS, _OPAQUE, _TEXT)
    found: dict[str, Any] = {}
    for meta in metas:
        for name in names:
            if name in meta:
                found[name] = found[name] + meta[name] if name in found else meta[name]
    return found


def _list(delta: Any, name: str) -> list[Item]:
    given: Any = getattr(delta, name, None)
    if not isinstance(given, list):
        return []
    return [cast("Item", one) for one in cast("list[Any]", given) if isinstance(one, dict)]
