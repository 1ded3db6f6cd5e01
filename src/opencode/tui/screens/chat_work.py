"""What works behind the chat: translates between the widgets and the door."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual import events
from textual.widgets import Input, TextArea

from opencode.core.ask import Ask, Reply
from opencode.core.door import Door
from opencode.core.event import (
    AskAnswered,
    AskRaised,
    Event,
    Notice,
    RunFinished,
    RunStarted,
    ServerChanged,
    SessionDeleted,
    SessionReplaced,
    SessionUpdated,
    ToolFinished,
)
from opencode.i18n.catalog import t
from opencode.tui.acts import beside, files, queue, saying, starting
from opencode.tui.commands import BY_NAME, obey, slashed
from opencode.tui.keys import Keys
from opencode.tui.options import Options
from opencode.tui.screens.asking import Asking
from opencode.tui.screens.chat_desk import ChatDesk
from opencode.tui.state.facts import Facts
from opencode.tui.vim.vim import Vim
from opencode.tui.widgets.ask import AskPanel
from opencode.tui.widgets.completions import Completions
from opencode.tui.widgets.help_panel import HelpPanel
from opencode.tui.widgets.prompt import Prompt
from opencode.tui.widgets.sidebar import Sidebar
from opencode.tui.widgets.status_bar import StatusBar
from opencode.tui.widgets.talk import Talk
from opencode.tui.widgets.transcript import Transcript
from opencode.tui.widgets.waiting import Waiting
from opencode.tui.writing.completion import Known
from opencode.tui.writing.drafts import Drafts

if TYPE_CHECKING:
    from opencode.tui.screens.chat import ChatScreen


class ChatWork:
    """The chat screen's hands: made after the first painting, at work once the door is open."""

    desk: ChatDesk | None = None
    """There once the door is open."""

    obey = staticmethod(obey)

    def __init__(self, screen: "ChatScreen", facts: Facts) -> None:
        self._screen, self._facts = screen, facts
        self._prompt, self._talk = screen.query_one(Prompt), screen.query_one(Talk)
        self._panel, self._completions = AskPanel(classes="-hidden"), Completions()
        self._help = HelpPanel()
        self._is_reading = False
        self._has_stopped = False
        """Esc was pressed, and nothing was begun since."""
        self._told: list[Notice] = []
        """What was said while the session was read anew: it is no part of what is read."""

    async def mount(self) -> None:
        """What stands in the transcript's or the input's place when it is needed."""
        more = [self._help, self._completions, Waiting(), self._panel]
        await self._talk.mount_all(more, before="#box")
        await self._screen.query_one("#main").mount(Sidebar(self._facts))
        self.resized(self._screen.size.width)
        self._asking = Asking(self._screen)
        self._talk.complete_with(self._completions, self._known)

    async def begin(self, door: Door, session_id: str, options: Options, keys: Keys) -> None:
        """The door is open: show a session, or nothing yet."""
        desk = ChatDesk(self._screen, door, self._facts, keys)
        desk.agents = await door.agents()
        starting.check(options, desk.agents)
        self.desk = desk
        await starting.show(desk, options, session_id)
        folder = options.history.with_name("drafts") if options.history else None
        self._prompt.keep_drafts(Drafts(folder), self._facts.draft)
        self.use_vim(options.vim)
        self._screen.run_worker(partial(starting.look_at_wall, desk))
        self._screen.run_worker(partial(starting.look_at_model, desk))
        self.look_around()
        for problem in keys.problems:
            desk.tell("warning", problem, t("keys.hint"))
        for ask in await door.asks():
            self._asking.happened(AskRaised(ask.session, ask))

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
                self._has_stopped = False
                desk.conversation.answering(event.agent, event.model)
            case SessionReplaced() if ours:
                self.reload()
            case RunFinished() | ToolFinished() if ours:
                self.look_around()
            case ServerChanged():
                desk.forget_named()
            case AskRaised() | AskAnswered():
                self._asking.happened(event)
            case SessionUpdated() | SessionDeleted():
                self._screen.do(ChatDesk.list_sessions)
            case Notice() if ours and self._is_reading:
                self._told.append(event)
            case _:
                pass
        desk.conversation.apply(event)

    def look_around(self) -> None:
        """What may have changed beside us: the branch."""
        if self.desk is not None:
            look = partial(starting.look_at_branch, self.desk)
            self._screen.run_worker(look, group="branch", exclusive=True)

    def reload(self) -> None:
        """Read the session anew: it changed other than by growing, or events were missed."""

        async def read(desk: ChatDesk) -> None:
            try:
                if desk.facts.session:
                    await desk.show_session(await desk.door.session(desk.facts.session))
            finally:
                self._is_reading = False
            for notice in self._told:
                desk.conversation.apply(notice)

        self._told = []
        self._is_reading = True
        self._screen.do(read)

    # What the person does

    def command(self, name: str) -> None:
        """A key that means a command, unless something that is open wants it."""
        if name == "cancel":
            self._cancel()
        elif name == "next_agent" and self._completions.is_open:
            self._completions.choose()
        elif name == "next_agent" and self._asking:
            self._screen.focus_next()
        elif name == "transcript":  # at once: the next key is meant for it
            self._screen.set_focus(self._screen.query_one(Transcript))
        elif name in ("help", "sidebar") and self._screen.desk is not None:
            self._screen.desk.toggle(name)
        else:
            self._screen.do(lambda desk: BY_NAME[name].act(desk, ""))

    def _cancel(self) -> None:
        """Esc: the nearest thing that can be left, and then the answer."""
        if self._completions.is_open:
            self._talk.stop_completing()
        elif self._asking:
            self._asking.step_back()
        elif self._talk.is_searching:
            self._talk.stop_searching()
            self._prompt.focus()
        elif self._help.has_class("-shown"):
            self.command("help")
        elif not self._prompt.has_focus:
            self._prompt.focus()
        elif self._prompt.leave_insert():
            pass
        elif self._facts.busy:
            self._has_stopped = True
            self._screen.do(saying.stop)
        elif self._facts.running_jobs:
            self._screen.do(saying.end_jobs if self._has_stopped else saying.tell_jobs)
            self._has_stopped = not self._has_stopped

    def focus(self) -> None:
        """The keys go where something is to be said: to the question, else to the input."""
        if self._asking:
            self._panel.enter()
        else:
            self._screen.set_focus(self._prompt)

    def clicked(self) -> None:
        """In the conversation: whoever reads it by keys or writes somewhere goes on doing so."""
        if not isinstance(self._screen.focused, Transcript | TextArea | Input):
            self.focus()

    def hand_on(self, event: events.Key | events.Paste) -> bool:
        """What is written where nobody takes it goes into the input; whether it did."""
        focused = self._screen.focused
        if self._asking or focused is None or isinstance(focused, TextArea | Input):
            return False
        if self._help.has_class("-shown"):
            self.command("help")
        self._screen.set_focus(self._prompt)
        match event:
            case events.Key():
                self._prompt.post_message(events.Key(event.key, event.character))
            case events.Paste():
                self._prompt.post_message(events.Paste(event.text))
        return True

    def resized(self, width: int) -> None:
        """So many cells are there."""
        self._screen.query_one(Sidebar).make_room(width)
        self._panel.call_after_refresh(self._panel.fit)

    def use_vim(self, wanted: bool) -> None:
        """Vim's keys in the input, or none."""
        if wanted != (self._prompt.vim is not None):
            self._prompt.vim = Vim() if wanted else None
            self.show_mode()

    def show_mode(self) -> None:
        """Whether letters write, where Vim's keys are used."""
        vim = self._prompt.vim
        mode = "" if vim is None or vim.is_writing else vim.mode.upper()
        self._screen.query_one(StatusBar).show_mode(mode)

    def take_back(self) -> None:
        """The prompt that was queued last."""
        self._screen.do(queue.take_back)

    def send_waiting(self) -> None:
        """What waits, now that no answer is under way."""
        if not self._facts.busy:
            self._screen.do(queue.send_all)

    def follow(self, target: str) -> None:
        """What was pointed at in the conversation."""
        self._screen.do(lambda desk: files.follow(desk, target))

    def answer(self, ask: Ask, reply: Reply) -> None:
        """The person decided; the next question does not wait for the door."""

        async def tell(desk: ChatDesk) -> None:
            await desk.door.answer(ask.id, reply)

        self._asking.happened(AskAnswered(ask.session, ask.id, reply))
        self._screen.do(tell)

    def choose_beside(self, value: str) -> None:
        """A row of the sidebar; over the conversation it has done its work."""
        if self._screen.query_one(Sidebar).is_over:
            self._prompt.focus()
        self._screen.do(lambda desk: beside.choose(desk, value))

    def measure(self) -> None:
        """What the sidebar shows beyond the events."""
        self._screen.do(beside.measure)

    async def _known(self, before: str) -> Known:
        """What a word may mean that is being written after `before`."""
        desk = self.desk
        named = await desk.named() if desk and before.startswith("/") else ()
        agents = list(desk.agents) if desk else []
        folder = Path(self._facts.directory or ".")
        servers = await desk.door.mcp_servers() if desk and "@" in before else ()
        resources = [(f"{s.name}:{uri}", name) for s in servers for uri, name in s.resources]
        return Known(slashed(named), agents, folder, resources)
