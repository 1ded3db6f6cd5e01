"""The conversation, its input and what surrounds them; translates between widgets and the door."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen

from opencode.core.agent import Agent
from opencode.core.ask import Ask
from opencode.core.door import Door
from opencode.core.error import OpenCodeError
from opencode.core.event import AskAnswered, AskRaised, Event, RunStarted, SessionReplaced
from opencode.core.provider import ModelInfo
from opencode.core.session import Session
from opencode.i18n.catalog import spoken, t
from opencode.tui import clipboard
from opencode.tui.acts.answering import meant_by
from opencode.tui.commands import BY_NAME, slashed
from opencode.tui.conversation import Conversation
from opencode.tui.dialogs.line import LineDialog
from opencode.tui.dialogs.picker import Picker
from opencode.tui.facts import Facts
from opencode.tui.here import app_of
from opencode.tui.history import History
from opencode.tui.keys import DEFAULTS, LEADER, Keys
from opencode.tui.widgets.ask import AskPanel
from opencode.tui.widgets.choices import Choice, Choices
from opencode.tui.widgets.completions import Completions
from opencode.tui.widgets.help_panel import HelpPanel
from opencode.tui.widgets.prompt import Prompt
from opencode.tui.widgets.sidebar import Sidebar
from opencode.tui.widgets.status_bar import StatusBar
from opencode.tui.widgets.transcript import Transcript

_LEAVING = frozenset({"exit", "quit", ":q"})


def _bindings() -> list[BindingType]:
    """One binding a command that has a direct key; ids let the settings move them."""
    rows: list[BindingType] = []
    for name, keys in DEFAULTS.items():
        direct = ",".join(key for key in keys.split(",") if not key.startswith("leader+"))
        if direct:
            rows.append(Binding(direct, f"command('{name}')", id=name, show=False, priority=True))
    return [*rows, Binding(LEADER, "leader", show=False, priority=True)]


class ChatScreen(Screen[None]):
    """Implements Desk for the commands. Everything asked of the door runs in a worker; errors
    become lines of the conversation."""

    BINDINGS: ClassVar[list[BindingType]] = _bindings()
    DEFAULT_CSS = """
    ChatScreen { background: $background; }
    ChatScreen #main { height: 1fr; }
    ChatScreen #left { width: 1fr; height: 1fr; }
    ChatScreen #box { height: auto; padding: 1 0 0 0; }
    ChatScreen .-hidden { display: none; }
    """

    def __init__(self, keys: Keys, history: History, facts: Facts) -> None:
        super().__init__()
        self.keys, self.facts = keys, facts
        self.agents: Sequence[Agent] = []
        self._history = history
        self._door: Door | None = None
        self._ready = asyncio.Event()
        self._models: Sequence[ModelInfo] | None = None
        self._asks: list[Ask] = []
        self._leaving = False

    def compose(self) -> ComposeResult:
        """Transcript, then what stands in its place or below it, the sidebar, the status."""
        with Horizontal(id="main"):
            with Vertical(id="left"):
                yield Transcript()
                yield HelpPanel()
                yield Completions()
                yield AskPanel(classes="-hidden")
                with Vertical(id="box"):
                    yield Prompt(self._history)
            yield Sidebar(self.facts)
        yield StatusBar(self.facts)

    def on_mount(self) -> None:
        """Ready to write before anything is opened."""
        self.transcript = self.query_one(Transcript)
        self.conversation = Conversation(self.transcript)
        self.query_one(Prompt).focus()

    # The door

    @property
    def door(self) -> Door:
        """The way to everything, once it is open."""
        if self._door is None:
            raise OpenCodeError(t("chat.not_open"))
        return self._door

    async def begin(self, door: Door, session: Session, prompt: str) -> None:
        """The door is open: show a session, send a first prompt if there is one."""
        self._door = door
        self.agents = await door.agents()
        await self.show_session(session)
        self._ready.set()
        for ask in await door.asks():
            self._raise(ask)
        if prompt:
            self.submit(prompt)

    async def show_session(self, session: Session) -> None:
        """Put a session in view."""
        self.facts.open(session)
        self.conversation.open(session)
        self.conversation.answering(session.agent, session.model)
        self._show_facts()

    def happened(self, event: Event) -> None:
        """An event from the door."""
        if self.facts.apply(event):
            self._show_facts()
        match event:
            case RunStarted() if event.session == self.facts.session:
                self.conversation.answering(event.agent, event.model)
            case AskRaised():
                self._raise(event.ask)
            case AskAnswered():
                self._drop_ask(event.id)
            case SessionReplaced() if event.session == self.facts.session:
                self.do(self.reload)
            case _:
                pass
        self.conversation.apply(event)

    async def reload(self) -> None:
        """Read the session anew."""
        await self.show_session(await self.door.session(self.facts.session))

    def _show_facts(self) -> None:
        self.query_one(StatusBar).update()
        self.query_one(Sidebar).update()

    def do(self, act: Callable[[], Awaitable[None]]) -> None:
        """Run something that may wait; what goes wrong is told."""

        async def guarded() -> None:
            try:
                await self._ready.wait()
                await act()
            except OpenCodeError as error:
                self.tell("error", error.message, error.hint)
            except OSError as error:
                self.tell("error", str(error))

        self.run_worker(guarded(), exit_on_error=True)

    # What the person does

    @on(Prompt.Submitted)
    def _submitted(self, event: Prompt.Submitted) -> None:
        self._leaving = False
        self.submit(event.text)

    def submit(self, text: str) -> None:
        """A command, a shell line, a sentence that means a command, or a prompt."""
        name, _, argument = text.strip().removeprefix("/").partition(" ")
        if text.strip() in _LEAVING:
            self.leave()
        elif text.startswith("/") and name in BY_NAME:
            self.run_command(name, argument.strip())
        elif text.startswith("!") and text[1:].strip():
            self.do(lambda: self._shell(text[1:].strip()))
        else:
            self.do(lambda: self._prompt(text))

    async def _prompt(self, text: str) -> None:
        if "\n" not in text and await meant_by(self, text):
            return
        try:
            await self.door.prompt(self.facts.session, text)
        except OpenCodeError:
            if not self.written():
                self.write(text)
            raise

    async def _shell(self, command: str) -> None:
        part = await self.door.tool(self.facts.session, "bash", {"command": command})
        self.conversation.ran(part)

    def run_command(self, name: str, argument: str = "") -> None:
        """Run a command by its name or alias."""
        self.do(lambda: BY_NAME[name].act(self, argument))

    def action_command(self, name: str) -> None:
        """A key was pressed that means a command."""
        self.query_one(StatusBar).say("")
        completions = self.query_one(Completions)
        if name == "cancel":
            self._cancel()
        elif name == "next_agent" and completions.is_open:
            completions.choose()
        elif name == "quit":
            self.leave()
        else:
            self.run_command(name)

    def action_leader(self) -> None:
        """The first of two keys: the next one comes to the screen itself."""
        self.set_focus(None)
        self.say(t("keys.leader", keys=" ".join(sorted(self.keys.leader))))

    def on_key(self, event: events.Key) -> None:
        """The second key after the leader; any other key goes back to the input."""
        if self.focused is None:
            event.stop()
            self._focus_input()
            self.say("")
            if name := self.keys.leader.get(event.key):
                self.action_command(name)

    def _cancel(self) -> None:
        """Esc: the nearest thing that can be left, and then the answer."""
        completions, panel = self.query_one(Completions), self.query_one(AskPanel)
        if completions.is_open:
            completions.close()
        elif self.query_one(HelpPanel).has_class("-shown"):
            self.toggle("help")
        elif self._asks:
            panel.step_back()
        elif not self.query_one(Prompt).has_focus:
            self._focus_input()
        elif self.facts.busy:
            self.do(self._stop)

    async def _stop(self) -> None:
        await self.door.cancel(self.facts.session)

    @on(Prompt.Left)
    def _left(self) -> None:
        if self._leaving:
            self.leave()
        self._leaving = True
        self.say(t("chat.leave_hint"))

    @on(Prompt.Help)
    def _help(self) -> None:
        self.toggle("help")

    @on(Transcript.Copied)
    def _copied(self, event: Transcript.Copied) -> None:
        self.do(lambda: self.copy(event.text))

    @on(Choices.Chosen, "#session-list")
    def _session_chosen(self, event: Choices.Chosen) -> None:
        async def show() -> None:
            await self.show_session(await self.door.session(event.choice.value))
            self._focus_input()

        self.do(show)

    # Questions

    def _raise(self, ask: Ask) -> None:
        if all(ask.id != waiting.id for waiting in self._asks):
            self._asks.append(ask)
            self._show_ask()

    def _drop_ask(self, ask_id: str) -> None:
        if any(ask.id == ask_id for ask in self._asks):
            self._asks = [ask for ask in self._asks if ask.id != ask_id]
            self._show_ask()

    def _show_ask(self) -> None:
        panel, box = self.query_one(AskPanel), self.query_one("#box")
        panel.set_class(not self._asks, "-hidden")
        box.set_class(bool(self._asks), "-hidden")
        if self._asks:
            panel.show(self._asks[0], len(self._asks) - 1)
        else:
            self._focus_input()

    @on(AskPanel.Answered)
    def _answered(self, event: AskPanel.Answered) -> None:
        async def answer() -> None:
            await self.door.answer(event.ask.id, event.reply)

        self._drop_ask(event.ask.id)
        self.do(answer)

    # The desk

    async def models(self) -> Sequence[ModelInfo]:
        """What can be asked; read once."""
        if self._models is None:
            self._models = await self.door.models()
        return self._models

    def say(self, text: str) -> None:
        """A word in the status bar."""
        self.query_one(StatusBar).say(text)

    def tell(self, level: str, text: str, hint: str = "") -> None:
        """A line in the conversation."""
        self.conversation.notice(level, text, hint)
