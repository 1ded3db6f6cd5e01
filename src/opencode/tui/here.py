"""The app a widget lives in, with its type: Textual's own attribute leaves it open."""

from operator import attrgetter
from typing import Protocol, cast

from textual.app import App
from textual.message_pump import MessagePump

from opencode.tui.options import Home, Options


def app_of(node: MessagePump) -> App[None]:
    """The running app."""
    return cast("App[None]", attrgetter("app")(node))


class Ground(Protocol):
    """What the app itself offers to commands."""

    options: Options
    home: Home | None

    def tell_terminal(self, sequence: str) -> None:
        """Write something that is not painted."""
        ...

    def follow(self, theme: str) -> None:
        """Take another theme by the name people know it by."""
        ...

    def reread(self) -> None:
        """The settings were changed: what can follow at once does."""
        ...


def ground_of(node: MessagePump) -> Ground:
    """The running app as commands use it."""
    return cast("Ground", attrgetter("app")(node))
