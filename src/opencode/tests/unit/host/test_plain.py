"""Output made safe: no byte a program prints can steer a terminal or break a file."""

import json

from hypothesis import given
from hypothesis import strategies as st

from opencode.host.plain import head_and_tail, plain, whole_characters


@given(st.binary(max_size=200))
def test_any_bytes_become_text_without_control_characters(data: bytes) -> None:
    text = plain(data)
    assert all(c in "\n\t" or (c >= " " and not "\x7f" <= c <= "\x9f") for c in text)
    json.dumps(text).encode()


def test_colours_titles_and_links_go_but_their_text_stays() -> None:
    link = b"\x1b]8;;http://x\x1b\\here\x1b]8;;\x1b\\"
    assert plain(b"\x1b[1;31mred\x1b[0m \x1b]0;t\x07" + link + b"\x1b(B\x1b[K") == "red here"


def test_a_progress_bar_shows_its_last_state() -> None:
    assert plain(b"start\r\n10%\r50%\r100%\r\nend\r\n") == "start\n100%\nend\n"


@given(st.text(max_size=30), st.integers(0, 40))
def test_a_character_cut_at_the_end_is_left_for_the_next_look(text: str, cut: int) -> None:
    data = text.encode()[:cut]
    assert text.startswith(whole_characters(data).decode())


def test_head_and_tail_count_what_lies_between() -> None:
    shown = head_and_tail(b"a\nb\nhalf", b"line\ny\nz\n", 1000)
    assert shown == "a\nb\n\n[... 992 bytes left out ...]\n\ny\nz\n"
    assert head_and_tail(b"ab", b"cd", 4) == "abcd"
