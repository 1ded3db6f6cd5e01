"""A prompt as clients send it, brought to the door; and waiting for its answer."""

import base64
import binascii
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import parse_qsl, unquote, unquote_to_bytes, urlsplit
from urllib.request import url2pathname

import msgspec
from msgspec import Struct
from starlette.responses import Response

from opencode.agent import structured
from opencode.agent.agents import agent_named
from opencode.core.door import NOTHING_ALONG, Along
from opencode.core.error import (
    AuthError,
    ContextTooLong,
    OpenCodeError,
    ProviderError,
    RateLimited,
    UsageError,
)
from opencode.core.event import RunFinished
from opencode.core.message import FilePart, Message, Part, TextPart, Wish
from opencode.core.session import Session
from opencode.remote.original.spelling import own_tool
from opencode.server.protocol import wire
from opencode.server.protocol.translate import message_info, parts
from opencode.server.route import json
from opencode.server.state import State
from opencode.workspace.door.attach import attach
from opencode.workspace.door.binding import OWN_AGENT
from opencode.workspace.workspace import Workspace


class PartInput(Struct):
    """A piece of a prompt."""

    type: str
    id: str = ""
    text: str = ""
    synthetic: bool = False
    url: str = ""
    mime: str = ""
    filename: str = ""
    name: str = ""
    source: dict[str, Any] = {}
    agent: str = ""
    prompt: str = ""


class Format(Struct):
    """The shape of the answer."""

    type: Literal["json_schema"]
    schema: dict[str, Any]
    retryCount: int = 2


class PromptBody(Struct):
    """A prompt in the spelling of every client: the protocol's of now and then, and seed 004's.
    What the system or the assistant is made to say is added, and nothing runs."""

    parts: list[PartInput] = []
    content: str = ""
    role: str = "user"
    model: str | dict[str, Any] = ""
    providerID: str = ""
    modelID: str = ""
    agent: str = ""
    mode: str = ""
    variant: str = ""
    messageID: str = ""
    noReply: bool = False
    system: str = ""
    tools: dict[str, bool] = {}
    format: dict[str, Any] = {}

    @property
    def asks(self) -> bool:
        """Whether the model is to answer."""
        return self.role == "user" and not self.noReply


_ROLES = {"user": "", "system": "mention", "assistant": ""}
"""Who may say something, and how that is marked."""


@dataclass(frozen=True)
class Spoken:
    """A prompt as the door takes it."""

    text: str
    parts: list[Part] = field(default_factory=list[Part])
    agent: str = ""
    model: str = ""
    along: Along = NOTHING_ALONG


def model_name(model: str | dict[str, Any]) -> str:
    """`provider/model` of a text or of {providerID, modelID or id}; "" when none is named."""
    if isinstance(model, str):
        return model
    name = model.get("modelID") or model.get("id") or ""
    provider = model.get("providerID") or ""
    return f"{provider}/{name}" if provider and name else str(name)


async def understood(body: PromptBody, door: Workspace) -> Spoken:
    """What is meant. UsageError for what cannot be done here, never silence."""
    refused = {
        f"role {body.role!r}": body.role not in _ROLES,
    }
    if named := [name for name, given in refused.items() if given]:
        raise UsageError(f"This server cannot do that with a prompt: {', '.join(named)}.")
    texts, extra = _taken_apart(body, door)
    text = "\n\n".join(texts)
    if not text.strip() and not extra:
        raise UsageError("The prompt is empty.", hint="Send `parts` or `content`.")
    pair = {"providerID": body.providerID, "modelID": body.modelID}
    model = model_name(body.model) or model_name(cast("dict[str, Any]", pair))
    if body.role != "user":
        extra = [TextPart(text, origin=_ROLES[body.role]), *extra]
        text = ""
    agent = body.agent or body.mode
    along = Along(
        body.messageID,
        _wish(body),
        body.asks,
        is_answer=body.role == "assistant",
    )
    return Spoken(text, extra, "" if agent == "default" else agent, model, along)


def _taken_apart(body: PromptBody, door: Workspace) -> tuple[list[str], list[Part]]:
    """The words, and what comes with them."""
    texts = [body.content] if body.content else []
    extra: list[Part] = []
    for part in body.parts:
        match part.type:
            case "text" if part.synthetic:
                extra.append(TextPart(part.text, origin="mention"))
            case "text":
                texts.append(part.text)
            case "file" if part.source.get("type") == "resource":
                texts.append(f"@{part.source.get('clientName')}:{part.source.get('uri')}")
            case "file":
                extra.append(_file(part, door))
            case "agent":
                extra.append(TextPart(_handed_to(part.name, door), origin="mention"))
            case "subtask":
                texts.append(f"{_handed_to(part.agent, door)}\n\n{part.prompt}")
            case _:
                raise UsageError(f"This server takes no {part.type!r} parts in a prompt.")
    return texts, extra


def _wish(body: PromptBody) -> Wish | None:
    tools = {own_tool(name): is_on for name, is_on in body.tools.items()}
    wish = Wish(body.system, tools)
    if asked := _format(body.format):
        wish = Wish(body.system, tools, asked.schema, asked.retryCount)
    return None if wish == Wish() else wish


def _format(wanted: dict[str, Any]) -> Format | None:
    """The shape of the answer; None for words. UsageError when it is no shape."""
    if wanted.get("type", "text") == "text":
        return None
    asked = msgspec.convert(wanted, Format)
    structured.check(asked.schema)
    return asked


def _handed_to(name: str, door: Workspace) -> str:
    """Words that have a sub-agent do it. UsageError when there is none of that name."""
    if agent_named(name, door.rooms.agents).mode == "primary":
        raise UsageError(f"{name} is no sub-agent: name it as the prompt's `agent`.")
    return f"Let the {name} sub-agent do this with the task tool; then tell what came of it."


def _file(part: PartInput, door: Workspace) -> Part:
    kind, _, rest = part.url.partition(":")
    if kind == "data":
        return _data(part, rest)
    place = door.rooms.place
    if kind != "file":
        raise UsageError("Files come as `data:` or `file:` URLs.")
    url = urlsplit(part.url)
    path = Path(url2pathname(unquote(url.path)))
    if not place.is_inside(path):
        raise UsageError(f"{path} lies outside of the project.")
    lines = {key: int(n[:9]) for key, n in parse_qsl(url.query) if re.fullmatch(r"[0-9]+", n)}
    first = lines.get("start")
    found = attach(path, place, first, lines.get("end", first))
    if found is None:
        raise UsageError(f"There is no {path}.")
    return found


def _data(part: PartInput, rest: str) -> FilePart:
    head, _, body = rest.partition(",")
    mime = part.mime or head.partition(";")[0] or "text/plain"
    try:
        raw = base64.b64decode(body) if head.endswith(";base64") else unquote_to_bytes(body)
    except binascii.Error:
        raise UsageError("The data URL holds no base64.") from None
    return FilePart(part.filename or "attachment", mime, base64.b64encode(raw).decode())


async def ask(door: Workspace, session_id: str, body: PromptBody) -> Message:
    """Say it and return at once. An agent that is named answers this prompt; the next one without
    a name is the session's own agent's again."""
    spoken = await understood(body, door)
    session = await door.session(session_id)
    if body.variant:
        await door.update(session.id, effort=body.variant)
    own = str(session.meta.get(OWN_AGENT) or session.agent)
    said = await door.prompt(
        session.id,
        spoken.text,
        spoken.parts,
        agent=spoken.agent or (own if own != session.agent else ""),
        model=spoken.model,
        along=spoken.along,
    )
    if spoken.agent and spoken.agent != own:
        (await door.session(session.id)).meta[OWN_AGENT] = own
    return said


async def converse(state: State, session_id: str, body: PromptBody) -> Message:
    """Say it and wait for the end of the run; its last answer, or its error when it gave none.
    A prompt that wants no answer is returned itself."""
    door = state.door
    session = await door.session(session_id)
    async with door.subscribe() as events:
        prompt = await ask(door, session.id, body)
        if not body.asks:
            return prompt
        async for numbered in events:
            event = numbered.event
            if isinstance(event, RunFinished) and event.session == session.id:
                await door.idle(session.id)
                return _answer((await door.session(session.id)).messages, prompt, event)
    raise OpenCodeError("The events ended before the run did.")


async def after_events(state: State, value: Any) -> Response:
    """An answer, written once all that happened was written to those who read the events: clients
    leave with the answer and read their events from another connection. Its header names the last
    event there was, as `id` of the event streams does."""
    await state.feed.caught_up()
    await state.feed.sent()
    return json(value, headers={"x-opencode-event": state.feed.mark})


def _answer(messages: list[Message], prompt: Message, end: RunFinished) -> Message:
    at = next((n for n, message in enumerate(messages) if message.id == prompt.id), 0)
    answers = [message for message in messages[at:] if message.role == "assistant"]
    if answers:
        return answers[-1]
    raise fault_of(end)


def fault_of(end: RunFinished) -> OpenCodeError:
    """The error a run ended with, from its code."""
    kinds = (AuthError, ContextTooLong, RateLimited)
    kind = next((kind for kind in kinds if kind.code == end.code), None)
    if kind is None:
        kind = ProviderError if end.code.startswith("provider") else OpenCodeError
    said = end.detail or f"The run ended: {end.reason}."
    if issubclass(kind, ProviderError):
        return kind(said, hint=end.hint, retry_after=end.retry_after)
    return kind(said, hint=end.hint)


def shown(message: Message, session: Session, parent: str) -> dict[str, Any]:
    """An answer for clients of now ({info, parts}) and of then (the info itself)."""
    info = message_info(message, session.id, parent, session.directory, session.model)
    flat = {name: getattr(info, name) for name in info.__struct_fields__}
    return {
        **{name: value for name, value in flat.items() if not isinstance(value, wire.UnsetType)},
        "role": message.role,
        "info": info,
        "parts": parts(message, session.id),
    }


def parent_of(messages: list[Message], message: Message) -> str:
    """The user message that one answers."""
    before = messages[: messages.index(message)]
    return next((one.id for one in reversed(before) if one.role == "user"), "")
