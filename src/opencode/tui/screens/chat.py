"""The conversation, its input and what surrounds them; translates between widgets and the door."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingsMap
from textual.containers import Horizontal, Vertical
from textual.screen import Screen

from opencode.core.door import Door
from opencode.core.error import OpenCodeError
from opencode.core.event import (
    AskAnswered,
    AskRaised,
    Event,
    RunFinished,
    RunStarted,
    ServerChanged,
    SessionDeleted,
    SessionReplaced,
    SessionUpdated,
    ToolFinished,
)
from opencode.core.message import FilePart
from opencode.i18n.catalog import t
from opencode.tui.acts import beside, files, queue, saying, starting
from opencode.tui.commands import BY_NAME, obey, slashed
from opencode.tui.drafts import Drafts
from opencode.tui.facts import Facts
from opencode.tui.here import app_of
from opencode.tui.history import History
from opencode.tui.keys import Keys, bindings, spelled_out
from opencode.tui.options import Options
from opencode.tui.screens.asking import Asking
from opencode.tui.screens.chat_desk import ChatDesk
from opencode.tui.vim import Vim
from opencode.tui.widgets.ask import AskPanel
from opencode.tui.widgets.choices import Choices
from opencode.tui.widgets.completions import Completions
from opencode.tui.widgets.help_panel import HelpPanel
from opencode.tui.widgets.prompt import Prompt
from opencode.tui.widgets.sidebar import Sidebar
from opencode.tui.widgets.status_bar import StatusBar
from opencode.tui.widgets.talk import Known, Talk
from opencode.tui.widgets.transcript import Transcript
from opencode.tui.widgets.waiting import Waiting

_LEAVING = frozenset({"exit", "quit", ":q"})


class ChatScreen(Screen[None]):
    """Everything asked of the door runs in a worker; errors become lines of the conversation."""

    DEFAULT_CSS = """
    ChatScreen { background: $background; }
    ChatScreen #main { height: 1fr; }
    ChatScreen #left { width: 1fr; min-width: 20; height: 1fr; }
    ChatScreen #box { height: auto; padding: 1 0 0 0; }
    ChatScreen .-hidden { display: none; }
    """

    desk: ChatDesk | None = None
    """There once the door is open."""

    def __init__(self, keys: Keys, history: History, facts: Facts) -> None:
        super().__init__()
        self._history, self._facts = history, facts
        self.rebind(keys)
        self._ready = asyncio.Event()
        self._asking: Asking | None = None
        self._leaving = False

    def compose(self) -> ComposeResult:
        """What the first painting shows; the rest comes with `begin`."""
        with Horizontal(id="main"), Talk(id="left"):
            yield Transcript()
            with Vertical(id="box"):
                yield Prompt(self._history)
        yield StatusBar(self._facts)

    def on_mount(self) -> None:
        """Ready to write before anything is opened."""
        self.query_one(Prompt).focus()

    async def complete(self) -> None:
        """What stands in the transcript's or the input's place when it is needed."""
        left, panel = self.query_one("#left"), AskPanel(classes="-hidden")
        await left.mount_all([HelpPanel(), Completions(), Waiting(), panel], before="#box")
        await self.query_one("#main").mount(Sidebar(self._facts))
        self._asking = Asking(self)
        self.query_one(Talk).know = self._known

    def rebind(self, keys: Keys) -> None:
        """These keys, in place of any others."""
        self._keys = keys
        table = self._merged_bindings.copy() if self._merged_bindings else BindingsMap()
        for binding in bindings(keys):
            table.key_to_bindings[binding.key] = [binding]
        self._bindings = table

    async def begin(self, door: Door, session_id: str, options: Options) -> None:
        """The door is open: show a session, or nothing yet."""
        desk = ChatDesk(self, door, self._facts, self._keys)
        desk.agents = await door.agents()
        starting.check(options, desk.agents)
        self.desk = desk
        await starting.show(desk, options, session_id)
        folder = options.history.with_name("drafts") if options.history else None
        self.query_one(Prompt).keep_drafts(Drafts(folder), self._facts.draft)
        self.use_vim(options.vim)
        self.run_worker(partial(starting.look_at_wall, desk))
        self.run_worker(partial(starting.look_at_model, desk))
        self.look_around()
        for problem in self._keys.problems:
            desk.tell("warning", problem, t("keys.hint"))
        for ask in await door.asks():
            self._ask_changed(AskRaised(ask.session, ask))
        self._ready.set()

    def happened(self, event: Event) -> None:
        """An event from the door."""
        desk = self.desk
        if desk is None:
            return
        if desk.facts.apply(event):
            desk.refresh()
        ours = event.session == desk.facts.session
        match event:
            case RunStarted() if ours:
                desk.conversation.answering(event.agent, event.model)
            case SessionReplaced() if ours:
                self.do(self.reload)
            case RunFinished() | ToolFinished() if ours:
                self.look_around()
            case ServerChanged():
                desk.forget_named()
            case AskRaised() | AskAnswered():
                self._ask_changed(event)
            case SessionUpdated() | SessionDeleted():
                self.do(ChatDesk.list_sessions)
            case _:
                pass
        desk.conversation.apply(event)

    def _ask_changed(self, event: AskRaised | AskAnswered) -> None:
        if self._asking is not None:
            self._asking.happened(event)

    def look_around(self) -> None:
        """What may have changed beside us: the branch."""
        if self.desk is not None:
            look = partial(starting.look_at_branch, self.desk)
            self.run_worker(look, group="branch", exclusive=True)

    async def reload(self, desk: ChatDesk) -> None:
        """Read the session anew: it changed other than by growing, or events were missed."""
        if desk.facts.session:
            await desk.show_session(await desk.door.session(desk.facts.session))

    def do(self, act: Callable[[ChatDesk], Awaitable[None]]) -> None:
        """Run something that may wait; what goes wrong is told."""
        self.run_worker(partial(self._guarded, act))

    async def _guarded(self, act: Callable[[ChatDesk], Awaitable[None]]) -> None:
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
        """What a person said."""
        self._leaving = False
        if text.strip() in _LEAVING:
            app_of(self).exit()
        else:
            self.do(lambda desk: obey(desk, text, attached))

    @on(Prompt.TakenBack)
    def _taken_back(self) -> None:
        self.do(queue.take_back)

    @on(Prompt.Turned)
    def _turned(self) -> None:
        vim = self.query_one(Prompt).vim
        self.query_one(StatusBar).show_mode("NORMAL" if vim and vim.mode == "normal" else "")

    def use_vim(self, wanted: bool) -> None:
        """Vim's keys in the input, or none."""
        prompt = self.query_one(Prompt)
        if wanted != (prompt.vim is not None):
            prompt.vim = Vim() if wanted else None
            self._turned()

    def action_command(self, name: str) -> None:
        """A key was pressed that means a command."""
        if name == "quit":
            app_of(self).exit()
        if name == "quit" or self._asking is None:
            return
        completions = self.query_one(Completions)
        self._leaving = False
        if name == "cancel":
            self._cancel(completions)
        elif name == "next_agent" and completions.is_open:
            completions.choose()
        elif name == "next_agent" and self._asking:
            self.focus_next()
        else:
            self.do(lambda desk: BY_NAME[name].act(desk, ""))

    def action_leader(self) -> None:
        """The first of two keys: the next one comes to the screen itself."""
        self.set_focus(None)
        leader, keys = spelled_out(self._keys.leader_key), " ".join(sorted(self._keys.leader))
        self.query_one(StatusBar).say(t("keys.leader", leader=leader, keys=keys))

    def on_key(self, event: events.Key) -> None:
        """The second key after the leader; any other key goes back to the input."""
        if self.focused is None:
            event.stop()
            self.query_one(StatusBar).say("")
            self.query_one(Choices if self._asking else Prompt).focus()
            if name := self._keys.leader.get(event.key):
                self.action_command(name)

    def _cancel(self, completions: Completions) -> None:
        """Esc: the nearest thing that can be left, and then the answer."""
        if completions.is_open:
            self.query_one(Talk).stop_completing()
        elif self._asking:
            self._asking.step_back()
        elif self.query_one(Talk).is_searching:
            self.query_one(Talk).stop_searching()
            self.query_one(Prompt).focus()
        elif self.query_one(HelpPanel).has_class("-shown"):
            self.do(lambda desk: BY_NAME["help"].act(desk, ""))
        elif not self.query_one(Prompt).has_focus:
            self.query_one(Prompt).focus()
        elif self.query_one(Prompt).leave_insert():
            pass
        elif self._facts.busy:
            self.do(saying.stop)

    @on(Prompt.Left)
    def _left(self) -> None:
        if self._leaving:
            app_of(self).exit()
        self._leaving = True
        self.query_one(StatusBar).say(t("chat.leave_hint"))

    @on(Prompt.Help)
    def _help(self) -> None:
        self.action_command("help")

    @on(AskPanel.Answered)
    def _answered(self, event: AskPanel.Answered) -> None:
        async def answer(desk: ChatDesk) -> None:
            await desk.door.answer(event.ask.id, event.reply)

        self._ask_changed(AskAnswered(event.ask.session, event.ask.id, event.reply))
        self.do(answer)

    @on(Transcript.Opened)
    def _opened(self, event: Transcript.Opened) -> None:
        self.do(lambda desk: files.follow(desk, event.target))

    @on(Transcript.Copied)
    def _copied(self, event: Transcript.Copied) -> None:
        self.do(lambda desk: desk.copy(event.text))

    @on(Sidebar.Chosen)
    def _chosen_beside(self, event: Sidebar.Chosen) -> None:
        self.do(lambda desk: beside.choose(desk, event.value))

    @on(Sidebar.Outdated)
    def _measure(self) -> None:
        self.do(beside.measure)

    async def _known(self, before: str) -> Known:
        """What a word may mean that is being written after `before`."""
        desk = self.desk
        named = await desk.named() if desk and before.startswith("/") else ()
        agents = list(desk.agents) if desk else []
        return Known(slashed(named), agents, Path(self._facts.directory or "."))
