"""What is said: read it, say something, run a command."""

from typing import Any

from msgspec import Struct
from starlette.responses import Response

from opencode.core.error import PermissionDenied
from opencode.server import turn
from opencode.server.errors import NotThere
from opencode.server.protocol import at_work, wire
from opencode.server.protocol.listing import conversation
from opencode.server.route import Call, Route
from opencode.server.speaking import PromptBody, after_events, ask, converse, parent_of, shown


class ShellBody(Struct):
    """A command line."""

    command: str
    agent: str = ""
    model: str | dict[str, Any] = ""
    messageID: str = ""


async def history(call: Call) -> list[wire.MessageWithParts]:
    """All that was said, or the last `limit` before a message."""
    session = await call.state.door.session(call.session)
    call.state.feed.rewound.note(session)
    found = conversation(session)
    if before := call.query.get("before"):
        ids = [one.info.id for one in found]
        if before not in ids:
            raise NotThere(f"There is no message {before!r}.")
        found = found[: ids.index(before)]
    limit = call.number("limit", 0)
    return found[-limit:] if limit else found


async def one(call: Call) -> wire.MessageWithParts:
    """One message."""
    wanted = call.path["messageID"]
    for found in conversation(await call.state.door.session(call.session)):
        if found.info.id == wanted:
            return found
    raise NotThere(f"There is no message {wanted!r}.")


async def say(call: Call) -> Response:
    """Say it and wait for the answer."""
    door = call.state.door
    answer = await converse(call.state, call.session, call.body)
    session = await door.session(call.session)
    parent = parent_of(session.messages, answer)
    found = shown(answer, session, parent)
    return await after_events(call.state, {**found, "content": answer.text})


async def say_async(call: Call) -> Response:
    """Say it and go."""
    await ask(call.state.door, call.session, call.body)
    return Response(status_code=204)


async def shell(call: Call) -> Response:
    """Run a command line through the same gate as the model's calls. Where no client listens,
    what would ask is refused: nobody would ever see the question."""
    body: ShellBody = call.body
    door = call.state.door
    session = await call.state.settled(call.session)
    words = {"command": body.command}
    async with at_work.told(call.state.feed, session.id):
        if call.state.is_watched:
            part = await door.tool(session.id, "bash", words)
        else:
            part = await turn.run_tool(door, session.id, "bash", words)
    if part.status == "denied":
        raise PermissionDenied(part.output)
    session = await door.session(session.id)
    message = next(m for m in reversed(session.messages) if part in m.calls)
    parent = parent_of(session.messages, message)
    return await after_events(call.state, shown(message, session, parent))


_ID = "/session/{sessionID}"
ROUTES = (
    Route(
        "GET",
        f"{_ID}/message",
        history,
        "What was said.",
        answer=list[wire.MessageWithParts],
        query=("limit", "before"),
    ),
    Route("POST", f"{_ID}/message", say, "Say something; the answer.", PromptBody),
    Route(
        "GET",
        _ID + "/message/{messageID}",
        one,
        "One message.",
        answer=wire.MessageWithParts,
    ),
    Route("POST", f"{_ID}/prompt_async", say_async, "Say something.", PromptBody, Response),
    Route("POST", f"{_ID}/shell", shell, "Run a command line.", ShellBody),
)
