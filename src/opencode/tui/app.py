"""The app: paints first, opens the door after, listens until it ends."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from textual.app import App
from textual.driver import Driver

from opencode.core.bus import Lagged
from opencode.core.door import Door
from opencode.core.error import OpenCodeError
from opencode.core.event import AskRaised, Event, RunFinished
from opencode.i18n.catalog import Catalogue, speak, t
from opencode.tui import themes
from opencode.tui.facts import Facts
from opencode.tui.history import History
from opencode.tui.keys import DEFAULTS, read_keys
from opencode.tui.options import Options
from opencode.tui.screens.chat import ChatScreen

OpenDoor = Callable[[], AbstractAsyncContextManager[Door]]
"""Opens the door when called; closing it ends everything behind it."""

_FIRST_KEYS = 0.05
"""Seconds after the first painting in which keys have the app for themselves."""

_BURST = 50
"""Events taken before keys and painting get their turn."""


class OpenCodeApp(App[None], inherit_bindings=False):
    """Works through the Door alone, wherever that leads."""

    ENABLE_COMMAND_PALETTE = False
    TITLE = "opencode"

    def __init__(self, open_door: OpenDoor, options: Options) -> None:
        super().__init__(driver_class=_driver())
        speak(Catalogue(options.language))
        self.facts = Facts(directory=os.getcwd(), agent=options.agent, model=options.model)  # noqa: PTH109
        self.failure: OpenCodeError | None = None
        """Why the door could not be opened; the app ended for it."""
        self._open_door, self._options = open_door, options
        self._focused = True
        themes.register(self)
        self.theme = themes.named(options.theme, self)

    def on_mount(self) -> None:
        """Show the chat; what is slow begins when it is on screen."""
        keys = read_keys(self._options.keys)
        changed = {name: keys for name, keys in self._options.keys.items() if name in DEFAULTS}
        self.set_keymap({name: _direct(text) for name, text in changed.items()})
        self.chat = ChatScreen(keys, History(self._options.history), self.facts)
        self.push_screen(self.chat)
        self.set_timer(_FIRST_KEYS, self._start)
        self._mind_signals()

    def _mind_signals(self) -> None:
        """End in order, with the terminal as it was, when the system ends us."""
        if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
            return
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.exit, None, 128 + number)

    def _start(self) -> None:
        self.run_worker(self._live())

    async def _live(self) -> None:
        """The door's whole life."""
        await self.chat.complete()
        try:
            async with self._open_door() as door:
                await self._listen(door)
        except OpenCodeError as error:
            self.failure = error
            self.exit(return_code=1)

    async def _listen(self, door: Door) -> None:
        session = await self._first_session(door)
        begun = False
        while True:
            try:
                async with door.subscribe() as happenings:
                    if not begun:
                        await self.chat.begin(door, session, self._options.agent)
                        begun = True
                        if self._options.prompt:
                            self.chat.submit(self._options.prompt)
                    count = 0
                    async for numbered in happenings:
                        self.chat.happened(numbered.event)
                        self._ring(numbered.event)
                        count += 1
                        if count % _BURST == 0:
                            await asyncio.sleep(0)
                    return
            except Lagged:
                self.chat.do(self.chat.reload)

    async def _first_session(self, door: Door) -> str:
        if self._options.session:
            return self._options.session
        if self._options.newest:
            known = [info for info in await door.sessions(limit=20) if not info.damaged]
            return next((info.id for info in known if not info.foreign and not info.parent), "")
        return ""

    def _ring(self, event: Event) -> None:
        """Tell the terminal when nobody looks and something waits for the person."""
        if self._focused or not self._options.notify or event.session != self.facts.session:
            return
        if isinstance(event, AskRaised | RunFinished):
            self.bell()

    def on_app_blur(self) -> None:
        """Nobody looks."""
        self._focused = False

    def on_app_focus(self) -> None:
        """Somebody looks."""
        self._focused = True


def _direct(text: str) -> str:
    """The keys that are pressed alone."""
    return ",".join(key for key in text.split(",") if not key.strip().startswith("leader+"))


def _driver() -> type[Driver] | None:
    """The driver without a clock where there is one."""
    if sys.platform == "win32":
        return None
    # It needs termios, which only POSIX systems have.
    from opencode.tui.driver import QuietDriver  # noqa: PLC0415

    return QuietDriver


def leaving_words(app: OpenCodeApp) -> str:
    """What the person reads in the shell afterwards: how to come back."""
    if not app.facts.session:
        return ""
    return t("chat.resume_hint", id=app.facts.session)
