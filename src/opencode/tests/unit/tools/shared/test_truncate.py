"""Long texts keep both ends, fit their bounds, and say where the whole is."""

from hypothesis import given
from hypothesis import strategies as st

from opencode.tools.shared.truncate import shorten


def test_a_text_within_the_bounds_stays_and_is_not_kept_elsewhere() -> None:
    def never() -> str:
        raise AssertionError

    assert shorten("a\nb\n", never, lines=2, size=4) == "a\nb\n"


def test_lines_are_counted_and_the_place_of_the_whole_is_named() -> None:
    text = "".join(f"{n}\n" for n in range(10))
    short = shorten(text, lambda: "/x", lines=4)
    assert short == "0\n1\n[... 6 lines, 12 bytes left out; the whole is in /x ...]\n8\n9\n"


def test_one_endless_line_is_cut_inside() -> None:
    short = shorten("a" * 1000 + "z" * 1000, size=100)
    assert short == "a" * 50 + "\n[... 0 lines, 1900 bytes left out ...]\n" + "z" * 50


@given(st.text(max_size=400), st.integers(2, 20), st.integers(8, 100))
def test_any_text_fits_its_bounds(text: str, lines: int, size: int) -> None:
    short = shorten(text, lines=lines, size=size)
    if short != text:
        assert len(short.encode()) <= size + 60
        assert short.count("\n") <= lines + 3
