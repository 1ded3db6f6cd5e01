"""Our nouns in the protocol's words (sessions, messages, parts, asks)."""

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from msgspec import UNSET

import opencode
from opencode.agent.structured import answer_of
from opencode.core import message as said
from opencode.core.delta import Usage
from opencode.core.ids import short_id
from opencode.core.message import Message
from opencode.core.session import Session, SessionInfo
from opencode.server.protocol import faults, spelling, wire
from opencode.server.protocol.taken_back import revert_of

_LAST = "zzzz"
_FINISH = {"tool_calls": "tool-calls", "refused": "content-filter"}


@cache
def version() -> str:
    """Ours; read from the installed package once."""
    return str(opencode.__version__)


def ms(seconds: float) -> int:
    """Milliseconds, as the protocol counts."""
    return int(seconds * 1000)


def iso(seconds: float) -> str:
    """ISO 8601 in UTC, as seed 004 writes it; made by hand, since lists hold thousands."""
    days, rest = divmod(ms(seconds), 86_400_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{_day(days)}T{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}.{rest % 1000:03}Z"


@lru_cache(512)
def _day(days: int) -> str:
    return (date(1970, 1, 1) + timedelta(days)).isoformat()


@cache
def project_id(root: str | Path) -> str:
    """The same for the same folder, always."""
    return hashlib.sha256(str(root).encode("utf-8", "surrogateescape")).hexdigest()[:40]


def split_model(name: str) -> wire.ModelName:
    """`provider/model` in two."""
    provider, _, model = name.partition("/")
    return wire.ModelName(provider, model)


def tokens(usage: Usage) -> wire.Tokens:
    """Usage in the protocol's classes."""
    return wire.Tokens(
        usage.input,
        max(usage.output - usage.reasoning, 0),
        usage.reasoning,
        wire.Cache(usage.cache_read, usage.cache_write),
    )


def of_info(info: SessionInfo) -> wire.Session:
    """A session as lists show it."""
    model = split_model(info.model)
    time = {"created": ms(info.created), "updated": ms(info.updated)}
    return wire.Session(
        id=info.id,
        slug=short_id(info.id),
        projectID=project_id(info.directory),
        directory=info.directory,
        title=info.title or f"New session - {iso(info.created)}",
        version=version(),
        time=time | ({"archived": info.archived} if info.archived else {}),
        cost=info.usage.cost or 0.0,
        costUnknown=info.usage.cost is None or UNSET,
        tokens=tokens(info.usage),
        created_at=iso(info.created),
        last_active=iso(info.updated),
        message_count=info.messages,
        agent=info.agent or UNSET,
        model=wire.ChosenModel(model.modelID, model.providerID) if info.model else UNSET,
        parentID=info.parent or UNSET,
    )


def of_session(session: Session) -> wire.Session:
    """An open session: what lists show, and what was taken back."""
    found = of_info(session.info())
    found.revert = revert_of(session)
    return found


def message_info(
    message: Message, session: str, parent: str, directory: str, model: str = ""
) -> wire.MessageInfo:
    """Who said it, when and at what price. `parent` is the user message it answers, `model` what
    is named for a command that a person ran."""
    name = split_model(message.model or model)
    time: wire.Times = {"created": ms(message.created)}
    if message.role == "user":
        wish = message.wish or said.Wish()
        return wire.UserMessage(
            message.id,
            session,
            time,
            message.agent,
            name,
            wish.system or UNSET,
            wish.tools or UNSET,
            _format(wish) if wish.shape else UNSET,
        )
    if message.ended or message.finish:
        time["completed"] = ms(message.ended or message.created)
    shaped = answer_of(message)
    return wire.AssistantMessage(
        id=message.id,
        sessionID=session,
        parentID=parent,
        modelID=name.modelID,
        providerID=name.providerID,
        mode=message.agent,
        agent=message.agent,
        path={"cwd": directory, "root": directory},
        cost=message.usage.cost or 0.0,
        costUnknown=message.usage.cost is None or UNSET,
        tokens=tokens(message.usage),
        time=time,
        system=[],
        summary=True if message.summary else UNSET,
        finish=finish(message) or UNSET,
        error=faults.of_message(message) or UNSET,
        structured=UNSET if shaped is None else shaped,
    )


def _format(wish: said.Wish) -> dict[str, Any]:
    return {"type": "json_schema", "schema": wish.shape, "retryCount": wish.tries}


def finish(message: Message) -> str:
    """How an answer ended."""
    return _FINISH.get(message.finish, message.finish)


def part_id(message: str, place: int | str) -> str:
    """The same for the same part, always; ids sort as the parts stand."""
    tail = f"{place:04}" if isinstance(place, int) else place
    return f"prt_{message.partition('_')[2]}{tail}"


def parts(message: Message, session: str) -> list[wire.Part]:
    """Everything of a message; an answer stands between its step marks."""
    own = [p for at in range(len(message.parts)) for p in _shown(message, session, at)]
    if message.role == "user":
        return own
    gone = message.unmarked or []
    before: list[wire.Part] = [] if "start" in gone else [step_start(message.id, session)]
    has_end = message.finish and "finish" not in gone
    return [*before, *own, *([step_finish(message, session)] if has_end else [])]


def _shown(message: Message, session: str, at: int) -> Iterator[wire.Part]:
    """The part at that place; behind the words of a file stands which file it is."""
    if shown := part(message, session, at):
        yield shown
    own = message.parts[at]
    if isinstance(own, said.TextPart) and own.path:
        file = said.FilePart(Path(own.path).name, "text/plain", path=own.path)
        yield file_part(file, f"{part_id(message.id, at + 1)}f", session, message.id)


def mark_of(message: Message, name: str) -> said.Mark | None:
    """The step mark of that id."""
    marks: dict[str, said.Mark] = {
        part_id(message.id, 0): "start",
        part_id(message.id, _LAST): "finish",
    }
    return marks.get(name) if message.role == "assistant" else None


def step_start(message: str, session: str) -> wire.StepStartPart:
    """The mark before an answer."""
    return wire.StepStartPart(id=part_id(message, 0), sessionID=session, messageID=message)


def step_finish(message: Message, session: str) -> wire.StepFinishPart:
    """The mark behind an answer."""
    return wire.StepFinishPart(
        id=part_id(message.id, _LAST),
        sessionID=session,
        messageID=message.id,
        reason=finish(message),
        cost=message.usage.cost or 0.0,
        costUnknown=message.usage.cost is None or UNSET,
        tokens=tokens(message.usage),
    )


def part(message: Message, session: str, at: int) -> wire.Part | None:
    """The part at that place; None for those of newer versions."""
    own = message.parts[at]
    name = part_id(message.id, at + 1)
    time: wire.Times = {"start": ms(message.created)}
    if message.ended or message.finish:
        time["end"] = ms(message.ended or message.created)
    match own:
        case said.TextPart():
            made_up = True if own.origin else UNSET
            return wire.TextPart(
                id=name,
                sessionID=session,
                messageID=message.id,
                text=own.text,
                synthetic=made_up,
                time=UNSET if message.role == "user" else time,
            )
        case said.ReasoningPart():
            return wire.ReasoningPart(
                id=name, sessionID=session, messageID=message.id, text=own.text, time=time
            )
        case said.FilePart():
            return file_part(own, name, session, message.id)
        case said.ToolPart():
            return wire.ToolPart(
                id=name,
                sessionID=session,
                messageID=message.id,
                callID=own.id,
                tool=spelling.tool_name(own.tool),
                state=tool_state(own, session, message.id, name),
            )
        case said.OpaquePart():
            return None


def file_part(own: said.FilePart, name: str, session: str, message: str) -> wire.FilePart:
    """An attachment as a URL."""
    url = f"data:{own.mime};base64,{own.data}" if own.data else Path(own.path).absolute().as_uri()
    return wire.FilePart(
        id=name,
        sessionID=session,
        messageID=message,
        mime=own.mime,
        url=url,
        filename=own.name or UNSET,
    )


def tool_state(
    call: said.ToolPart, session: str, message: str, name: str, progress: str = ""
) -> wire.ToolState:
    """How far the call has come; `progress` is its output so far."""
    given = spelling.tool_input(call)
    start: wire.Times = {"start": ms(call.started or 0)}
    times: wire.Times = {**start, "end": ms(call.ended or call.started or 0)}
    match call.status:
        case "pending":
            return wire.ToolState("pending", given, raw=call.raw)
        case "running":
            shown = {"output": progress} if progress else {}
            return wire.ToolState(
                "running", given, title=spelling.title(call), metadata=shown, time=start
            )
        case "completed":
            files = [file_part(f, f"{name}{n}", session, message) for n, f in enumerate(call.files)]
            return wire.ToolState(
                "completed",
                given,
                title=spelling.title(call),
                output=call.output,
                metadata=spelling.metadata(call),
                time=times,
                attachments=files or UNSET,
            )
        case "error" | "cancelled" | "denied":
            return wire.ToolState(
                "error",
                given,
                error=spelling.error(call),
                metadata=spelling.metadata(call),
                time=times,
            )
