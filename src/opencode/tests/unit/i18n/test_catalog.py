import re
from pathlib import Path

import pytest

import opencode
from opencode.i18n.catalog import Catalogue, detect, language_of, languages, load, speak, t
from opencode.i18n.plural_table import RULES
from opencode.i18n.plurals import forms, plural
from opencode.tests import plural_rules
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
        ({"OPENCODE_LANGUAGE": "tlh", "LANG": "de_DE"}, "de"),
        ({"LANG": "de_DE.UTF-8"}, "de"),
        ({"LANG": "zh_TW.UTF-8"}, "zht"),
        ({"LC_ALL": "C", "LANG": "de_DE"}, "en"),
        ({"LC_ALL": "", "LC_MESSAGES": "fr_FR", "LANG": "de_DE"}, "fr"),
        ({"LC_ALL": "en_GB.UTF-8", "LANG": "de_DE"}, "en"),
        ({"LANGUAGE": "tlh:es:fr", "LANG": "de_DE"}, "es"),
        ({"LANGUAGE": "es", "LC_ALL": "C"}, "en"),
        ({"LANGUAGE": "es"}, "es"),
    ],
)
def test_the_language_is_detected(environment: dict[str, str], code: str) -> None:
    assert detect(environment) == code


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("tlh_KL.UTF-8", ""),
        ("", ""),
        ("*", ""),
        ("../en", ""),
        ("zh-CN", "zh"),
        ("zh_SG.GB2312", "zh"),
        ("zh-Hant-HK", "zht"),
        ("zh_Hans_TW", "zh"),
        ("ZHT", "zht"),
        ("de@euro", "de"),
        ("Deutsch", "de"),
        ("français", "fr"),
    ],
)
def test_a_language_goes_by_many_names(name: str, code: str) -> None:
    assert language_of(name) == code


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


@pytest.mark.parametrize("language", [*languages(), "sv", "cs", "uk", "he", "lt", "sl"])
def test_forms_are_those_of_cldr(language: str) -> None:
    babel = pytest.importorskip("babel")
    form = babel.Locale.parse({"zht": "zh_Hant"}.get(language, language)).plural_form
    numbers = [*range(1200), 1_000_000, 1_000_001, 2_000_000, 1_000_011]
    assert {n: plural(language, n) for n in numbers} == {n: form(n) for n in numbers}
    assert {form(n) for n in range(1200)} == forms(language)


@pytest.mark.slow
def test_the_table_of_forms_is_the_one_babel_makes() -> None:
    pytest.importorskip("babel")
    made = {" ".join(codes): rule for rule, codes in plural_rules.rules()}
    assert made == {" ".join(codes.split()): rule.strip() for rule, codes in RULES.items()}


def test_a_language_nobody_counts_in_has_one_form() -> None:
    assert plural("tlh", 1) == "other"
    assert plural("ru", -1) == "one"


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
