"""Which way a language is written."""

from typing import Literal

_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})


def direction(language: str) -> Literal["ltr", "rtl"]:
    """As HTML calls it."""
    return "rtl" if language in _RIGHT_TO_LEFT else "ltr"
