"""The app a widget lives in, with its type: Textual's own attribute leaves it open."""

from collections.abc import Generator
from contextlib import contextmanager
from operator import attrgetter
from typing import Protocol, TypeVar, cast

from textual.app import App
from textual.css.query import NoMatches
from textual.message_pump import MessagePump
from textual.screen import Screen

from opencode.tui.options import Home, Options

Result = TypeVar("Result")
"""What a screen is closed with."""


def app_of(node: MessagePump) -> App[None]:
    """The running app."""
    return cast("App[None]", attrgetter("app")(node))


def leave(screen: Screen[Result], result: Result | None = None) -> None:
    """Close a screen, once: of two keys at a time the second one would close what is under it."""
    if app_of(screen).screen is screen:
        screen.dismiss(result)


@contextmanager
def while_shown(screen: Screen[Result]) -> Generator[None]:
    """What is under way for a screen that was left meanwhile has nowhere to be shown."""
    try:
        yield
    except NoMatches:
        if screen in app_of(screen).screen_stack:
            raise


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
