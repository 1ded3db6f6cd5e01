import base64
import os
from pathlib import Path

import pytest
from textual._xterm_parser import XTermParser
from textual.events import Key

from opencode.tui.tty.clipboard import copy
from opencode.tui.tty.terminal import (
    Pastes,
    Replies,
    is_dark_by,
    keys_one_way,
    notification,
    passed_through,
    title,
)

WHITE = "\x1b]11;rgb:ffff/ffff/ffff\x07"


@pytest.mark.parametrize("cut", range(len(WHITE)))
def test_the_answer_is_taken_out_wherever_it_is_torn(cut: int) -> None:
    replies = Replies()
    text = f"ab{WHITE}cd"
    typed = replies.take(text[: cut + 2], is_fresh=True) + replies.take(
        text[cut + 2 :], is_fresh=True
    )
    assert typed == "abcd"
    assert replies.is_dark is False


CHANGES = "\x1b[?997;2n"


@pytest.mark.parametrize("cut", range(3, len(CHANGES)))
def test_a_changed_background_is_taken_out_wherever_it_is_torn(cut: int) -> None:
    replies = Replies()
    replies.take("\x1b]11;rgb:0/0/0\x07", is_fresh=True)
    assert replies.take("ab" + CHANGES[:cut], is_fresh=False) == "ab"
    assert replies.news is None
    assert replies.take(CHANGES[cut:] + "cd", is_fresh=False) == "cd"
    assert replies.news is False
    assert replies.take("x", is_fresh=False) == "x"
    assert replies.news is None
    assert replies.take("\x1b[?997;1n", is_fresh=False) == ""
    assert replies.news is True


def test_other_things_terminals_say_go_on_to_who_asked() -> None:
    replies = Replies()
    assert replies.take("\x1b[?", is_fresh=False) == ""
    assert replies.take("2026;2$y", is_fresh=False) == "\x1b[?2026;2$y"
    assert replies.take("\x1b[?9", is_fresh=False) == ""
    assert replies.given_up() == "\x1b[?9"


def test_keys_that_begin_like_an_answer_are_typed_in_the_end() -> None:
    replies = Replies()
    assert replies.take("x\x1b", is_fresh=True) == "x"
    assert replies.given_up() == "\x1b"
    assert replies.take("\x1b[A\x1bb", is_fresh=True) == "\x1b[A\x1bb"
    assert replies.take("\x1b", is_fresh=False) == "\x1b"
    assert replies.is_dark is None


def test_an_answer_torn_by_a_slow_line_is_never_typed() -> None:
    replies = Replies()
    assert replies.take("a\x1b]11;rgb:ffff/ff", is_fresh=True) == "a"
    assert replies.given_up() == ""
    assert replies.take("ff/ffff\x07b", is_fresh=False) == "b"
    assert replies.is_dark is False


@pytest.mark.parametrize(
    ("answer", "dark"),
    [
        ("rgb:0000/0000/0000", True),
        ("rgb:28/2a/36", True),
        ("rgb:fd/f6/e3", False),
        ("rgba:ffff/ffff/ffff/0000", False),
        ("rgb:f/f/f", False),
    ],
)
def test_dark_and_light_are_told_apart(answer: str, dark: bool) -> None:
    replies = Replies()
    assert replies.take(f"\x1b]11;{answer}\x1b\\", is_fresh=True) == ""
    assert replies.is_dark is dark


def test_what_is_told_to_the_terminal_holds_no_commands() -> None:
    assert title("a\x07b\x1b]52;c;x\x07\n c") == "\x1b]2;a␇b c\x07"
    told = notification("done; rm\x1b\\", {"TERM": "foot"})
    assert told == "\x1b]777;notify;opencode;done, rm\x07"


@pytest.mark.parametrize(
    ("environment", "begins"),
    [
        ({"TERM_PROGRAM": "iTerm.app"}, "\x1b]9;"),
        ({"TERM": "xterm-kitty"}, "\x1b]9;"),
        ({"TERM": "foot-extra"}, "\x1b]777;"),
        ({"TERM_PROGRAM": "ghostty"}, "\x1b]777;"),
        ({"LC_TERMINAL": "iTerm2", "TERM_PROGRAM": "tmux", "TMUX": "x"}, "\x1bPtmux;\x1b\x1b]9;"),
        ({"TERM_PROGRAM": "vscode"}, ""),
        ({"TERM": "xterm-256color"}, ""),
    ],
)
def test_only_terminals_known_to_tell_are_told(environment: dict[str, str], begins: str) -> None:
    told = notification("x", environment)
    assert told.startswith(begins) if begins else not told


def test_the_colours_variable_is_a_first_guess() -> None:
    assert is_dark_by({"COLORFGBG": "15;0"}) is True
    assert is_dark_by({"COLORFGBG": "0;default;15"}) is False
    assert is_dark_by({}) is None


def test_screen_takes_long_sequences_in_pieces() -> None:
    wrapped = passed_through("\x1b]52;c;" + "A" * 2000 + "\x07", {"STY": "1"})
    pieces = wrapped.split("\x1b\\")
    assert max(map(len, pieces)) < 768
    assert "".join(piece.removeprefix("\x1bP") for piece in pieces).count("A") == 2000


async def test_copying_takes_the_surest_way_and_says_which(tmp_path: Path) -> None:
    written: list[str] = []
    ssh = {"SSH_TTY": "x", "TERM": "xterm"}
    file = tmp_path / "state" / "copied.txt"
    assert await copy("héllo", written.append, file, ssh) == "sent"
    payload = written[0].removeprefix("\x1b]52;c;").removesuffix("\x07")
    assert base64.b64decode(payload).decode() == "héllo"
    assert await copy("x" * 100_000, written.append, file, ssh) == "file"
    assert file.read_text() == "x" * 100_000
    assert file.stat().st_mode & 0o77 == 0
    assert await copy("x", written.append, file, {**ssh, "TERM_PROGRAM": "Apple_Terminal"}) == (
        "file"
    )
    assert await copy("x", written.append, None, {**ssh, "TERM": "linux"}) == "nowhere"
    assert len(written) == 1


async def test_in_tmux_the_text_is_loaded_into_its_buffer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "tmux"
    program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked; cat > {tmp_path}/taken\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    way = await copy("text", lambda text: None, None, {"TMUX": "x", "SSH_TTY": "y"})
    assert way == "tmux"
    assert (tmp_path / "taken").read_text() == "text"
    assert (tmp_path / "asked").read_text().strip() == "load-buffer -w -"


@pytest.mark.parametrize(
    ("sent", "key"),
    [
        ("\x1b\r", "alt+enter"),
        ("\x1b\n", "alt+enter"),
        ("\x1b[27;2;13~", "shift+enter"),
        ("\x1b[27;5;13~", "ctrl+enter"),
        ("\r", "enter"),
    ],
)
def test_the_ways_of_terminals_to_send_a_held_enter_are_one(sent: str, key: str) -> None:
    [event] = XTermParser().feed(keys_one_way(sent))
    assert isinstance(event, Key)
    assert event.key == key


ODD = "\x1b[200~a\x1b[31mred\x1b[0m\x1b]0;evil\x07b\x1b\rc\x1b[201~"


@pytest.mark.parametrize("cut", [0, 2, 3, 5, 7, 9, 24, *range(len(ODD) - 6, len(ODD) + 1)])
def test_what_is_pasted_presses_no_keys_wherever_it_is_torn(cut: int) -> None:
    pastes, parser = Pastes(), XTermParser()
    read = [*pastes.take("x" + ODD[:cut]), *pastes.take(ODD[cut:] + "\x1b\r")]
    typed = "".join(text for text, is_paste in read if not is_paste)
    keys = [event.key for event in parser.feed(typed) if isinstance(event, Key)]
    assert keys == ["x", "alt+enter"]
    assert [text for text, is_paste in read if is_paste] == ["aredb\rc"]
