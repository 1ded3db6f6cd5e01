"""Plural forms of the languages we speak, as CLDR has them for whole numbers."""

_ONE_FORM = frozenset({"zh", "zht", "ja", "ko", "th", "vi"})


def plural(language: str, n: int) -> str:
    """zero, one, two, few, many or other: the form a number takes."""
    n = abs(n)
    match language:
        case _ if language in _ONE_FORM:
            return "other"
        case "fr" | "pt":
            return "one" if n in (0, 1) else "other"
        case "ru":
            return _russian(n)
        case "pl":
            return _polish(n)
        case "ar":
            return _arabic(n)
        case _:
            return "one" if n == 1 else "other"


def _russian(n: int) -> str:
    if n % 10 == 1 and n % 100 != 11:
        return "one"
    return "few" if 2 <= n % 10 <= 4 and not 12 <= n % 100 <= 14 else "many"


def _polish(n: int) -> str:
    if n == 1:
        return "one"
    return "few" if 2 <= n % 10 <= 4 and not 12 <= n % 100 <= 14 else "many"


def _arabic(n: int) -> str:
    if n <= 2:
        return ("zero", "one", "two")[n]
    if 3 <= n % 100 <= 10:
        return "few"
    return "many" if 11 <= n % 100 <= 99 else "other"
