import re
from pathlib import Path

import pytest

import opencode
from opencode.i18n.catalog import Catalogue, detect, language_of, languages, load, speak, t
from opencode.i18n.plurals import plural
from opencode.tui.commands import COMMANDS
from opencode.tui.keys import DEFAULTS


def test_a_text_is_found_filled_and_counted() -> None:
    assert t("keys.unknown", name="x") == "There is no command “x” to bind a key to"
    assert t("transcript.lines", n=1) == "1 line"
    assert t("transcript.lines", n=5) == "5 lines"


def test_a_missing_key_is_shown_and_a_missing_value_stays_visible() -> None:
    assert t("no.such.key") == "no.such.key"
    assert t("keys.unknown") == "There is no command “{name}” to bind a key to"


def test_english_knows_its_own_name_and_unknown_languages_are_english() -> None:
    assert languages()["en"] == "English"
    assert Catalogue("tlh").language == "en"
    assert Catalogue("../../etc").language == "en"


@pytest.mark.parametrize(
    ("environment", "code"),
    [
        ({}, "en"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"OPENCODE_LANGUAGE": "en", "LANG": "de_DE"}, "en"),
    ],
)
def test_the_language_is_detected(environment: dict[str, str], code: str) -> None:
    assert detect(environment) == code


def test_a_locale_without_catalogue_is_none() -> None:
    assert language_of("tlh_KL.UTF-8") == ""


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("en", {0: "other", 1: "one", 2: "other"}),
        ("ja", {1: "other"}),
        ("fr", {0: "one", 1: "one", 2: "other"}),
        ("ru", {1: "one", 2: "few", 5: "many", 11: "many", 21: "one", 22: "few"}),
        ("pl", {1: "one", 2: "few", 5: "many", 12: "many", 22: "few", 21: "many"}),
        ("ar", {0: "zero", 1: "one", 2: "two", 3: "few", 11: "many", 100: "other"}),
    ],
)
def test_numbers_take_their_language_s_forms(language: str, forms: dict[int, str]) -> None:
    assert {n: plural(language, n) for n in forms} == forms


def test_a_switch_is_seen_by_everyone_who_holds_the_catalogue() -> None:
    catalogue = Catalogue("en")
    speak(catalogue)
    catalogue.switch("en")
    assert t("confirm.yes") == "Yes"


def test_every_text_of_english_is_flat_and_not_empty() -> None:
    assert all(text and isinstance(text, str) for text in load("en").values())


def test_every_text_the_terminal_asks_for_is_there() -> None:
    texts = load("en")
    asked = {
        key
        for file in Path(opencode.__file__).parent.glob("tui/**/*.py")
        for key in re.findall(r'\bt\(\s*"([\w.]+)"', file.read_text("utf-8"))
    }
    assert len(asked) > 50
    assert not {k for k in asked if k not in texts and f"{k}.other" not in texts}
    named = {f"command.{name}" for name in DEFAULTS} | {f"command.{c.name}" for c in COMMANDS}
    assert not named - set(texts)
