"""However the app ends, the terminal is as it was: seven ways and some more, by the bytes."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from time import sleep

import pytest

from opencode.tests.tui.on_pty import IN_A_SHELL, Terminal

pytestmark = pytest.mark.slow

HUNG_UP, TERMINATED = 128 + signal.SIGHUP, 128 + signal.SIGTERM
DEAF = """
from pathlib import Path
from opencode.tests.tui.terminal_app import answering
from opencode.tui.app import OpenCodeApp
from opencode.tui.open import leaving_words
from opencode.tui.options import Options
from opencode.tui.tty.driver import QuietDriver

class Deaf(QuietDriver):
    def run_input_thread(self):
        raise ZeroDivisionError

app = OpenCodeApp(answering, Options())
app.driver_class = Deaf
app.run()
print(leaving_words(app))
raise SystemExit(app.return_code)
"""


def quit_by_key(terminal: Terminal) -> int:
    terminal.press(b"\x11")
    return 0


def interrupt_twice(terminal: Terminal) -> int:
    terminal.press(b"\x03")
    terminal.see("again to leave")
    terminal.press(b"\x03")
    return 0


def terminate(terminal: Terminal) -> int:
    terminal.child.terminate()
    return TERMINATED


def hang_up(terminal: Terminal) -> int:
    terminal.child.send_signal(signal.SIGHUP)
    return HUNG_UP


def meet_a_bug(terminal: Terminal) -> int:
    terminal.press(b"boom\r")
    return 1


@pytest.fixture
def in_a_shell() -> Iterator[Terminal]:
    made = Terminal(command=IN_A_SHELL)
    yield made
    if made.child.poll() is None:
        os.kill(made.job, signal.SIGKILL)
    made.close()


def terminate_mid_stream(terminal: Terminal) -> int:
    terminal.press(b"slowly\r")
    terminal.see("piece 3")
    terminal.child.terminate()
    return TERMINATED


@pytest.mark.parametrize(
    "way",
    [
        quit_by_key,
        interrupt_twice,
        terminate,
        hang_up,
        meet_a_bug,
        terminate_mid_stream,
    ],
)
def test_the_terminal_is_given_back(terminal: Terminal, way: Callable[[Terminal], int]) -> None:
    terminal.see("build")
    terminal.press(b"hello\r")
    terminal.see("echo hello")
    code = way(terminal)
    assert terminal.end() == code
    terminal.assert_given_back()
    assert b"opencode session resume ses_" in terminal.written


def test_a_terminal_that_stopped_reading_and_then_went_away_ends_the_app() -> None:
    """Whoever waits for room to write must not wait for a writer that died."""
    terminal = Terminal()
    terminal.see("build")
    terminal.press(b"slowly\r")
    terminal.see("piece 1")
    for width in range(80, 140):  # sixty whole screens that nobody reads
        terminal.resize(width, 50)
        sleep(0.02)
    os.close(terminal.slave)
    os.close(terminal.master)
    try:
        assert terminal.child.wait(timeout=40) == HUNG_UP
    finally:
        terminal.child.kill()


def test_continued_without_having_been_stopped_it_stays_as_it_is(terminal: Terminal) -> None:
    terminal.see("build")
    terminal.child.send_signal(signal.SIGCONT)
    terminal.press(b"hello\r")
    terminal.see("echo hello")
    assert terminal.written.count(b"\x1b[?1049h") == 1
    terminal.press(b"\x11")
    assert terminal.end() == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, TERMINATED), (signal.SIGKILL, 137)])
def test_ended_while_suspended_it_leaves_the_terminal_as_the_shell_had_it(
    in_a_shell: Terminal, number: signal.Signals, code: int
) -> None:
    terminal = in_a_shell
    terminal.see("build")
    terminal.press(b"\x1a")
    terminal.wait_for_state("T")
    terminal.assert_given_back()
    job = terminal.job
    os.kill(job, number)
    os.kill(job, signal.SIGCONT)
    assert terminal.end() == code
    terminal.assert_given_back()


def test_where_no_shell_waits_it_does_not_go_where_nobody_could_bring_it_back(
    terminal: Terminal,
) -> None:
    terminal.see("build")
    terminal.press(b"\x1a")
    terminal.see("no shell")
    terminal.child.send_signal(signal.SIGTSTP)
    terminal.press(b"hello\r")
    terminal.see("echo hello")


def test_continued_after_suspending_it_goes_on_where_it_was(in_a_shell: Terminal) -> None:
    terminal = in_a_shell
    terminal.see("build")
    terminal.press(b"hello\r")
    terminal.see("echo hello")
    terminal.press(b"\x1a")
    terminal.wait_for_state("T")
    before = len(terminal.written)
    os.kill(terminal.job, signal.SIGCONT)
    while b"\x1b[?2004h" not in terminal.written[before:]:
        terminal.pump()
    terminal.press(b"again\r")
    terminal.see("echo again")
    assert b"\x1b[?1049h" in terminal.written[before:]
    assert b"hello" in terminal.written[before:]
    terminal.press(b"\x11")
    assert terminal.end() == 0
    terminal.assert_given_back()


def test_a_bug_is_one_plain_message_that_names_the_log(terminal: Terminal) -> None:
    terminal.see("build")
    terminal.press(b"boom\r")
    assert terminal.end() == 1
    said = terminal.written.rpartition(b"\x1b[?1004l")[2].decode()
    assert "ZeroDivisionError" in said
    assert "opencode.log" in said
    assert "Traceback" not in said


def test_so_is_a_bug_in_reading_what_is_typed() -> None:
    terminal = Terminal(command=(sys.executable, "-c", DEAF))
    try:
        assert terminal.end() == 1
        assert b"ZeroDivisionError" in terminal.written
        assert b"Traceback" not in terminal.written
    finally:
        terminal.close()


def test_bytes_that_mean_no_key_are_left_out(terminal: Terminal) -> None:
    terminal.see("build")
    for torn in (b"\x1b[99999999999u", b"\x1b[:200~"):
        terminal.press(torn)
        terminal.rest(0.1)
    terminal.press(b"hello\r")
    terminal.see("echo hello")


def test_without_its_terminal_it_ends(terminal: Terminal) -> None:
    terminal.see("build")
    os.close(terminal.slave)
    os.close(terminal.master)
    terminal.slave = os.open(os.devnull, os.O_RDONLY)
    terminal.master = -1
    assert terminal.child.wait(timeout=30) == HUNG_UP


def test_title_and_background_are_asked_and_told() -> None:
    terminal = Terminal()
    terminal.answers[b"\x1b]11;?"] = b"\x1b]11;rgb:ffff/ffff/ff"
    try:
        terminal.see("build")
        terminal.press(b"ee\x1b\\")
        terminal.press(b"hello\r")
        terminal.see("echo hello")
        terminal.see("\x1b]2;hello · opencode\x07")
        terminal.see("48;2;251;251;250")  # the light theme's ground
        before = len(terminal.written)
        terminal.press(b"\x1b[?997;1n")  # it was made dark meanwhile
        while b"48;2;16;18;22" not in terminal.written[before:]:
            terminal.pump()
        assert b"997" not in terminal.written
        assert b"rgb:" not in terminal.written
        terminal.press(b"\x11")
        assert terminal.end() == 0
        terminal.assert_given_back()
    finally:
        terminal.close()


@pytest.mark.parametrize(
    ("environment", "sequence"),
    [
        ({"TERM_PROGRAM": "WezTerm"}, "\x1b]9;Done: hello\x07"),
        ({"VTE_VERSION": "7600"}, "\x1b]777;notify;opencode;Done: hello\x07"),
        ({"VTE_VERSION": "7600", "TMUX": "x"}, "\x1bPtmux;\x1b\x1b]777;notify;opencode;Done"),
    ],
)
def test_who_looks_elsewhere_is_told_by_what_the_terminal_understands(
    environment: dict[str, str], sequence: str
) -> None:
    terminal = Terminal(**environment)
    try:
        terminal.see("build")
        terminal.press(b"\x1b[O")
        terminal.press(b"hello\r")
        terminal.see(sequence)
        terminal.see("\x07")
    finally:
        terminal.close()


def test_where_no_colours_are_wanted_none_are_written() -> None:
    terminal = Terminal(NO_COLOR="1")
    try:
        terminal.see("build")
        terminal.press(b"hello\r")
        terminal.see("echo hello")
        for coloured in (b"38;2;", b"48;2;", b"38;5;", b"[31m", b"[34m", b";34"):
            assert coloured not in terminal.written
    finally:
        terminal.close()


def test_a_terminal_of_sixteen_colours_keeps_its_own() -> None:
    terminal = Terminal(TERM="xterm", COLORTERM="")
    try:
        terminal.see("build")
        terminal.press(b"hello\r")
        terminal.see("echo hello")
        assert b"38;2;" not in terminal.written
        assert b"48;5;" not in terminal.written
    finally:
        terminal.close()


def test_a_terminal_that_changed_its_size_and_changed_it_back_is_painted_anew(
    terminal: Terminal,
) -> None:
    terminal.see("Ask anything")
    terminal.rest(0.5)
    terminal.written = b""
    terminal.resize(60, 20)
    terminal.resize(100, 30)
    terminal.child.send_signal(signal.SIGWINCH)
    terminal.see("names files")
