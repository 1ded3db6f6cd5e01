"""The conversation and its input as they are painted first; what works behind them comes after."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingsMap
from textual.containers import Horizontal, Vertical
from textual.screen import Screen

from opencode.core.door import Door
from opencode.core.error import OpenCodeError
from opencode.core.event import Event
from opencode.core.message import FilePart
from opencode.i18n.catalog import t
from opencode.tui.here import app_of
from opencode.tui.keys import Keys, bindings, spelled_out
from opencode.tui.looks.lines import Line
from opencode.tui.looks.look import Look
from opencode.tui.options import Options
from opencode.tui.state.facts import Facts
from opencode.tui.state.greeting import greeting
from opencode.tui.widgets.prompt import Prompt
from opencode.tui.widgets.status_bar import StatusBar
from opencode.tui.widgets.talk import Talk
from opencode.tui.widgets.transcript import Transcript
from opencode.tui.writing.history import History

if TYPE_CHECKING:
    from opencode.tui.screens.chat_desk import ChatDesk
    from opencode.tui.screens.chat_work import ChatWork
    from opencode.tui.widgets.ask import AskPanel
    from opencode.tui.widgets.sidebar import Sidebar

_LEAVING = frozenset({"exit", "quit", ":q"})


class ChatScreen(Screen[None]):
    """Everything asked of the door runs in a worker; errors become lines of the conversation."""

    DEFAULT_CSS = """
    ChatScreen { background: $background; }
    ChatScreen #main { height: 1fr; layers: base over; }
    ChatScreen #left { width: 1fr; min-width: 20; height: 1fr; }
    ChatScreen #box { height: auto; padding: 1 0 0 0; }
    ChatScreen .-hidden { display: none; }
    """

    work: "ChatWork | None" = None
    """There once the first painting is done."""

    def __init__(self, keys: Keys, history: History, facts: Facts) -> None:
        super().__init__()
        self._history, self._facts = history, facts
        self.rebind(keys)
        self._ready = asyncio.Event()

    def compose(self) -> ComposeResult:
        """What the first painting shows; the rest comes with `complete`."""
        transcript = Transcript()
        transcript.page.greet = self._greet
        with Horizontal(id="main"), Talk(id="left"):
            yield transcript
            with Vertical(id="box"):
                yield Prompt(self._history)
        yield StatusBar(self._facts)

    def _greet(self, width: int, look: Look) -> list[Line]:
        return greeting(self._facts, self._keys, width, look)

    def on_mount(self) -> None:
        """Ready to write before anything is opened."""
        self.query_one(Prompt).focus()

    @property
    def desk(self) -> "ChatDesk | None":
        """There once the door is open."""
        return self.work.desk if self.work else None

    async def complete(self) -> None:
        """Load what the first painting did without."""
        # A good part of our own code: the painting does not wait for it.
        from opencode.tui.screens.chat_work import ChatWork  # noqa: PLC0415

        work = ChatWork(self, self._facts)
        await work.mount()
        self.work = work

    def rebind(self, keys: Keys) -> None:
        """These keys, in place of any others."""
        self._keys = keys
        table = self._merged_bindings.copy() if self._merged_bindings else BindingsMap()
        for binding in bindings(keys):
            table.key_to_bindings[binding.key] = [binding]
        self._bindings = table

    async def begin(self, door: Door, session_id: str, options: Options) -> None:
        """The door is open: show a session, or nothing yet."""
        if self.work is not None:
            await self.work.begin(door, session_id, options, self._keys)
            self._ready.set()

    def happened(self, event: Event) -> None:
        """An event from the door."""
        if self.work is not None:
            self.work.happened(event)

    def reload(self) -> None:
        """Events were missed."""
        self._facts.forget_runs()
        if self.work is not None:
            self.work.reload()

    def look_around(self) -> None:
        """Somebody was away and is back."""
        if self.work is not None:
            self.work.look_around()

    def do(self, act: "Callable[[ChatDesk], Awaitable[None]]") -> None:
        """Run something that may wait; what goes wrong is told. The app may be gone meanwhile."""
        if self.is_attached:
            self.run_worker(partial(self._guarded, act))

    async def _guarded(self, act: "Callable[[ChatDesk], Awaitable[None]]") -> None:
        await self._ready.wait()
        desk = self.desk
        if desk is None:
            return
        try:
            await act(desk)
        except OpenCodeError as error:
            desk.tell("error", error.message, error.hint)
        except OSError as error:
            desk.tell("error", str(error))

    # What the person does

    @on(Prompt.Submitted)
    def _submitted(self, event: Prompt.Submitted) -> None:
        self.submit(event.text, event.files)

    def submit(self, text: str, attached: Sequence[FilePart] = ()) -> None:
        """What a person said; it waits for the door."""
        self.query_one(StatusBar).say("")
        if text.strip() in _LEAVING:
            app_of(self).exit()
        else:
            self.do(partial(self._obey, text, attached))

    async def _obey(self, text: str, attached: Sequence[FilePart], desk: "ChatDesk") -> None:
        if self.work is not None:
            await self.work.obey(desk, text, attached)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Ctrl+R is Vim's where its keys are in force; it means no command then."""
        del action
        taken = self._keys.names.get("ctrl+r")
        return not (taken and parameters == (taken,) and self.query_one(Prompt).obeys_vim)

    def action_command(self, name: str) -> None:
        """A key was pressed that means a command."""
        if name == "quit":
            app_of(self).exit()
        elif self.work is not None:
            self.query_one(StatusBar).say("")
            self.work.command(name)

    def action_leader(self) -> None:
        """The first of two keys: the next one comes to the screen itself."""
        self.set_focus(None)
        leader, keys = (
            spelled_out(self._keys.leader_key),
            " ".join(map(spelled_out, sorted(self._keys.leader))),
        )
        self.query_one(StatusBar).say(t("keys.leader", leader=leader, keys=keys))

    def on_key(self, event: events.Key) -> None:
        """The second key after the leader; any other key goes back to the input, as do letters
        that mean nothing where the keys are."""
        if event.is_printable and event.key not in self.active_bindings:
            self._hand_on(event)
        if self.focused is None:
            event.stop()
            self.query_one(StatusBar).say("")
            if self.work is None:
                self.query_one(Prompt).focus()
                return
            name = self._keys.leader.get(event.key)
            if name != "sidebar":  # it goes where it is
                self.work.focus()
            if name:
                self.action_command(name)

    @on(events.Paste)
    def _pasted(self, event: events.Paste) -> None:
        self._hand_on(event)

    def _hand_on(self, event: events.Key | events.Paste) -> None:
        if self.work is not None and self.work.hand_on(event):
            event.stop()
            event.prevent_default()

    @on(events.MouseDown)
    def _clicked(self) -> None:
        if self.work is not None and isinstance(app_of(self).mouse_captured, Transcript):
            self.work.clicked()

    def on_resize(self, event: events.Resize) -> None:
        """Room for the sidebar, or none."""
        if self.work is not None:
            self.work.resized(event.size.width)

    @on(Prompt.Left)
    def _left(self) -> None:
        bar, hint = self.query_one(StatusBar), t("chat.leave_hint")
        if bar.said == hint:
            app_of(self).exit()
        bar.say(hint)

    @on(StatusBar.Ticked)
    def _ticked(self) -> None:
        if self.desk is not None:
            self.desk.conversation.tick()

    @on(Prompt.Help)
    def _help(self) -> None:
        self.action_command("help")

    @on(Prompt.Turned)
    def _turned(self) -> None:
        if self.work is not None:
            self.work.show_mode()

    @on(Prompt.TakenBack)
    def _taken_back(self) -> None:
        if self.work is not None:
            self.work.take_back()

    @on(Prompt.WentOn)
    def _went_on(self) -> None:
        if self.work is not None:
            self.work.send_waiting()

    @on(Transcript.Opened)
    def _opened(self, event: Transcript.Opened) -> None:
        if self.work is not None:
            self.work.follow(event.target)

    @on(Transcript.Copied)
    def _copied(self, event: Transcript.Copied) -> None:
        self.do(lambda desk: desk.copy(event.text))

    # Handlers by name: the classes of these messages are not loaded yet.

    def on_ask_panel_answered(self, event: "AskPanel.Answered") -> None:
        """The person decided."""
        if self.work is not None:
            self.work.answer(event.ask, event.reply)

    def on_sidebar_chosen(self, event: "Sidebar.Chosen") -> None:
        """A row of the sidebar."""
        if self.work is not None:
            self.work.choose_beside(event.value)

    def on_sidebar_outdated(self) -> None:
        """What it shows was not measured for long."""
        if self.work is not None:
            self.work.measure()
