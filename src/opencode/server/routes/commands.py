"""Prompts with names."""

from typing import Any

from msgspec import UNSET, Struct, UnsetType
from starlette.responses import Response

from opencode.server.errors import NotThere
from opencode.server.route import Call, Route
from opencode.server.speaking import (
    PromptBody,
    after_events,
    converse,
    model_name,
    parent_of,
    shown,
)
from opencode.server.stream.frame import Frame


class CommandInfo(Struct):
    """A command and the words it stands for."""

    name: str
    description: str
    template: str
    subtask: bool
    source: str
    hints: list[str]
    agent: str | UnsetType = UNSET
    model: str | UnsetType = UNSET


class CommandBody(Struct):
    """Which command, and what its places hold."""

    command: str
    arguments: str = ""
    agent: str = ""
    model: str | dict[str, Any] = ""
    messageID: str = ""
    variant: str = ""


async def commands(call: Call) -> list[CommandInfo]:
    """Built in, from the settings and from the project."""
    return [
        CommandInfo(
            one.name,
            one.description,
            one.template,
            one.subtask,
            "command",
            [],
            one.agent or UNSET,
            one.model or UNSET,
        )
        for one in await call.state.door.commands()
    ]


async def execute(call: Call) -> Response:
    """Say what the command stands for and wait for the answer."""
    body: CommandBody = call.body
    door = call.state.door
    session = await door.session(call.session)
    if body.command not in {one.name for one in await door.commands()}:
        raise NotThere(f"There is no command {body.command!r}.")
    prompt = PromptBody(
        content=f"/{body.command} {body.arguments}".strip(),
        agent=body.agent,
        model=model_name(body.model),
        variant=body.variant,
    )
    answer = await converse(call.state, session.id, prompt)
    session = await door.session(session.id)
    done = {
        "name": body.command,
        "sessionID": session.id,
        "arguments": body.arguments,
        "messageID": answer.id,
    }
    call.state.feed.publish(Frame("command.executed", done, session=session.id))
    found = shown(answer, session, parent_of(session.messages, answer))
    return await after_events(call.state, found)


ROUTES = (
    Route("GET", "/command", commands, "Named prompts.", answer=list[CommandInfo]),
    Route("POST", "/session/{sessionID}/command", execute, "Run a named prompt.", CommandBody),
)
