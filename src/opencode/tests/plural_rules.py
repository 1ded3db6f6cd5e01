"""CLDR's plural rules for whole numbers, written as a table: `make plurals` (needs babel)."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from textwrap import wrap

import opencode

FILE = Path(opencode.__file__).parent / "i18n" / "plural_table.py"
_MILLION = 1_000_000
_SAMPLES = (*range(200, 2500), *range(_MILLION - 99, _MILLION + 300), 5 * _MILLION, 7 * _MILLION)
_HEAD = '''"""Plural forms of all languages CLDR knows, by what decides: written by `make plurals`.

A rule is the forms of 0 to 99, of 100 to 199 (which all larger numbers repeat), and of whole
millions: z zero, o one, t two, f few, m many, x other; `x14` is fourteen numbers in a row."""

RULES = {
'''


def rules() -> Iterator[tuple[str, list[str]]]:
    """Every rule and the languages that have it. Languages whose numbers repeat otherwise than by
    the hundred are left out."""
    from babel import Locale
    from babel.localedata import locale_identifiers

    found: dict[str, list[str]] = {}
    for code in sorted(locale_identifiers()):
        form = Locale.parse(code).plural_form
        if "_" not in code and all(form(n) == form(_like(n)) for n in _SAMPLES):
            parts = (range(100), range(100, 200), (_MILLION,))
            rule = " | ".join(_runs("".join(_letter(form(n)) for n in part)) for part in parts)
            found.setdefault(rule, []).append(code)
    yield from sorted(found.items(), key=lambda one: one[1])


def _like(n: int) -> int:
    return 100 + n % 100 if n % _MILLION else _MILLION


def _letter(form: str) -> str:
    return "x" if form == "other" else form[0]


def _runs(letters: str) -> str:
    return " ".join(f"{letter}{len(list(same))}" for letter, same in groupby(letters))


def main() -> None:
    """Write the table; `ruff format` then gives it the shape of the house."""
    lines: list[str] = []
    for rule, codes in rules():
        lines.append("    (")
        lines.extend(f'        "{part} "' for part in wrap(rule, 84))
        lines.append('    ): """')
        lines.extend(f"        {part}" for part in wrap(" ".join(codes), 84))
        lines.append('    """,')
    FILE.write_text(_HEAD + "\n".join(lines) + "\n}\n", "utf-8")


if __name__ == "__main__":
    main()
