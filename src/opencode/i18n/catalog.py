"""The texts people read, by key and language: `t("chat.placeholder")`; nothing is missing twice.

A key that a language lacks is taken from English; one that English lacks is shown as it is."""

import json
import os
import re
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from opencode.i18n.plurals import plural

_FIELD = re.compile(r"\{(\w+)\}")
_NAME = re.compile(r'"_name"\s*:\s*("(?:[^"\\]|\\.)*")')
_SHORTEST_NAME = 4
"""Letters of a language's own name in Latin script: what is shorter is a code."""
_HEAD = 200
"""Characters at whose beginning a catalogue says its name."""


class Catalogue:
    """One language with English behind it; `switch` changes the language of everyone who
    holds it."""

    def __init__(self, language: str = "en") -> None:
        self.language = "en"
        self._texts: Mapping[str, str] = {}
        self.switch(language)

    def switch(self, language: str) -> None:
        """Speak another language from now on (`zht`, `zh_TW` …); an unknown one is English."""
        self.language = language_of(language) or "en"
        self._texts = load(self.language)

    def t(self, key: str, /, **values: object) -> str:
        """The text of `key` with its `{fields}` filled; `n` picks the plural form."""
        text = self._find(key, values)
        if text is None:
            return key
        return _FIELD.sub(lambda found: str(values.get(found[1], found[0])), text)

    def _find(self, key: str, values: Mapping[str, object]) -> str | None:
        n = values.get("n")
        for language, texts in ((self.language, self._texts), ("en", load("en"))):
            if isinstance(n, int) and (text := texts.get(f"{key}.{plural(language, n)}")):
                return text
            if text := texts.get(key) or texts.get(f"{key}.other"):
                return text
        return None


_spoken: ContextVar[Catalogue] = ContextVar("opencode_catalogue")


@lru_cache(maxsize=1)
def _english() -> Catalogue:
    return Catalogue("en")


def speak(catalogue: Catalogue) -> None:
    """Let `t` use this catalogue here and in every task started from here."""
    _spoken.set(catalogue)


def spoken() -> Catalogue:
    """The catalogue `t` uses here; English when none was chosen."""
    return _spoken.get(None) or _english()


def t(key: str, /, **values: object) -> str:
    """A text in the language spoken here."""
    return spoken().t(key, **values)


def _folder() -> Path:
    packaged = Path(__file__).parent / "locales"
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "locales"


def has(language: str) -> bool:
    """Whether there is a catalogue for that code."""
    return language.isalpha() and (_folder() / f"{language}.json").is_file()


@lru_cache(maxsize=1)
def languages() -> dict[str, str]:
    """Code and own name of every language there is, by code; no catalogue is loaded for it."""
    names: dict[str, str] = {}
    for entry in _folder().iterdir():
        if entry.name.endswith(".json"):
            code = entry.name.removesuffix(".json")
            with entry.open(encoding="utf-8") as file:
                name = _NAME.search(file.read(_HEAD))
            names[code] = json.loads(name[1]) if name else code
    return dict(sorted(names.items()))


@lru_cache(maxsize=4)
def load(language: str) -> Mapping[str, str]:
    """The texts of one language under flat dotted keys; empty when there is no such file."""
    file = _folder() / f"{language}.json"
    return dict(_flat(json.loads(file.read_text("utf-8")))) if file.is_file() else {}


def _flat(tree: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Nested and flat keys both become dotted ones."""
    out: list[tuple[str, str]] = []
    for key, value in tree.items():
        if isinstance(value, dict):
            out.extend(_flat(cast("dict[str, Any]", value), f"{prefix}{key}."))
        else:
            out.append((prefix + key, str(value)))
    return out


def detect(environment: Mapping[str, str] | None = None) -> str:
    """The language of the person: OPENCODE_LANGUAGE, then the system's locale; "en" otherwise."""
    environment = os.environ if environment is None else environment
    if code := language_of(environment.get("OPENCODE_LANGUAGE", "")):
        return code
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    locale = next((value for name in names if (value := environment.get(name))), "")
    wanted = [] if locale in ("C", "POSIX") else environment.get("LANGUAGE", "").split(":")
    found = (code for name in [*wanted, locale or _of_windows()] if (code := language_of(name)))
    return next(found, "en")


def language_of(locale: str) -> str:
    """Our code for the name of a locale or of a language (`zh_TW.UTF-8` → zht, `Deutsch` → de); ""
    when there is no catalogue for it."""
    name = locale.partition(".")[0].partition("@")[0].strip().replace("-", "_").lower()
    if has(name):
        return name
    language, _, rest = name.partition("_")
    traditional = any(part in rest.split("_") for part in ("tw", "hk", "mo", "hant"))
    if language == "zh" and traditional and "hans" not in rest:
        language = "zht"
    if has(language):
        return language
    if len(name) < _SHORTEST_NAME and name.isascii():
        return ""
    return next((code for code, own in languages().items() if own.lower() == name), "")


def _of_windows() -> str:
    """What the system speaks where no variable says it."""
    if sys.platform != "win32":
        return ""
    import ctypes  # noqa: PLC0415 - only this system needs it
    import locale  # noqa: PLC0415

    return locale.windows_locale.get(ctypes.windll.kernel32.GetUserDefaultUILanguage(), "")
