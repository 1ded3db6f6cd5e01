"""The original's events and messages as ours: whole texts, calls, questions, and the end."""

from collections.abc import Iterator
from typing import Any, Literal

from opencode.core.ask import Ask, Option, Question, Reply
from opencode.core.delta import TextDelta, Usage
from opencode.core.event import (
    AskAnswered,
    AskRaised,
    EndReason,
    Event,
    MessageChunk,
    MessageFinished,
    MessageStarted,
    RunFinished,
    ToolFinished,
    ToolStarted,
)
from opencode.core.message import CallStatus, Message, Part, TextPart, ToolPart
from opencode.core.permission import Request

_STATUS: dict[str, CallStatus] = {"completed": "completed", "error": "error"}


class Translation:
    """Reads one stream; `waiting` is kept filled with what waits for an answer."""

    def __init__(self, waiting: dict[str, Ask]) -> None:
        self._waiting = waiting
        self._parts: dict[str, dict[str, Part]] = {}
        """Assistant's message → its parts so far, by their ids."""
        self._told: set[str] = set()
        """Messages that ended."""
        self._failed: dict[str, str] = {}
        self._usage: dict[str, Usage] = {}
        self._steps: dict[str, int] = {}

    def of(self, event: dict[str, Any]) -> Iterator[Event]:
        """None, one or several of ours."""
        given: dict[str, Any] = event.get("properties") or {}
        match event.get("type"):
            case "message.updated":
                yield from self._message(given["info"])
            case "message.part.updated":
                yield from self._part(given["part"])
            case "message.part.delta":
                yield from self._delta(given)
            case "permission.asked" | "question.asked":
                yield from self._asked(event["type"], given)
            case "permission.replied" | "question.replied" | "question.rejected":
                yield from self._answered(given)
            case "session.error":
                self._failed[given.get("sessionID", "")] = _words(given.get("error") or {})
            case "session.status" if given["status"]["type"] == "idle":
                yield self._over(given["sessionID"])
            case _:
                pass

    def _message(self, info: dict[str, Any]) -> Iterator[Event]:
        if info["role"] != "assistant":
            return
        session, name = info["sessionID"], info["id"]
        if name not in self._parts:
            self._parts[name] = {}
            model = f"{info.get('providerID', '')}/{info.get('modelID', '')}"
            yield MessageStarted(session, name, info.get("agent") or "", model)
        if "completed" in info["time"] and name not in self._told:
            self._told.add(name)
            message = message_of({"info": info, "parts": []})
            message.parts.extend(self._parts[name].values())
            self._usage[session] = self._usage.get(session, Usage()) + _usage(info)
            self._steps[session] = self._steps.get(session, 0) + 1
            yield MessageFinished(session, message)

    def _part(self, part: dict[str, Any]) -> Iterator[Event]:
        parts = self._parts.get(part["messageID"])
        if parts is None:
            return  # a person's
        if part["type"] == "text":
            parts.setdefault(part["id"], TextPart(""))
            yield from self._grown(part["sessionID"], part["messageID"], part["id"], part["text"])
        elif part["type"] == "tool" and part["state"]["status"] != "pending":
            yield from self._called(part, parts)

    def _grown(self, session: str, message: str, name: str, text: str) -> Iterator[Event]:
        """The text is now this: what is new of it."""
        part = self._parts.get(message, {}).get(name)
        if isinstance(part, TextPart) and text.startswith(part.text) and text != part.text:
            new, part.text = text[len(part.text) :], text
            yield MessageChunk(session, message, TextDelta(new))

    def _delta(self, given: dict[str, Any]) -> Iterator[Event]:
        message, name = given["messageID"], given["partID"]
        part = self._parts.get(message, {}).get(name)
        if isinstance(part, TextPart) and given["field"] == "text":
            yield from self._grown(given["sessionID"], message, name, part.text + given["delta"])

    def _called(self, part: dict[str, Any], parts: dict[str, Part]) -> Iterator[Event]:
        call, session, message = _call(part), part["sessionID"], part["messageID"]
        before = parts.get(part["id"])
        parts[part["id"]] = call
        if before is None:
            yield ToolStarted(session, message, call)
        if not call.is_open and (not isinstance(before, ToolPart) or before.is_open):
            yield ToolFinished(session, message, call)

    def _asked(self, kind: str, given: dict[str, Any]) -> Iterator[Event]:
        call: dict[str, Any] = given.get("tool") or {}
        if kind == "permission.asked":
            action, targets = given["permission"], [str(one) for one in given["patterns"]]
            requests = [Request(action, target) for target in targets]
            ask = Ask(
                given["id"],
                given["sessionID"],
                "permission",
                action,
                call.get("callID", ""),
                "\n".join(targets),
                requests,
            )
        else:
            questions = [_question(one) for one in given["questions"]]
            ask = Ask(given["id"], given["sessionID"], "question", questions=questions)
        self._waiting[ask.id] = ask
        yield AskRaised(ask.session, ask)

    def _answered(self, given: dict[str, Any]) -> Iterator[Event]:
        name = given.get("requestID") or given.get("permissionID") or ""
        word = given.get("reply") or given.get("response")
        verdict: Literal["allow", "reject"] = "reject" if word == "reject" else "allow"
        self._waiting.pop(name, None)
        yield AskAnswered(given["sessionID"], name, Reply(verdict))

    def _over(self, session: str) -> RunFinished:
        failed, usage = self._failed.pop(session, ""), self._usage.pop(session, Usage())
        reason: EndReason = "error" if failed else "done"
        return RunFinished(session, reason, failed, usage=usage, steps=self._steps.pop(session, 0))


def message_of(entry: dict[str, Any]) -> Message:
    """Its texts and calls."""
    info = entry["info"]
    model = f"{info.get('providerID', '')}/{info.get('modelID', '')}"
    made = Message(info["id"], info["role"], agent=info.get("agent") or "", model=model)
    for part in entry["parts"]:
        if part["type"] == "text":
            made.parts.append(TextPart(part["text"]))
        elif part["type"] == "tool":
            made.parts.append(_call(part))
    if info["role"] == "assistant":
        made.usage = _usage(info)
    return made


def _call(part: dict[str, Any]) -> ToolPart:
    state = part["state"]
    made = ToolPart(part["callID"], part["tool"], state.get("input") or {})
    made.start()
    if status := _STATUS.get(state["status"]):
        made.status = status
        made.output = str(state.get("output") or state.get("error") or "")
    return made


def _question(one: dict[str, Any]) -> Question:
    options = [Option(o["label"], o.get("description", "")) for o in one.get("options", ())]
    return Question(one["question"], one.get("header", ""), options, bool(one.get("multiple")))


def _usage(info: dict[str, Any]) -> Usage:
    tokens: dict[str, Any] = info.get("tokens") or {}
    cache: dict[str, Any] = tokens.get("cache") or {}
    return Usage(
        tokens.get("input", 0),
        tokens.get("output", 0) + tokens.get("reasoning", 0),
        cache.get("read", 0),
        cache.get("write", 0),
        tokens.get("reasoning", 0),
        info.get("cost", 0.0),
    )


def _words(error: dict[str, Any]) -> str:
    data: dict[str, Any] = error.get("data") or {}
    return str(data.get("message") or error.get("name") or "It failed.")
