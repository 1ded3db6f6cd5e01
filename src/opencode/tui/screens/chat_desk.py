"""What commands may use, made of the chat screen's widgets."""

from collections.abc import Callable, Sequence

from textual.screen import Screen

from opencode.core.agent import Agent
from opencode.core.command import Command
from opencode.core.door import Door
from opencode.core.message import FilePart
from opencode.core.provider import ModelInfo
from opencode.core.session import Session
from opencode.i18n.catalog import spoken, t
from opencode.tui.blocks.block import NoticeBlock
from opencode.tui.commands import slashed
from opencode.tui.dialogs.line import LineDialog
from opencode.tui.dialogs.picker import Picker
from opencode.tui.here import app_of, ground_of
from opencode.tui.keys import Keys
from opencode.tui.state.conversation import Conversation
from opencode.tui.state.facts import Facts
from opencode.tui.tty import clipboard
from opencode.tui.widgets.choices import Choice
from opencode.tui.widgets.help_panel import HelpPanel
from opencode.tui.widgets.pane import Pane
from opencode.tui.widgets.prompt import Prompt
from opencode.tui.widgets.sidebar import Sidebar
from opencode.tui.widgets.status_bar import StatusBar
from opencode.tui.widgets.transcript import Transcript
from opencode.tui.widgets.waiting import Waiting


class ChatDesk:
    """Implements Desk. A session is created when something is first said in it."""

    def __init__(self, screen: Screen[None], door: Door, facts: Facts, keys: Keys) -> None:
        self.door, self.facts, self.keys = door, facts, keys
        self.agents: Sequence[Agent] = []
        self.transcript = screen.query_one(Transcript)
        self.conversation = Conversation(self.transcript)
        self.ground = ground_of(screen)
        self._screen = screen
        self._models: Sequence[ModelInfo] | None = None
        self._named: Sequence[Command] | None = None

    @property
    def read(self) -> Transcript | Pane:
        """What is read: the conversation, or the help over it."""
        panel = self._screen.query_one(HelpPanel)
        return panel.query_one(Pane) if panel.has_class("-shown") else self.transcript

    async def session_id(self) -> str:
        """The session in view, a new one when there is none yet."""
        if not self.facts.session:
            facts = self.facts
            session = await self.door.create(
                agent=facts.agent, model=facts.model, title=facts.title
            )
            facts.session, facts.agent, facts.model = session.id, session.agent, session.model
            facts.directory = session.directory
            self.conversation.session = session.id
            self.conversation.answering(session.agent, session.model)
            self._screen.query_one(Prompt).turn_to(self.facts.draft, along=True)
        return self.facts.session

    async def models(self) -> Sequence[ModelInfo]:
        """What can be asked; read once."""
        if self._models is None:
            self._models = await self.door.models()
        return self._models

    async def named(self) -> Sequence[Command]:
        """Prompts with names; read anew after `forget_named`."""
        if self._named is None:
            self._named = await self.door.commands()
        return self._named

    def forget_named(self) -> None:
        """A server joined or left, which may bring such prompts."""
        self._named = None

    async def show_session(self, session: Session) -> None:
        """Put a session in view."""
        self.facts.open(session)
        self.conversation.open(session, busy=self.facts.busy)
        self.conversation.answering(session.agent, session.model)
        self._screen.query_one(Prompt).turn_to(self.facts.draft)
        self.refresh()
        self._focus_input()

    def show_nothing(self) -> None:
        """An empty view; the next prompt begins a session."""
        agent, model, directory = self.facts.agent, self.facts.model, self.facts.directory
        empty = Session("", directory, agent=agent, model=model)
        self.facts.open(empty)
        self.conversation.open(empty)
        self._screen.query_one(Prompt).turn_to(self.facts.draft)
        self.refresh()
        self._focus_input()

    def refresh(self) -> None:
        """The facts changed."""
        if not self._screen.query(StatusBar):
            return  # the app is closing
        self._screen.query_one(StatusBar).update()
        if self.transcript.page.greets:
            self.transcript.redraw()  # the greeting says who answers
        self._screen.query_one(Sidebar).update()
        self._screen.query_one(Waiting).show(self.facts.queued, busy=self.facts.busy)
        self._screen.query_one(Prompt).has_waiting = bool(self.facts.queued)

    async def list_sessions(self) -> None:
        """Show the project's sessions beside the conversation."""
        sidebar = self._screen.query_one(Sidebar)
        if sidebar.has_class("-shown"):
            sidebar.list_sessions(await self.door.sessions(limit=50))

    def enter_sidebar(self) -> None:
        """Let the keys move in the sidebar."""
        if not self._screen.query_one(Sidebar).has_class("-shown"):
            self.toggle("sidebar")
        self._screen.query_one(Sidebar).enter()

    def say(self, text: str) -> None:
        """A word in the status bar."""
        self._screen.query_one(StatusBar).say(text)

    def tell(self, level: str, text: str, hint: str = "", key: str = "") -> None:
        """A line in the conversation, in view; one with its `key` in the catalogue follows the
        language."""
        self.conversation.notice(level, text, hint, key)
        self.transcript.action_edge("end")

    async def pick(
        self,
        title: str,
        rows: Sequence[Choice],
        marked: str = "",
        preview: Callable[[str], None] | None = None,
    ) -> str | None:
        """Let the person choose; None when they leave."""
        return await app_of(self._screen).push_screen_wait(Picker(title, rows, marked, preview))

    async def ask_line(self, title: str, value: str = "") -> str | None:
        """Let the person write a line; None when they leave."""
        return await app_of(self._screen).push_screen_wait(LineDialog(title, value))

    def write(self, text: str, attached: Sequence[FilePart] = ()) -> None:
        """Put a text into the input, with what was attached to it."""
        prompt = self._screen.query_one(Prompt)
        prompt.put(text)
        for part in attached:
            prompt.attach(part)

    def written(self) -> str:
        """What stands in the input."""
        return self._screen.query_one(Prompt).full_text()

    async def copy(self, text: str) -> None:
        """Onto the clipboard, saying how."""
        app = self.ground
        history = app.options.history
        file = history.with_name("copied.txt") if history else None
        way = await clipboard.copy(text, app.tell_terminal, file)
        self.say(t(f"copy.{way}", n=len(text), file=str(file or "")))

    def show_language(self, code: str) -> None:
        """Another language, from the next thing that is drawn on."""
        spoken().switch(code)
        for block in self.transcript.page.blocks:
            if isinstance(block, NoticeBlock) and block.key:
                block.text, block.hint = t(block.key), t(f"{block.key}_hint")
        self.transcript.redraw()
        self._screen.query_one(Prompt).placeholder = t("chat.placeholder")
        self.refresh()

    def toggle(self, what: str) -> None:
        """Show or hide the "sidebar" or the "help"."""
        if what == "sidebar":
            sidebar = self._screen.query_one(Sidebar)
            if sidebar.toggle() and sidebar.is_over:
                sidebar.enter()
            elif sidebar.is_over or self._screen.focused is None:
                self._focus_input()
            self._screen.run_worker(self.list_sessions)
            return
        panel = self._screen.query_one(HelpPanel)
        shown = panel.toggle_class("-shown").has_class("-shown")
        self.transcript.set_class(shown, "-hidden")
        if shown:
            vim = self._screen.query_one(Prompt).vim is not None
            panel.fill(self.keys, slashed(self._named or ()), vim=vim)
            self.read.focus()
        else:
            self._focus_input()

    def leave(self) -> None:
        """End the app."""
        app_of(self._screen).exit()

    def _focus_input(self) -> None:
        """Write on, at once: the next key is meant for it."""
        self._screen.set_focus(self._screen.query_one(Prompt))
