"""The language commands speak: chosen without loading a catalogue where it is English."""

import os
import sys
from collections.abc import Callable
from functools import lru_cache
from typing import Any, cast

_VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
_PLACES = ("OPENCODE_LANGUAGE", "HOME", "XDG_CONFIG_HOME", "APPDATA")
"""What else decides: the choice, and where the settings are."""
_ENGLISH = ("C", "POSIX", "en")


def language() -> str:
    """OPENCODE_LANGUAGE, else `[ui] language` of the person's own settings file, else the
    system's; "en" when there is no catalogue for it."""
    return _language(tuple(os.environ.get(name, "") for name in (*_VARIABLES, *_PLACES)))


@lru_cache(maxsize=1)
def _language(environment: tuple[str, ...]) -> str:
    """The same variables need one look into files."""
    code = _wanted(environment)
    return code if code == "en" or _can_be_written(code) else "en"


def _wanted(environment: tuple[str, ...]) -> str:
    told = [value for value in environment[: len(_VARIABLES)] if value]
    if chosen := os.environ.get("OPENCODE_LANGUAGE") or _written():
        return _code(chosen)
    if told and all(value.startswith(_ENGLISH) for value in told):
        return "en"
    return "en" if not told and os.name == "posix" else _detected()


def _can_be_written(code: str) -> bool:
    """Whether stdout has the letters: old consoles and pipes of Windows may not."""
    from opencode.i18n.catalog import load

    try:
        load(code).get("_name", "").encode(sys.stdout.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def said(text: str) -> str:
    """An English sentence in the language of the person. `make locales` writes what stands in
    the brackets of `said(…)` into the catalogue."""
    code = language()
    if code == "en":
        return text
    from opencode.i18n.english import translated

    return translated(text, code)


def answering() -> Callable[[str], str]:
    """What puts the answers of the keyless rules into the language of the person."""
    code = language()
    if code == "en":
        return str
    from opencode.i18n.captions import answer
    from opencode.i18n.catalog import Catalogue, speak

    speak(Catalogue(code))
    return answer


def _code(name: str) -> str:
    if name.startswith("en"):
        return "en"
    from opencode.i18n.catalog import language_of

    return language_of(name) or "en"


def _detected() -> str:
    from opencode.i18n.catalog import detect

    return detect()


def _written() -> str:
    """The file is parsed only if it holds the word: settings cost more than all of `--help`."""
    from opencode.config import paths
    from opencode.config.formats import written
    from opencode.core.error import ConfigError

    for file in written.find(paths.config_dir())[:1]:
        try:
            if b"language" not in file.read_bytes():
                return ""
            values = written.read(file).values
        except (OSError, ConfigError):
            return ""  # whoever asks for help with a broken file gets it in English
        inside: Any = values.get("ui")
        table = cast("dict[str, Any]", inside) if isinstance(inside, dict) else values
        found = table.get("language")
        return found if isinstance(found, str) else ""
    return ""
