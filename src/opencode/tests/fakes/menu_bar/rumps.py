"""Stands for rumps where there is no menu bar: `run` plays what a person does, written in the
variable PLAYED as words: `wait:⚡` until the title is that, else the name of a menu item."""

import os
import threading
import time
from collections.abc import Callable
from typing import Any

_gone = threading.Event()


class MenuItem:
    def __init__(self, title: str, callback: Callable[[Any], None] | None = None) -> None:
        self.title, self.callback = title, callback


class Timer:
    def __init__(self, callback: Callable[[Any], None], seconds: float) -> None:
        self.callback = callback
        _timers.append(self)
        self.on = False

    def start(self) -> None:
        self.on = True

    def stop(self) -> None:
        self.on = False


_timers: list[Timer] = []


class App:
    def __init__(self, name: str, title: str, quit_button: Any) -> None:
        self.title = title
        self.menu: list[MenuItem | None] = []
        print("first", title, flush=True)

    def run(self) -> None:
        items = {item.title: item for item in self.menu if item}
        for word in os.environ["PLAYED"].split(","):
            what, _, sign = word.partition(":")
            if what == "wait":
                self._until(sign)
            else:
                item = items[word]
                assert item.callback
                item.callback(item)
        assert _gone.is_set(), "nobody quit"

    def _until(self, sign: str) -> None:
        deadline = time.monotonic() + 20
        while self.title != sign:
            assert time.monotonic() < deadline, self.title
            for timer in _timers:
                if timer.on:
                    timer.callback(timer)
            time.sleep(0.02)
        print("shown", sign, flush=True)


def quit_application() -> None:
    _gone.set()
    print("quit", flush=True)
