"""The app in a real pseudo-terminal: what it writes, what it answers, how it leaves."""

import os
import signal
from contextlib import suppress
from pathlib import Path

from opencode.tests.tui.on_pty import Terminal


def test_a_prompt_is_typed_answered_and_the_terminal_is_left_as_it_was(terminal: Terminal) -> None:
    terminal.see("build")
    terminal.press(b"hello there\r")
    terminal.see("echo hello")
    for size in ((40, 10), (20, 6), (200, 60), (100, 30)):
        terminal.resize(*size)
        os.kill(terminal.child.pid, signal.SIGWINCH)
        terminal.pump(0.2)
    terminal.press(b"again\r")
    terminal.see("echo again")
    terminal.press(b"\x11")
    assert terminal.end() == 0
    assert not terminal.modes_left_on()
    assert terminal.is_restored()
    assert b"opencode session resume ses_" in terminal.written


def test_a_lone_esc_and_split_sequences_are_understood(terminal: Terminal) -> None:
    terminal.see("build")
    terminal.press(b"/them")
    terminal.see("Switch theme")
    terminal.press(b"\x1b")
    terminal.rest(0.6)
    terminal.press(b"\x03")
    terminal.press("中".encode()[:2])
    terminal.rest(0.2)
    terminal.press("中".encode()[2:] + b"x\r")
    terminal.see("echo 中x")
    terminal.press(b"\x11")
    assert terminal.end() == 0


def test_a_large_paste_arrives_whole_and_is_not_sent(terminal: Terminal) -> None:
    terminal.see("build")
    rows = b"\r".join(b"row %d " % n + b"x" * 60 for n in range(2000))
    os.set_blocking(terminal.master, False)
    data = b"\x1b[200~" + rows + b"\x1b[201~"
    while data:
        with suppress(BlockingIOError):
            data = data[os.write(terminal.master, data[:4096]) :]
        terminal.pump(0.001)
    terminal.see("2000 lines")
    terminal.press(b"\x03\x03")
    terminal.see("again to leave")
    terminal.press(b"\x03")
    assert terminal.end() == 0


def test_a_bug_leaves_a_usable_terminal_too(terminal: Terminal) -> None:
    terminal.see("build")
    terminal.press(b"boom\r")
    assert terminal.end() == 1
    assert not terminal.modes_left_on()
    assert terminal.is_restored()


def test_sigterm_leaves_a_usable_terminal_too(terminal: Terminal) -> None:
    terminal.see("build")
    terminal.child.terminate()
    terminal.end()
    assert not terminal.modes_left_on()
    assert terminal.is_restored()


def test_where_ctrl_h_may_be_backspace_it_deletes_and_helps_only_when_nothing_is_written(
    terminal: Terminal,
) -> None:
    terminal.see("build")
    terminal.press(b"ab\x08c\r")
    terminal.see("echo ac")
    terminal.press(b"\x08")
    terminal.see("Earlier prompts")
    for keys in (b"\x08", b"\x1b[104;5u", b"\x1b[104;5u"):
        terminal.press(keys)
        terminal.rest(0.5)
    terminal.press(b"d\x7fe\r")
    terminal.see("echo e")


def test_an_editor_gets_the_draft_and_one_that_is_missing_does_no_harm(tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nprintf " and more" >> "$1"\nrm "$0"\n')
    editor.chmod(0o755)
    terminal = Terminal(VISUAL=str(editor))
    try:
        terminal.see("build")
        terminal.press(b"begun\x18e")
        terminal.see("and more")
        terminal.press(b"\x18e")
        terminal.see("that is installed")
        terminal.press(b"\r")
        terminal.see("echo begun")
        terminal.press(b"\x11")
        assert terminal.end() == 0
        terminal.assert_given_back()
    finally:
        terminal.close()
