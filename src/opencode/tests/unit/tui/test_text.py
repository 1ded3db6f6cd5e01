import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opencode.tui.looks.lines import copied, flow
from opencode.tui.looks.look import PLAIN
from opencode.tui.looks.text import clean, cut, expand, fit, graphemes, width_of, wrap

CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
MIXED = st.text(
    st.sampled_from("ab cd\t中文字한글é👩\u200d👩\u200d👧🇩🇪ا ") | st.characters(codec="utf-8")
)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]52;c;ZXZpbA==\x1b\\text", "text"),
        ("\x1bP1$r\x1b\\text", "text"),
        ("10%\r50%\r100%", "100%"),
        ("a\r\nb", "a\nb"),
        ("bell\x07", "bell␇"),
        ("\x9b31mx", "x"),
        ("safe\u202etxt.exe", "safe\ufffdtxt.exe"),
        ("half \x1b", "half ␛"),
        ("lone \ud800 half", "lone \ufffd half"),
    ],
)
def test_nothing_reaches_the_terminal_that_it_would_obey(raw: str, shown: str) -> None:
    assert clean(raw) == shown


@given(st.text(st.characters() | st.sampled_from("\x1b[]0;m\x07\r")))
def test_cleaned_text_never_holds_a_control_character(text: str) -> None:
    cleaned = clean(text)
    assert not CONTROL.search(cleaned)
    assert clean(cleaned) == cleaned


@given(MIXED, st.integers(2, 40))
def test_wrapped_lines_fit_and_lose_nothing_but_blanks_at_breaks(text: str, width: int) -> None:
    text = clean(text).replace("\n", " ").replace("\t", " ")
    lines = [text[a:b] for a, b in wrap(text, width)]
    assert all(width_of(line.rstrip(" ")) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@given(st.lists(MIXED, max_size=6), st.integers(4, 40))
def test_what_is_copied_is_what_was_written(rows: list[str], width: int) -> None:
    text = "\n".join(clean(row).replace("\n", "") for row in rows)
    lines = flow([(text, PLAIN.base)], width)
    assert copied(lines) == text or copied(lines).split() == text.split()


def test_a_long_word_breaks_between_graphemes_and_never_inside_one() -> None:
    family = "👩\u200d👩\u200d👧"
    lines = [(family * 5)[a:b] for a, b in wrap(family * 5, 4)]
    assert lines == [family * 2, family * 2, family]


def test_tabs_reach_the_next_stop_and_are_copied_as_tabs() -> None:
    assert expand("a\tb") == "a   b"
    row = flow([("a\tb", PLAIN.base)], 20)[0]
    assert "".join(s.text for s in row.segments) == "a   b"
    assert row.text == "a\tb"
    assert cut("a\tb", 0, 4) == "a\t"


def test_a_cell_of_wide_text_is_found_by_its_column() -> None:
    assert cut("中文ab", 2, 4) == "文"
    assert cut("中文ab", 4) == "ab"
    assert graphemes("é中") == [("é", 1), ("中", 2)]


def test_what_does_not_fit_ends_in_an_ellipsis() -> None:
    assert fit("hello world", 8) == "hello w…"
    assert fit("中文中文", 5) == "中文…"
    assert fit("ab", 2) == "ab"
