import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

import opencode
from opencode.i18n.catalog import languages
from opencode.i18n.direction import direction
from opencode.i18n.plurals import forms
from opencode.i18n.width import width

FOLDER = Path(opencode.__file__).parents[2] / "locales"
CODES = "zh zht ja ko es fr de it pt ru ar th vi pl nl tr".split()  # noqa: SIM905
FORMS = {"zero", "one", "two", "few", "many", "other"}
FIELD = re.compile(r"\{\w+\}")
CODE = re.compile(
    r"^opencode [\w {}:]+\.?$|\[[\w.{}]+\]|`[^`]*`|\{[^{}]*\}|<[^<>]*>|--?[a-z][\w-]*"
    r"|[\w.]*[/_=@][\w./=@…-]*|[A-Z_]{4,}"
)
"""What is the same in every language: names of options, files, keys, fields."""
TYPED = re.compile(r"`[^`\"]+`|--[a-z][\w-]*|\b[A-Z]+_[A-Z_]+\b|/[a-z]{3,}\b|\[[a-z][\w.]*\]")
SCRIPTS = {
    "zh": r"[\u4e00-\u9fff]",
    "zht": r"[\u4e00-\u9fff]",
    "ja": r"[\u3040-\u30ff\u4e00-\u9fff]",
    "ko": r"[\uac00-\ud7af]",
    "ru": r"[\u0400-\u04ff]",
    "ar": r"[\u0600-\u06ff]",
    "th": r"[\u0e00-\u0e7f]",
}
"""Letters that a sentence in these languages cannot do without."""
NAMES = re.compile(
    r"opencode|mcp|auth|provider|language|config|set|show|list|session|run|get|post|urls?|https?"
    r"|ctrl|shift|alt|tab|esc|enter|space|home|end|pgup|pgdn|ok|id|jsonl?|toml|csv|pdf|api|lsp|git"
    r"|github|copilot|openai|anthropic|ollama|linux|windows|macos|utf-8|mb|kb|gb|m?s|sse|stdio"
    r"|oauth|gguf|yaml|python|docker|bwrap|model|agent|shell|tcp|host|bash|edit|write|read|web"
    r"|dask|tokens?|bearer|sandbox|server|plan|build|diff|glob|grep|prompt|in|out|or|bytes?|commit|issue"
)


def flat(tree: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    """Every text by its forms; one without a number has the form ""."""
    for key, value in tree.items():
        if not isinstance(value, dict):
            yield prefix + key, {"": str(value)}
        elif set(cast("dict[str, Any]", value)) <= FORMS:
            yield prefix + key, cast("dict[str, str]", value)
        else:
            yield from flat(cast("dict[str, Any]", value), f"{prefix}{key}.")


def texts(code: str) -> dict[str, dict[str, str]]:
    return dict(flat(json.loads((FOLDER / f"{code}.json").read_text("utf-8"))))


ENGLISH = texts("en")
every_language = pytest.mark.parametrize("code", CODES)


def test_seventeen_languages_are_there() -> None:
    assert {file.stem for file in FOLDER.glob("*.json")} == {"en", *CODES}
    assert sorted(languages()) == sorted({"en", *CODES})


@every_language
def test_a_catalogue_has_exactly_the_texts_of_english(code: str) -> None:
    there = texts(code)
    assert sorted(set(ENGLISH) - set(there)) == []
    assert sorted(set(there) - set(ENGLISH)) == []


@every_language
def test_a_text_with_a_number_has_the_forms_its_language_needs(code: str) -> None:
    there, needed = texts(code), forms(code)
    for key, english in ENGLISH.items():
        found = set(there.get(key, english))
        assert (found == {""}) == (set(english) == {""}), key
        assert found == {""} or needed <= found, f"{key} lacks {sorted(needed - found)}"


@every_language
def test_the_fields_of_a_text_are_those_of_english(code: str) -> None:
    for key, said in texts(code).items():
        english = ENGLISH.get(key, said)
        fields = set(FIELD.findall(" ".join(english.values())))
        for form, text in said.items():
            found = set(FIELD.findall(text))
            may_lack = {"{n}"} if form in ("zero", "one", "two") else set[str]()
            assert found <= fields, f"{key}: {sorted(found - fields)} is no field"
            assert fields - may_lack <= found, f"{key} lacks {sorted(fields - may_lack - found)}"


@every_language
def test_what_is_typed_stays_as_it_is_typed(code: str) -> None:
    for key, said in texts(code).items():
        for form, text in said.items():
            typed = TYPED.findall(ENGLISH.get(key, said).get(form, ""))
            assert [word for word in typed if word not in text] == [], key


@every_language
def test_nothing_is_left_in_english(code: str) -> None:
    left = {
        key: text
        for key, said in texts(code).items()
        for form, text in said.items()
        if text == ENGLISH.get(key, {}).get(form) and not is_the_same_everywhere(text, code)
    }
    assert left == {}


def is_the_same_everywhere(text: str, code: str) -> bool:
    """Only names and code; or, in Latin script, one word that both languages have."""
    words = re.findall(r"[A-Za-z][\w+-]*", CODE.sub(" ", text))
    unknown = [word for word in words if not NAMES.fullmatch(word.lower())]
    return not unknown or (code not in SCRIPTS and len(words) == 1)


@pytest.mark.parametrize("code", SCRIPTS)
def test_sentences_are_in_the_script_of_their_language(code: str) -> None:
    strange = {
        key: text
        for key, said in texts(code).items()
        for text in said.values()
        if len(re.findall(r"[a-z]{3,}", CODE.sub(" ", text))) > 3
        and not re.search(SCRIPTS[code], text)
    }
    assert strange == {}


@every_language
def test_a_catalogue_says_its_own_name_at_its_beginning(code: str) -> None:
    first = (FOLDER / f"{code}.json").read_text("utf-8")[:200]
    name = texts(code)["_name"][""]
    assert f'"_name": "{name}"' in first
    assert name != "English"


@every_language
def test_no_text_carries_marks_of_direction_or_controls(code: str) -> None:
    assert not [
        key
        for key, said in texts(code).items()
        for text in said.values()
        if re.search(r"[\x00-\x08\x0b-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]", text)
    ]


@every_language
def test_what_stands_in_one_row_of_eighty_columns_fits(code: str) -> None:
    said = texts(code)
    limits = {
        "welcome.plain": 68,
        "chat.placeholder": 76,
        "status.esc": 24,
        "status.help": 16,
        "chat.leave_hint": 60,
    }
    wide = {
        key: width(said[key][""]) for key, most in limits.items() if width(said[key][""]) > most
    }
    assert wide == {}


def test_arabic_is_written_from_right_to_left_and_the_others_are_not() -> None:
    assert direction("ar") == "rtl"
    assert {direction(code) for code in CODES if code != "ar"} == {"ltr"}
