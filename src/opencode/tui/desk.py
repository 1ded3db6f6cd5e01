"""What a command may use: the door, what is known, and a few ways to speak with the person."""

from collections.abc import Callable, Sequence
from typing import Protocol

from opencode.core.agent import Agent
from opencode.core.command import Command
from opencode.core.door import Door
from opencode.core.message import FilePart
from opencode.core.provider import ModelInfo
from opencode.core.session import Session
from opencode.tui.here import Ground
from opencode.tui.keys import Keys
from opencode.tui.state.conversation import Conversation
from opencode.tui.state.facts import Facts
from opencode.tui.widgets.choices import Choice
from opencode.tui.widgets.pane import Pane
from opencode.tui.widgets.transcript import Transcript


class Desk(Protocol):
    """The chat screen as commands see it."""

    door: Door
    """The way to everything."""
    facts: Facts
    """What is known of the session in view."""
    keys: Keys
    """The keys in force."""
    ground: Ground
    """The app itself: the settings of this machine, the terminal."""
    transcript: Transcript
    """The conversation on screen."""
    conversation: Conversation
    """What is shown there."""
    agents: Sequence[Agent]
    """Who can answer, as the door last said."""

    @property
    def read(self) -> Transcript | Pane:
        """What is read: the conversation, or the help over it."""
        ...

    async def session_id(self) -> str:
        """The session in view; a new one when nothing was said yet."""
        ...

    async def models(self) -> Sequence[ModelInfo]:
        """What can be asked; read once."""
        ...

    async def named(self) -> Sequence[Command]:
        """Prompts with names; read anew when servers come and go."""
        ...

    async def show_session(self, session: Session) -> None:
        """Put another session in view."""
        ...

    def show_nothing(self) -> None:
        """An empty view; the next prompt begins a session."""
        ...

    def refresh(self) -> None:
        """The facts changed."""
        ...

    def say(self, text: str) -> None:
        """A word in the status bar."""
        ...

    def tell(self, level: str, text: str, hint: str = "", key: str = "") -> None:
        """A line in the conversation; one with its `key` in the catalogue follows the language."""
        ...

    async def pick(
        self,
        title: str,
        rows: Sequence[Choice],
        marked: str = "",
        preview: Callable[[str], None] | None = None,
    ) -> str | None:
        """Let the person choose; None when they leave."""
        ...

    async def ask_line(self, title: str, value: str = "") -> str | None:
        """Let the person write a line; None when they leave."""
        ...

    def write(self, text: str, attached: Sequence[FilePart] = ()) -> None:
        """Put a text into the input, with what was attached to it."""
        ...

    def written(self) -> str:
        """What stands in the input."""
        ...

    async def copy(self, text: str) -> None:
        """Onto the clipboard, saying how."""
        ...

    def show_language(self, code: str) -> None:
        """Another language."""
        ...

    def toggle(self, what: str) -> None:
        """Show or hide the "sidebar" or the "help"."""
        ...

    def enter_sidebar(self) -> None:
        """Let the keys move in the sidebar."""
        ...

    def leave(self) -> None:
        """End the app."""
        ...
