"""Our session in the shape the TypeScript original exports, `{info, messages: [{info, parts}]}`."""

import re
from typing import Any, cast

import msgspec
from msgspec import Raw

from opencode.core.delta import Usage
from opencode.core.message import (
    CallStatus,
    FilePart,
    FinishReason,
    Message,
    OpaquePart,
    Part,
    ReasoningPart,
    TextPart,
    ToolPart,
)
from opencode.core.session import Session

Json = dict[str, Any]
_DATA_URL = re.compile(r"data:([^;,]*)(?:;[^,]*)?,(.*)", re.DOTALL)
_FINISH = {"stop": "stop", "tool-calls": "tool_calls", "tool_calls": "tool_calls",
           "length": "length", "content-filter": "refused", "error": "error"}  # fmt: skip


def to_upstream(session: Session) -> Json:
    """The export shape; times are milliseconds there."""
    info: Json = {
        "id": session.id,
        "projectID": "global",
        "directory": session.directory,
        "title": session.title,
        "version": f"opencode-textual/{session.schema}",
        "agent": session.agent,
        **_cost(session.usage),
        "tokens": _tokens(session.usage),
        "time": {"created": _ms(session.created), "updated": _ms(session.updated)},
    }
    if session.parent:
        info["parentID"] = session.parent
    messages: list[Json] = []
    parent = ""
    for message in session.messages:
        parts = [
            part
            for n, one in enumerate(message.parts)
            for part in _part_out(one, session.id, message, n)
        ]
        messages.append({"info": _message_out(message, session, parent), "parts": parts})
        parent = message.id if message.role == "user" else parent
    return {"info": info, "messages": messages}


def _message_out(message: Message, session: Session, parent: str) -> Json:
    provider, _, model = message.model.partition("/")
    info: Json = {"id": message.id, "sessionID": session.id, "role": message.role}
    if message.role == "user":
        return info | {
            "time": {"created": _ms(message.created)},
            "agent": message.agent,
            "model": {"providerID": provider, "modelID": model},
        }
    info |= {
        "parentID": parent,
        "providerID": provider,
        "modelID": model,
        "mode": message.agent,
        "agent": message.agent,
        "path": {"cwd": session.directory, "root": session.directory},
        **_cost(message.usage),
        "tokens": _tokens(message.usage),
        "time": {"created": _ms(message.created)},
    }
    if message.ended is not None:
        info["time"]["completed"] = _ms(message.ended)
    if message.finish:
        info["finish"] = message.finish.replace("_", "-")
    if message.error:
        info["error"] = {"name": "UnknownError", "data": {"message": message.error}}
    if message.summary:
        info["summary"] = True
    return info


def _part_out(part: Part, session_id: str, message: Message, n: int) -> list[Json]:
    common: Json = {
        "id": f"prt_{message.id.removeprefix('msg_')}{n:03d}",
        "sessionID": session_id,
        "messageID": message.id,
    }
    match part:
        case TextPart():
            text: Json = {"type": "text", "text": part.text}
            return [common | text | ({"synthetic": True} if part.origin else {})]
        case ReasoningPart():
            time = {"start": _ms(message.created), "end": _ms(message.ended or message.created)}
            return [common | {"type": "reasoning", "text": part.text, "time": time,
                              "metadata": part.meta}]  # fmt: skip
        case FilePart():
            return [common | _file_out(part)]
        case ToolPart():
            state = _state_out(part, message, common)
            return [common | {"type": "tool", "callID": part.id, "tool": part.tool,
                              "state": state, "metadata": part.meta}]  # fmt: skip
        case OpaquePart():
            raw = msgspec.json.decode(part.raw)
            return [cast("Json", raw)] if isinstance(raw, dict) else []


def _file_out(part: FilePart) -> Json:
    url = f"data:{part.mime};base64,{part.data}" if part.data else f"file://{part.path}"
    return {"type": "file", "mime": part.mime, "filename": part.name, "url": url}


def _state_out(part: ToolPart, message: Message, common: Json) -> Json:
    start = _ms(part.started or message.created)
    if part.is_open:
        return {"status": "pending", "input": part.input, "raw": part.raw}
    time = {"start": start, "end": _ms(part.ended or part.started or message.created)}
    if part.status != "completed":
        return {"status": "error", "input": part.input, "error": part.output, "time": time,
                "metadata": {"status": part.status}}  # fmt: skip
    state: Json = {"status": "completed", "input": part.input, "output": part.output,
                   "title": part.tool, "metadata": {}, "time": time}  # fmt: skip
    if part.files:
        state["attachments"] = [common | _file_out(file) for file in part.files]
    return state


def from_upstream(found: Json) -> Session:
    """A session from the export shape. Parts we have no kind for are kept as they came."""
    info: Json = found["info"]
    stamps: Json = info.get("time") or {}
    session = Session(
        str(info.get("id", "")),
        str(info.get("directory", "")),
        title=str(info.get("title", "")),
        titled_by="model" if info.get("title") else "",
        agent=str(info.get("agent") or "build"),
        parent=str(info.get("parentID") or ""),
        messages=[_message_in(one["info"], one["parts"]) for one in found["messages"]],
        created=_seconds(stamps.get("created", 0)),
        updated=_seconds(stamps.get("updated", stamps.get("created", 0))),
    )
    for message in session.messages:
        session.usage += message.usage
    session.model = next((m.model for m in reversed(session.messages) if m.model), "")
    return session


def _message_in(info: Json, parts: list[Json]) -> Message:
    model: Json = info.get("model") or info
    stamps: Json = info.get("time") or {}
    names = (str(model.get("providerID") or ""), str(model.get("modelID") or ""))
    error: Json = info.get("error") or {}
    finish = _FINISH.get(str(info.get("finish") or ""), "")
    return Message(
        str(info["id"]),
        "user" if info["role"] == "user" else "assistant",
        [_part_in(part) for part in parts],
        agent=str(info.get("agent") or info.get("mode") or ""),
        model="/".join(name for name in names if name),
        usage=_usage_in(info.get("tokens") or {}, info),
        finish=cast("FinishReason", "error" if error and not finish else finish),
        error=str(_dict(error, "data").get("message") or error.get("name") or ""),
        created=_seconds(stamps.get("created", 0)),
        ended=_seconds(stamps["completed"]) if stamps.get("completed") else None,
        summary=info.get("summary") is True,
    )


def _part_in(part: Json) -> Part:
    match part.get("type"):
        case "text":
            return TextPart(str(part["text"]), "mention" if part.get("synthetic") else "")
        case "reasoning":
            return ReasoningPart(str(part["text"]), part.get("metadata") or {})
        case "file":
            return _file_in(part)
        case "tool":
            return _tool_in(part)
        case _:
            return OpaquePart(Raw(msgspec.json.encode(part)))


def _file_in(part: Json) -> FilePart:
    url, mime = str(part.get("url") or ""), str(part.get("mime") or "")
    found = _DATA_URL.fullmatch(url)
    return FilePart(
        str(part.get("filename") or ""),
        mime or (found[1] if found else ""),
        data=found[2] if found else "",
        path="" if found else url.removeprefix("file://"),
    )


def _tool_in(part: Json) -> ToolPart:
    state: Json = part["state"]
    stamps = _dict(state, "time")
    attachments: list[Json] = state.get("attachments") or []
    status = str(state.get("status"))
    kept = str(_dict(state, "metadata").get("status", ""))
    if status == "error" and kept in ("cancelled", "denied"):
        status = kept
    return ToolPart(
        str(part["callID"]),
        str(part["tool"]),
        state.get("input") or {},
        raw=str(state.get("raw") or ""),
        status=status if status in _STATUS else "error",
        output=str(state.get("output") or state.get("error") or ""),
        files=[_file_in(file) for file in attachments],
        pruned=bool(stamps.get("compacted")),
        started=_seconds(stamps["start"]) if stamps.get("start") else None,
        ended=_seconds(stamps["end"]) if stamps.get("end") else None,
        meta=part.get("metadata") or {},
    )


_STATUS: tuple[CallStatus, ...] = (
    "pending",
    "running",
    "completed",
    "error",
    "cancelled",
    "denied",
)


def _tokens(usage: Usage) -> Json:
    return {"input": usage.input, "output": usage.output - usage.reasoning,
            "reasoning": usage.reasoning,
            "cache": {"read": usage.cache_read, "write": usage.cache_write}}  # fmt: skip


def _cost(usage: Usage) -> Json:
    """The original knows numbers only; that a price is unknown stands beside."""
    unknown = {"costUnknown": True} if usage.cost is None else {}
    return {"cost": usage.cost or 0, **unknown}


def _usage_in(tokens: Json, info: Json) -> Usage:
    cache: Json = tokens.get("cache") or {}
    reasoning = int(tokens.get("reasoning") or 0)
    return Usage(
        int(tokens.get("input") or 0),
        int(tokens.get("output") or 0) + reasoning,
        int(cache.get("read") or 0),
        int(cache.get("write") or 0),
        reasoning,
        None if info.get("costUnknown") else float(info.get("cost") or 0),
    )


def _dict(found: Json, name: str) -> Json:
    return found.get(name) or {}


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _seconds(ms: Any) -> float:
    return float(ms) / 1000
