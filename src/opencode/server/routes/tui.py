"""Steers the terminals that listen: each call is an event they act on."""

import asyncio
from typing import Any, Literal

from msgspec import Struct

from opencode.server.control import Told
from opencode.server.route import Call, Route
from opencode.server.stream.frame import Frame


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


class Published(Struct):
    """An event for terminals."""

    type: Literal[
        "tui.prompt.append", "tui.command.execute", "tui.toast.show", "tui.session.select"
    ]
    properties: dict[str, Any]


class Attached(Struct):
    """Whether anybody listens, and what was done."""

    attached: bool
    done: list[str]


def _tell(call: Call, kind: str, properties: dict[str, Any]) -> bool:
    control = call.state.control
    call.state.feed.publish(Frame(kind, properties))
    if control.steer:
        control.steer(kind, properties)
    control.tell(Told(call.request.url.path, properties))
    return True


async def open_here(call: Call) -> Attached:
    """Fill in what the query names: a model, a session, a prompt. Nothing is sent."""
    done: list[str] = []
    if name := call.query.get("session"):
        session = await call.state.door.session(name)
        _tell(call, "tui.session.select", {"sessionID": session.id})
        done.append("session")
    if model := call.query.get("model"):
        info = await call.state.door.rooms.provider.info(model)
        _tell(call, "tui.command.execute", {"command": f"/model {info.id}"})
        done.append("model")
    if text := call.query.get("prompt"):
        _tell(call, "tui.prompt.append", {"text": text})
        done.append("prompt")
    return Attached(call.state.is_watched, done)


async def publish(call: Call) -> bool:
    """Any of the four events."""
    return _tell(call, call.body.type, call.body.properties)


async def upcoming(call: Call) -> Told:
    """The next request to a terminal; waits for one as long as the caller and the server do."""
    upcoming = asyncio.ensure_future(call.state.control.next())
    ends: list[asyncio.Future[Any]] = [
        asyncio.ensure_future(_gone(call)),
        asyncio.ensure_future(call.state.feed.closing.wait()),
    ]
    try:
        await asyncio.wait([upcoming, *ends], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for end in ends:
            end.cancel()
        if not upcoming.done():
            upcoming.cancel()
        await asyncio.wait([*ends, upcoming])
    return Told("", None) if upcoming.cancelled() else upcoming.result()


async def _gone(call: Call) -> None:
    while (await call.request.receive())["type"] != "http.disconnect":
        pass


async def answered(call: Call) -> bool:
    """What a terminal said to it; nobody waits for that here."""
    del call
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
    Route(
        "GET",
        "/tui",
        open_here,
        "Fill in a terminal's input.",
        answer=Attached,
        query=("prompt", "model", "session"),
    ),
    Route("POST", "/tui/publish", publish, "One event for terminals.", Published, bool),
    Route("GET", "/tui/control/next", upcoming, "Wait for a request to a terminal.", answer=Told),
    Route("POST", "/tui/control/response", answered, "Answer one.", answer=bool),
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
