"""Conversations in the words of the protocol's second generation."""

from collections.abc import Iterable
from typing import Any

from opencode.core import message as said
from opencode.core.ask import Ask
from opencode.core.message import Message
from opencode.server.protocol import inquiries, spelling, translate, wire
from opencode.server.protocol.translate import ms

Plain = dict[str, Any]


def session(one: wire.Session) -> Plain:
    """A conversation without what was said."""
    found: Plain = {
        "id": one.id,
        "projectID": one.projectID,
        "cost": one.cost,
        "tokens": one.tokens,
        "time": one.time,
        "title": one.title,
        "location": {"directory": one.directory},
    }
    for name in ("parentID", "agent", "model", "revert"):
        if not isinstance(value := getattr(one, name), wire.UnsetType):
            found[name] = value
    return found


def conversation(messages: Iterable[Message]) -> list[Plain]:
    """What was said, in order."""
    return [message(each) for each in messages]


def message(one: Message) -> Plain:
    """A prompt, an answer, or the fold of what went before."""
    found: Plain = {"id": one.id, "time": {"created": ms(one.created)}}
    if one.summary:
        return {**found, "type": "compaction", "reason": "auto", "summary": one.text, "recent": ""}
    if one.role == "user":
        files = [_file(part) for part in one.parts if isinstance(part, said.FilePart)]
        return {**found, "type": "user", "text": one.text, **({"files": files} if files else {})}
    if one.ended or one.finish:
        found["time"]["completed"] = ms(one.ended or one.created)
    name = translate.split_model(one.model)
    found |= {
        "type": "assistant",
        "agent": one.agent,
        "model": {"id": name.modelID, "providerID": name.providerID},
        "content": [piece for at in range(len(one.parts)) if (piece := _piece(one, at))],
        "cost": one.usage.cost or 0.0,
        "tokens": translate.tokens(one.usage),
    }
    if one.finish:
        found["finish"] = translate.finish(one)
    if one.error or one.finish == "cancelled":
        found["error"] = {"type": "unknown", "message": one.error or "Cancelled."}
    return found


def permission(ask: Ask, message: str = "") -> Plain:
    """A call that waits for a person's word; `message` is the answer it stands in, if known."""
    one = inquiries.permission(ask, message)
    found: Plain = {
        "id": one.id,
        "sessionID": one.sessionID,
        "action": one.permission,
        "resources": one.patterns,
        "save": one.always,
        "metadata": one.metadata,
    }
    if message:
        found["source"] = {"type": "tool", "messageID": message, "callID": ask.call}
    return found


def _piece(one: Message, at: int) -> Plain | None:
    part, name = one.parts[at], translate.part_id(one.id, at + 1)
    match part:
        case said.TextPart():
            return {"type": "text", "id": name, "text": part.text}
        case said.ReasoningPart():
            return {"type": "reasoning", "id": name, "text": part.text}
        case said.ToolPart():
            return call(part, one.created)
        case _:
            return None


def call(call: said.ToolPart, created: float) -> Plain:
    """A call and how far it has come; `created` is the answer's time."""
    time = {"created": ms(created)}
    if call.started:
        time["ran"] = ms(call.started)
    if call.ended:
        time["completed"] = ms(call.ended)
    tool = spelling.tool_name(call.tool)
    return {"type": "tool", "id": call.id, "name": tool, "state": _state(call), "time": time}


def _state(call: said.ToolPart) -> Plain:
    if call.status == "pending":
        return {"status": "pending", "input": call.raw}
    found: Plain = {
        "status": call.status,
        "input": spelling.tool_input(call),
        "structured": spelling.metadata(call),
        "content": [{"type": "text", "text": call.output}] if call.output else [],
    }
    if call.status in ("running", "completed"):
        return found
    return {**found, "status": "error", "error": {"type": "unknown", "message": call.output}}


def _file(part: said.FilePart) -> Plain:
    shown = translate.file_part(part, "", "", "")
    return {"uri": shown.url, "mime": part.mime, "name": part.name}
