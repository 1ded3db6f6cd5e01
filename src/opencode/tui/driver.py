"""Input without a clock: Textual's reader wakes ten times a second, ours when there is input."""

import os
import selectors
from codecs import getincrementaldecoder
from socket import socketpair
from time import monotonic

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

_ESCAPE = 0.35
"""Seconds after input in which an unfinished sequence may still turn out to be a lone Esc."""
_CHUNK = 1 << 16


class QuietDriver(LinuxDriver):
    """The terminal on POSIX systems. A socket wakes the reader when it should end."""

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
                if self.fileno in ready:
                    data = os.read(self.fileno, _CHUNK)
                    if not data:
                        break
                    text = decode(data)
                    for event in parser.feed(text) if text else ():  # "" would mean the end
                        self.process_message(event)
                    until = monotonic() + _ESCAPE
                for event in parser.tick():
                    self.process_message(event)

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
