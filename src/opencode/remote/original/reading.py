"""The original's sessions, messages and questions as our nouns."""

import re
from typing import Literal

from opencode.core.ask import Ask, Option, Question
from opencode.core.delta import Usage
from opencode.core.display import Display
from opencode.core.message import (
    CallStatus,
    FilePart,
    FinishReason,
    Message,
    Part,
    ReasoningPart,
    TextPart,
    ToolPart,
)
from opencode.core.permission import Request, Rule
from opencode.core.session import Session, SessionInfo, Todo, TodoStatus
from opencode.remote.original.plain import Json, inner, names, rows
from opencode.remote.original.shown import diff_of, displays
from opencode.remote.original.spelling import own_input, own_tool

_UNNAMED = re.compile(r"(New|Child) session - \d{4}-\d\d-\d\dT")
_DATA = re.compile(r"data:([^;,]*)(?:;[^,]*)?,(.*)", re.DOTALL)
_FINISH: dict[str, FinishReason] = {
    "stop": "stop",
    "tool-calls": "tool_calls",
    "length": "length",
    "content-filter": "refused",
    "error": "error",
}
_STATUS: dict[str, CallStatus] = {
    "pending": "pending",
    "running": "running",
    "completed": "completed",
}
_TODO: dict[str, TodoStatus] = {
    "in_progress": "in_progress",
    "completed": "completed",
    "cancelled": "cancelled",
}
_REFUSED = ("rejected permission", "prevents you from using")
ABORTED = "MessageAbortedError"


def info_of(one: Json) -> SessionInfo:
    """What lists show of a session."""
    time: Json = inner(one, "time")
    return SessionInfo(
        one["id"],
        title_of(one),
        one.get("directory", ""),
        "",
        one.get("agent") or "",
        model_of(inner(one, "model")),
        parent=one.get("parentID") or "",
        created=time.get("created", 0) / 1000,
        updated=time.get("updated", 0) / 1000,
        usage=usage_of(one),
    )


def session_of(one: Json, messages: list[Message], todos: list[Json]) -> Session:
    """A whole conversation; what the server hides since an undo is kept as undone."""
    info = info_of(one)
    return Session(
        info.id,
        info.directory,
        info.title,
        agent=info.agent,
        model=info.model,
        effort=effort_of(inner(one, "model")),
        messages=messages,
        todos=[todo_of(each) for each in todos],
        usage=info.usage,
        parent=info.parent,
        created=info.created,
        updated=info.updated,
    )


def title_of(one: Json) -> str:
    """The session's own; "" while it has none but the day it was made."""
    title = str(one.get("title") or "")
    return "" if _UNNAMED.match(title) else title


def model_of(one: Json) -> str:
    """`provider/model`; "" when none is named."""
    name = one.get("modelID") or one.get("id") or ""
    return f"{one.get('providerID', '')}/{name}" if name else ""


def effort_of(one: Json) -> str:
    """The model's variant, as our effort."""
    variant = str(one.get("variant") or "")
    return "" if variant == "default" else variant


def todo_of(one: Json) -> Todo:
    """One task."""
    return Todo(str(one.get("content", "")), _TODO.get(str(one.get("status")), "pending"))


def message_of(entry: Json) -> Message:
    """An utterance and its parts."""
    made = head_of(entry["info"])
    folder = folder_of(entry["info"])
    made.parts = [part for one in entry["parts"] if (part := part_of(one, folder)) is not None]
    return made


def head_of(info: Json) -> Message:
    """Who said it, when and at what price; without what was said."""
    time: Json = inner(info, "time")
    error: Json = inner(info, "error")
    finish = _FINISH.get(str(info.get("finish") or ""), "")
    if error:
        finish = "cancelled" if error.get("name") == ABORTED else "error"
    is_answer = info["role"] == "assistant"
    return Message(
        info["id"],
        info["role"],
        agent=info.get("agent") or info.get("mode") or "",
        model=model_of(info.get("model") or info),
        usage=usage_of(info) if is_answer else Usage(),
        finish=finish or ("stop" if "completed" in time else ""),
        error=words_of(error) if finish == "error" else "",
        created=time.get("created", 0) / 1000,
        ended=time["completed"] / 1000 if time.get("completed") else None,
        summary=is_answer and info.get("summary") is True,
    )


def folder_of(info: Json) -> str:
    """Where its calls worked."""
    path: Json = inner(info, "path")
    return str(path.get("cwd") or "")


def part_of(one: Json, folder: str) -> Part | None:
    """None for marks that only the original needs."""
    match one["type"]:
        case "text":
            if one.get("ignored"):
                return None
            return TextPart(one["text"], "mention" if one.get("synthetic") else "")
        case "reasoning":
            return ReasoningPart(one["text"])
        case "file":
            return file_of(one)
        case "subtask":
            return TextPart(str(one.get("prompt") or one.get("description") or ""))
        case "tool":
            return call_of(one, folder)
        case _:
            return None


def file_of(one: Json) -> FilePart:
    """An attachment, or the name of a file there."""
    url, mime = str(one.get("url") or ""), str(one.get("mime") or "")
    name = str(one.get("filename") or url.rpartition("/")[2])
    if found := _DATA.fullmatch(url):
        return FilePart(name, mime or found[1], found[2])
    return FilePart(name, mime, path=url.removeprefix("file://"))


def call_of(part: Json, folder: str) -> ToolPart:
    """A call and how far it came."""
    state: Json = part["state"]
    tool, time = own_tool(part["tool"]), inner(state, "time")
    meta: Json = inner(state, "metadata")
    output = str(state.get("output") or state.get("error") or "")
    status = _STATUS.get(state["status"]) or _ended(output)
    shown: list[Display] = displays(tool, state, folder) if status == "completed" else []
    return ToolPart(
        part["callID"],
        tool,
        own_input(tool, inner(state, "input"), folder),
        status=status,
        output=output,
        display=shown,
        files=[file_of(one) for one in rows(state, "attachments")],
        pruned=bool(time.get("compacted")),
        child=str(meta.get("sessionId") or ""),
        started=time["start"] / 1000 if time.get("start") else None,
        ended=time["end"] / 1000 if time.get("end") else None,
    )


def _ended(output: str) -> CallStatus:
    if any(words in output for words in _REFUSED):
        return "denied"
    return "cancelled" if output == "Tool execution aborted" else "error"


def usage_of(one: Json) -> Usage:
    """Tokens and price; theirs count thoughts apart from the output."""
    tokens: Json = inner(one, "tokens")
    cache: Json = inner(tokens, "cache")
    thoughts = tokens.get("reasoning", 0)
    return Usage(
        tokens.get("input", 0),
        tokens.get("output", 0) + thoughts,
        cache.get("read", 0),
        cache.get("write", 0),
        thoughts,
        None if one.get("costUnknown") else one.get("cost") or 0.0,
    )


def words_of(error: Json) -> str:
    """What went wrong, in a line: theirs may bring the whole stack along."""
    data: Json = inner(error, "data")
    told = str(data.get("message") or error.get("name") or "It failed.")
    return told.partition("\n    at ")[0].strip()


def ask_of(kind: Literal["permission", "question"], one: Json, tool: str, path: list[str]) -> Ask:
    """What waits. `tool` is the call's where it is known, `path` the titles down to its session."""
    place: Json = inner(one, "tool")
    call = str(place.get("callID", ""))
    if kind == "question":
        asked = [_question(each) for each in one["questions"]]
        return Ask(one["id"], one["sessionID"], kind, call=call, questions=asked, path=path)
    action, meta = str(one["permission"]), inner(one, "metadata")
    targets = names(one, "patterns")
    return Ask(
        one["id"],
        one["sessionID"],
        kind,
        tool or own_tool(action),
        call,
        str(meta.get("command") or "\n".join(targets)),
        [Request(action, target) for target in targets],
        rules=[Rule(action, each, "allow") for each in names(one, "always")],
        scopes=("project",),
        display=[diff_of({"path": targets[0] if targets else "", **meta})]
        if "diff" in meta
        else [],
        path=path,
    )


def _question(one: Json) -> Question:
    options = [Option(o["label"], o.get("description", "")) for o in rows(one, "options")]
    return Question(one["question"], one.get("header", ""), options, bool(one.get("multiple")))
