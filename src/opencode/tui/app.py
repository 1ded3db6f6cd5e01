"""The app: paints first, opens the door after, listens until it ends."""

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, cast

from msgspec import structs
from textual import on
from textual.app import App
from textual.driver import Driver
from textual.message import Message

from opencode.core.bus import Lagged
from opencode.core.door import Door
from opencode.core.error import OpenCodeError
from opencode.core.event import AskRaised, Event, RunFinished
from opencode.i18n.catalog import Catalogue, speak, spoken, t
from opencode.tui.keys import read_keys
from opencode.tui.looks import themes
from opencode.tui.looks.dressing import dress
from opencode.tui.options import Home, Options
from opencode.tui.screens.chat import ChatScreen
from opencode.tui.state.facts import Facts
from opencode.tui.tty import terminal
from opencode.tui.widgets.status_bar import StatusBar
from opencode.tui.writing.history import History

if TYPE_CHECKING:
    from opencode.tui.steering import Guests

OpenDoor = Callable[[], AbstractAsyncContextManager[Door]]
"""Opens the door when called; closing it ends everything behind it."""

LetIn = Callable[[Door, "Guests"], AbstractAsyncContextManager[None]]
"""Lets other programs use the open door, and steer the app, until it is left."""

_FIRST_KEYS = 0.05
"""Seconds after the first painting in which keys have the app for themselves."""

_CLOSING = 20.0
"""Seconds the door may take to close."""

_BURST = 50
"""Events taken before keys and painting get their turn."""

log = logging.getLogger(__name__)


class OpenCodeApp(App[None], inherit_bindings=False):
    """Works through the Door alone, wherever that leads. `home` is for what concerns the settings
    on this machine; without one nothing of them is shown or changed."""

    ENABLE_COMMAND_PALETTE = False
    TITLE = "opencode"

    def __init__(
        self,
        open_door: OpenDoor,
        options: Options,
        home: Home | None = None,
        let_in: LetIn | None = None,
    ) -> None:
        super().__init__(
            driver_class=_driver(), ansi_color=True if "NO_COLOR" in os.environ else None
        )
        speak(Catalogue(options.language))
        agent = options.agent or options.default_agent
        self.facts = Facts(directory=os.getcwd(), agent=agent, model=options.model)  # noqa: PTH109
        self.facts.trust, self.facts.where = options.trust, options.where
        self.failure: OpenCodeError | None = None
        """Why the door could not be opened; the app ended for it."""
        self.crash: BaseException | None = None
        """A bug of ours that ended the app."""
        self.options, self.home = options, home
        self.is_dark = terminal.is_dark_by(os.environ) is not False
        """Whether the terminal is, as far as is known."""
        self._open_door, self._let_guests_in = open_door, let_in
        self._life: asyncio.Task[None] | None = None
        self._focused = True
        self.terminal_title = ""
        """As last written; the driver writes it again when it is back from the shell."""
        self._problems = dress(self, options, self.is_dark)

    def get_default_screen(self) -> ChatScreen:
        """The chat, which is always there: no other screen is made before it."""
        keys, history = read_keys(self.options.keys), History(self.options.history)
        self.chat = ChatScreen(keys, history, self.facts)
        return self.chat

    def on_mount(self) -> None:
        """What is slow begins when the chat is on screen."""
        self._mind_signals()
        self.call_after_refresh(self.set_timer, _FIRST_KEYS, partial(self.run_worker, self._live))

    def _mind_signals(self) -> None:
        """End in order, with the terminal as it was, when the system ends us."""
        if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
            return
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.exit, None, 128 + number)

    async def _live(self) -> None:
        """The door's whole life."""
        self._life = asyncio.current_task()
        await self.chat.complete()
        try:
            if self.home is not None and self.options.trust == "untrusted":
                await self._settle_trust(self.home)
            async with self._open_door() as door, self._let_in(door):
                await self._listen(door)
        except OpenCodeError as error:
            self.failure = error
            self.exit(return_code=1)

    async def _shutdown(self) -> None:
        """Leave only when the door is closed: what is behind it saves, and ends its children and
        threads, and a second cancelling would cut that short."""
        await super()._shutdown()
        if self._life is not None and not self._life.done():
            await asyncio.wait([self._life], timeout=_CLOSING)

    def _let_in(self, door: Door) -> AbstractAsyncContextManager[None]:
        if self._let_guests_in is None:
            return nullcontext()
        # It knows every command: after the first painting.
        from opencode.tui.steering import Guests  # noqa: PLC0415

        return self._let_guests_in(door, Guests(self.chat, self.facts))

    async def _settle_trust(self, home: Home) -> None:
        """Ask before the door is opened: until then nothing of the folder's takes effect."""
        waiting = await asyncio.to_thread(home.waiting)
        if waiting is None:
            return
        # Few folders ask; the others do not pay for the dialog.
        from opencode.tui.dialogs.trust import TrustDialog  # noqa: PLC0415

        decision = await self.push_screen_wait(TrustDialog(waiting))
        await asyncio.to_thread(home.decide, decision)
        if decision == "trust":
            self._apply(await asyncio.to_thread(home.options))

    def _apply(self, options: Options) -> None:
        """The settings changed before anything was opened."""
        self.options = options
        self.facts.trust = options.trust
        self.facts.agent = options.agent or options.default_agent
        spoken().switch(options.language)
        self._problems = dress(self, options, self.is_dark)
        self.chat.rebind(read_keys(self.options.keys))

    async def _listen(self, door: Door) -> None:
        session = await self._first_session(door)
        begun = False
        while True:
            try:
                async with door.subscribe() as happenings:
                    if not begun:
                        await self.chat.begin(door, session, self.options)
                        begun = True
                        self._begun()
                    count = 0
                    async for numbered in happenings:
                        self.chat.happened(numbered.event)
                        self._ring(numbered.event)
                        count += 1
                        if count % _BURST == 0:
                            await asyncio.sleep(0)
                    return
            except Lagged:
                self.chat.reload()

    def _begun(self) -> None:
        """The session is shown: say what is wrong with themes, then what was to be said at once."""
        if self.chat.desk is not None:
            for problem in self._problems:
                self.chat.desk.tell("warning", problem)
        if self.options.prompt:
            self.chat.submit(self.options.prompt)

    async def _first_session(self, door: Door) -> str:
        if self.options.session:
            return self.options.session
        if self.options.newest:
            known = [info for info in await door.sessions(limit=20) if not info.damaged]
            return next((info.id for info in known if not info.foreign and not info.parent), "")
        return ""

    # The terminal

    def tell_terminal(self, sequence: str) -> None:
        """Write something that is not painted."""
        if self._driver is not None and sequence:
            self._driver.write(sequence)
            self._driver.flush()

    def follow(self, theme: str) -> None:
        """Take another theme by the name people know it by."""
        self.options = structs.replace(self.options, theme=theme)
        self.theme = themes.named(theme, self, self.is_dark)

    def reread(self) -> None:
        """The settings were changed: notifications and the title follow at once."""
        self.run_worker(self._reread(), group="reread", exclusive=True)

    async def _reread(self) -> None:
        if self.home is not None:
            fresh = await asyncio.to_thread(self.home.options)
            self.options = structs.replace(self.options, notify=fresh.notify, title=fresh.title)
            if self.chat.work is not None:
                self.chat.work.use_vim(fresh.vim)

    def on_background_seen(self, event: Message) -> None:
        """The terminal said what is behind everything: the theme follows where it may."""
        self.is_dark = bool(getattr(event, "is_dark", True))
        self.theme = themes.named(self.options.theme, self, self.is_dark)

    @on(StatusBar.Changed)
    def _retitle(self) -> None:
        facts = self.facts
        mark = "? " if facts.doing == "asking" else "* " if facts.busy else ""
        title = f"{mark}{facts.title} · opencode" if facts.title else f"{mark}opencode"
        if self.options.title and title != self.terminal_title:
            self.terminal_title = title
            self.tell_terminal(terminal.title(title))

    def _ring(self, event: Event) -> None:
        """Tell the person when nobody looks and something is ready or waits."""
        how = self.options.notify
        if self._focused or not how or event.session != self.facts.session:
            return
        match event:
            case AskRaised():
                text = t("notify.asks", title=self.facts.title)
            case RunFinished():
                text = t(f"notify.{event.reason}", title=self.facts.title)
            case _:
                return
        if how != "bell":
            self.tell_terminal(terminal.notification(text, os.environ))
        if how != "message":
            self.bell()

    def on_resize(self) -> None:
        """Paint all of it: a terminal that went to another size and back has lost cells."""
        self.refresh()

    def on_app_blur(self) -> None:
        """Nobody looks."""
        self._focused = False

    def on_app_focus(self) -> None:
        """Somebody looks, and may have changed things elsewhere meanwhile."""
        self._focused = True
        if hasattr(self, "chat"):
            self.chat.look_around()

    def _handle_exception(self, error: Exception) -> None:
        """A bug: kept for the words on leaving and written down; never spilled over the shell."""
        if self.crash is None:
            self.crash = _root(getattr(error, "error", error))
            log.error("the terminal app ended for a bug", exc_info=self.crash)
        super()._handle_exception(error)
        self._exit_renderables.clear()


def _root(error: BaseException) -> BaseException:
    """The bug itself, out of the groups it came in."""
    if isinstance(error, BaseExceptionGroup):
        return _root(cast("BaseExceptionGroup[BaseException]", error).exceptions[0])
    return error


def _driver() -> type[Driver] | None:
    """The driver without a clock where there is one."""
    if sys.platform == "win32":
        return None
    # It needs termios, which only POSIX systems have.
    from opencode.tui.tty.driver import QuietDriver  # noqa: PLC0415

    return QuietDriver
