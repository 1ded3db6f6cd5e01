"""The app a widget lives in, with its type: Textual's own attribute leaves it open."""

from operator import attrgetter
from typing import cast

from textual.app import App
from textual.message_pump import MessagePump


def app_of(node: MessagePump) -> App[None]:
    """The running app."""
    return cast("App[None]", attrgetter("app")(node))
