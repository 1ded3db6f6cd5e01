"""Plural forms of every language, as CLDR has them for whole numbers."""

from functools import lru_cache

_FORMS = {"z": "zero", "o": "one", "t": "two", "f": "few", "m": "many", "x": "other"}
_MILLION = 1_000_000
_CLDR = {"zht": "zh"}


def plural(language: str, n: int) -> str:
    """zero, one, two, few, many or other: the form a number takes."""
    n = abs(n)
    if language == "en":
        return "one" if n == 1 else "other"
    first, later, millions = _rule(_CLDR.get(language, language))
    if n and n % _MILLION == 0:
        return _FORMS[millions]
    return _FORMS[first[n] if n < len(first) else later[n % 100]]


def forms(language: str) -> set[str]:
    """The forms a text with a number needs in that language; numbers of whole millions, which
    some count otherwise, are never seen here."""
    first, later, _ = _rule(_CLDR.get(language, language))
    return {_FORMS[letter] for letter in first + later}


@lru_cache(maxsize=4)
def _rule(language: str) -> tuple[str, str, str]:
    """A letter for each of 0 to 99, of 100 to 199, and for whole millions."""
    from opencode.i18n.plural_table import RULES  # noqa: PLC0415 - English needs none of it

    rule = next(
        (rule for rule, codes in RULES.items() if language in codes.split()), "x1 | x1 | x1"
    )
    first, later, millions = (
        "".join(run[0] * int(run[1:]) for run in part.split()) for part in rule.split(" | ")
    )
    return first.ljust(100, "x"), later.ljust(100, "x"), millions
