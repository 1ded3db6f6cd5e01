"""Which way a language is written."""

from typing import Literal

_RIGHT_TO_LEFT = frozenset(
    "ar arc ckb dv fa he ks mzn nqo pnb ps sd syr ug ur yi".split()  # noqa: SIM905
)


def direction(language: str) -> Literal["ltr", "rtl"]:
    """As HTML calls it."""
    return "rtl" if language in _RIGHT_TO_LEFT else "ltr"
