"""The terminal on POSIX systems: input without a clock, and left as it was found.

Textual's reader wakes ten times a second, ours when there is input."""

import os
import selectors
import signal
import sys
from codecs import getincrementaldecoder
from contextlib import suppress
from socket import socketpair
from time import monotonic
from typing import TextIO, cast

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Paste
from textual.message import Message

from opencode.tui.tty.terminal import (
    ASK_BACKGROUND,
    BRING_TITLE_BACK,
    FOLLOW_BACKGROUND,
    KEEP_TITLE,
    LEAVE_BACKGROUND,
    Pastes,
    Replies,
    has_shell,
    title,
)

_ESCAPE = 0.35
"""Seconds after input in which an unfinished sequence may still turn out to be a lone Esc."""
_FRESH = 2.0
"""Seconds after the question in which an answer about the background counts."""
_CHUNK = 1 << 16
_HUNG_UP = 129


class BackgroundSeen(Message):
    """The terminal said what colour is behind everything."""

    def __init__(self, is_dark: bool) -> None:
        super().__init__()
        self.is_dark = is_dark


class Lossy:
    """The terminal as a file: what is written to one that is gone is gone. A writer that died of it
    would leave whoever waits for room in its queue waiting for ever."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> None:
        with suppress(OSError):
            self._file.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._file.flush()

    def fileno(self) -> int:
        return self._file.fileno()


class QuietDriver(LinuxDriver):
    """A socket wakes the reader when it should end. Everything is also safe when the terminal is
    gone: then there is nobody to write to, and the app ends."""

    def start_application_mode(self) -> None:
        """Take the terminal."""
        self._replies, self._pastes, self._asked = Replies(), Pastes(), monotonic()
        self._file = cast("TextIO", Lossy(cast("TextIO", sys.__stderr__)))
        # Textual's own handler runs wherever it meets the main thread, which may hold the lock of
        # the writer's queue; the loop's runs between two steps.
        self._loop.add_signal_handler(signal.SIGTSTP, self._sigtstp_application)
        super().start_application_mode()
        if self._writer_thread is not None:
            shown: str = getattr(self._app, "terminal_title", "")
            ask = FOLLOW_BACKGROUND + ASK_BACKGROUND if self.input_tty else ""
            self.write(KEEP_TITLE + (title(shown) if shown else "") + ask)
            self.flush()

    def stop_application_mode(self) -> None:
        """Give it back as it was."""
        self.write(LEAVE_BACKGROUND + BRING_TITLE_BACK)
        super().stop_application_mode()

    def _sigtstp_application(self, *_: object) -> None:
        """Stop, with the terminal as the shell had it, and with whatever we were started by."""
        if not has_shell():
            return
        if self._auto_restart:
            self.suspend_application_mode()
            self._must_signal_resume = True
        os.killpg(0, signal.SIGSTOP)

    def _sigcont_application(self, *_: object) -> None:
        """Come back from the shell. A terminal that hangs up sends this too: nothing to resume."""
        if self._auto_restart and self._must_signal_resume:
            self.resume_application_mode()

    def write(self, data: str) -> None:
        """Hand over to the writer, until it is closed."""
        if self._writer_thread is not None and self._writer_thread.is_alive():
            super().write(data)

    def close(self) -> None:
        """End the writer."""
        if self._writer_thread is not None and self._writer_thread.is_alive():
            super().close()

    def _run_input_thread(self) -> None:
        """A bug in reading ends the app as any other does; not with a page of code."""
        try:
            self.run_input_thread()
        except Exception as error:  # noqa: BLE001
            self._app.call_later(_rise, error)

    def run_input_thread(self) -> None:
        """Read keys until `disable_input`; sleep as long as there are none."""
        woken, self._waker = socketpair()
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        until = 0.0
        with selectors.SelectSelector() as selector, woken, self._waker:
            selector.register(self.fileno, selectors.EVENT_READ)
            selector.register(woken, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                now = monotonic()
                ready = [key.fd for key, _ in selector.select(0.1 if now < until else None)]
                text = ""
                if self.fileno in ready:
                    if not (data := self._read()):
                        break
                    text = self._typed(decode(data))
                    until = monotonic() + _ESCAPE
                elif self._replies.held and monotonic() >= until - _ESCAPE / 2:
                    text = self._replies.given_up()
                try:
                    for piece, is_paste in self._pastes.take(text):
                        # A paste at once: the parser would look at every letter. "" ends it.
                        events = [Paste(piece)] if is_paste else parser.feed(piece) if piece else ()
                        for event in events:
                            self.process_message(event)
                    for event in parser.tick():
                        self.process_message(event)
                except (ValueError, OverflowError):  # a sequence that means no key, torn on the way
                    parser = XTermParser(self._debug)

    def _read(self) -> bytes:
        """What was typed; nothing when the terminal is gone, and then the app ends."""
        try:
            data = os.read(self.fileno, _CHUNK)
        except OSError:
            data = b""
        if not data:
            self._loop.call_soon_threadsafe(self._app.exit, None, _HUNG_UP)
        return data

    def _typed(self, text: str) -> str:
        """The text without what the terminal says of its background, which is told."""
        typed = self._replies.take(text, is_fresh=monotonic() - self._asked < _FRESH)
        if self._replies.news is not None:
            self.process_message(BackgroundSeen(self._replies.news))
        return typed

    def disable_input(self) -> None:
        """End the reader."""
        if not self.exit_event.is_set() and self._key_thread is not None:
            self._wake()
        super().disable_input()

    def _wake(self) -> None:
        try:
            self._waker.send(b"x")
        except (OSError, AttributeError):  # it ended, or never began
            return


def _rise(error: Exception) -> None:
    """In the app's own task, where its bugs are met."""
    raise error
