"""Steers the terminals that listen: each call is an event they act on."""

from typing import Any, Literal

from msgspec import Struct

from opencode.server.frame import Frame
from opencode.server.route import Call, Route


class Words(Struct):
    """Text for the input."""

    text: str


class Command(Struct):
    """A command of the terminal."""

    command: str


class Toast(Struct):
    """A short notice."""

    message: str
    variant: Literal["info", "success", "warning", "error"]
    title: str = ""
    duration: int = 5000


class Chosen(Struct):
    """A session to show."""

    sessionID: str


def _tell(call: Call, kind: str, properties: dict[str, Any]) -> bool:
    call.state.feed.publish(Frame(kind, properties))
    return True


async def append(call: Call) -> bool:
    """Words for the input."""
    return _tell(call, "tui.prompt.append", {"text": call.body.text})


async def execute(call: Call) -> bool:
    """A command."""
    return _tell(call, "tui.command.execute", {"command": call.body.command})


async def toast(call: Call) -> bool:
    """A notice."""
    body: Toast = call.body
    said = {"message": body.message, "variant": body.variant, "duration": body.duration}
    titled = {"title": body.title} if body.title else {}
    return _tell(call, "tui.toast.show", {**said, **titled})


async def select(call: Call) -> bool:
    """Show that session."""
    session = await call.state.door.session(call.body.sessionID)
    return _tell(call, "tui.session.select", {"sessionID": session.id})


async def open_help(call: Call) -> bool:
    """Open the help."""
    return _tell(call, "tui.command.execute", {"command": "help.show"})


async def open_sessions(call: Call) -> bool:
    """Open the list of sessions."""
    return _tell(call, "tui.command.execute", {"command": "session.list"})


async def open_models(call: Call) -> bool:
    """Open the list of models."""
    return _tell(call, "tui.command.execute", {"command": "model.list"})


async def open_themes(call: Call) -> bool:
    """Open the list of themes."""
    return _tell(call, "tui.command.execute", {"command": "theme.switch"})


async def submit(call: Call) -> bool:
    """Send what stands in the input."""
    return _tell(call, "tui.command.execute", {"command": "prompt.submit"})


async def clear(call: Call) -> bool:
    """Empty the input."""
    return _tell(call, "tui.command.execute", {"command": "prompt.clear"})


ROUTES = (
    Route("POST", "/tui/append-prompt", append, "Add to the input.", Words, bool),
    Route("POST", "/tui/submit-prompt", submit, "Send the input.", answer=bool),
    Route("POST", "/tui/clear-prompt", clear, "Empty the input.", answer=bool),
    Route("POST", "/tui/execute-command", execute, "Run a command.", Command, bool),
    Route("POST", "/tui/show-toast", toast, "Show a notice.", Toast, bool),
    Route("POST", "/tui/select-session", select, "Show a session.", Chosen, bool),
    Route("POST", "/tui/open-help", open_help, "Open the help.", answer=bool),
    Route("POST", "/tui/open-sessions", open_sessions, "Open the sessions.", answer=bool),
    Route("POST", "/tui/open-models", open_models, "Open the models.", answer=bool),
    Route("POST", "/tui/open-themes", open_themes, "Open the themes.", answer=bool),
)
