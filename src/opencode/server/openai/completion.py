"""OpenAI's chat completions over our providers: the caller's words reach the model as they are, and
no agent and no tool of ours stands in between."""

import asyncio
import base64
import binascii
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, cast

import msgspec

from opencode.core.delta import Delta
from opencode.core.error import OpenCodeError, UsageError
from opencode.core.ids import new_id
from opencode.core.message import FilePart, Message, Part, TextPart, ToolPart

log = logging.getLogger(__name__)

Spawn = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]


@dataclass(frozen=True)
class Completions:
    """How the OpenAI-compatible routes behave."""

    model: str = ""
    """Behind the aliases; "" is the workspace's own."""
    takes_any_name: bool = False
    """Names that are no model here mean `model`, too, and are echoed."""
    seconds: float = 60.0
    """For a whole answer, and in a stream for each silence."""
    aliases: tuple[str, ...] = ("opencode/default", "default", "gpt-4.1")


class Pump:
    """Reads a model's stream in one task of its own, so that any reader may leave at any time."""

    def __init__(self, spawn: Spawn, deltas: AsyncIterator[Delta]) -> None:
        self._queue: asyncio.Queue[Delta | OpenCodeError | None] = asyncio.Queue()
        self._task = spawn(self._run(deltas))

    async def _run(self, deltas: AsyncIterator[Delta]) -> None:
        try:
            async for delta in deltas:
                self._queue.put_nowait(delta)
            self._queue.put_nowait(None)
        except OpenCodeError as error:
            self._queue.put_nowait(error)
        except Exception:
            log.exception("a completion failed")
            self._queue.put_nowait(OpenCodeError("Unexpected error; the server's log has it."))

    async def next(self, seconds: float | None = None) -> list[Delta]:
        """What came since, at least one piece; [] at the end. Raises the stream's error, and
        TimeoutError after so many seconds."""
        async with asyncio.timeout(seconds):
            first = await self._queue.get()
        found: list[Delta] = []
        entry: Delta | OpenCodeError | None = first
        while entry is not None:
            if isinstance(entry, OpenCodeError):
                if found:
                    self._queue.put_nowait(entry)
                    return found
                raise entry
            found.append(entry)
            if self._queue.empty():
                return found
            entry = self._queue.get_nowait()
        if found:
            self._queue.put_nowait(None)
        return found

    async def close(self) -> None:
        """Let the model stop; its connection is closed when this returns."""
        self._task.cancel()
        await asyncio.wait([self._task])


def conversation(messages: list[dict[str, Any]]) -> tuple[str, list[Message]]:
    """The system text and what was said, roles kept. UsageError for what cannot be read."""
    if not messages:
        raise UsageError("`messages` is empty.")
    system: list[str] = []
    said: list[Message] = []
    for entry in messages:
        role = entry.get("role")
        parts = _parts(entry.get("content"))
        match role:
            case "system" | "developer":
                system.append("".join(p.text for p in parts if isinstance(p, TextPart)))
            case "user":
                said.append(Message(new_id("msg"), "user", parts))
            case "assistant":
                said.append(Message(new_id("msg"), "assistant", [*parts, *_calls(entry)]))
            case "tool" | "function":
                _result(entry, parts, said)
            case _:
                raise UsageError(f"`messages` holds the role {role!r}, which is none.")
    for message in said:
        for call in message.calls:
            call.close("error", "No result was given.")
    return "\n\n".join(filter(None, system)), said


def _parts(content: Any) -> list[Part]:
    if content is None:
        return []
    if isinstance(content, str):
        return [TextPart(content)] if content else []
    if not isinstance(content, list):
        raise UsageError("`content` is a text or a list of parts.")
    return [_part(one) for one in cast("list[Any]", content)]


def _part(one: Any) -> Part:
    part = cast("dict[str, Any]", one) if isinstance(one, dict) else {}
    match part.get("type"):
        case "text" | "input_text" | "output_text":
            return TextPart(str(part.get("text") or ""))
        case "refusal":
            return TextPart(str(part.get("refusal") or ""))
        case "image_url":
            image: Any = part.get("image_url")
            url = cast("dict[str, Any]", image).get("url") if isinstance(image, dict) else image
            return _file("image", str(url))
        case "file":
            file = table(part.get("file"), "file")
            return _file(str(file.get("filename") or "file"), str(file.get("file_data")))
        case kind:
            raise UsageError(
                f"`content` holds a part of type {kind!r}; text, image_url and file can be."
            )


def _file(name: str, url: str) -> FilePart:
    head, comma, body = url.partition(",")
    if not (head.startswith("data:") and head.endswith(";base64") and comma):
        raise UsageError(
            "Images and files come as `data:…;base64,…`; nothing is fetched or kept for a caller."
        )
    try:
        base64.b64decode(body, validate=True)
    except binascii.Error:
        raise UsageError(f"What is given of {name!r} is no base64.") from None
    return FilePart(name, head.removeprefix("data:").partition(";")[0], body)


def tables(given: Any, name: str) -> list[dict[str, Any]]:
    """A list of objects of that name; nothing for null. UsageError for anything else."""
    if not isinstance(given, list | None):
        raise UsageError(f"`{name}` is no list.")
    return [table(one, name) for one in cast("list[Any]", given or [])]


def table(given: Any, name: str) -> dict[str, Any]:
    """An object of that name; an empty one for null. UsageError for anything else."""
    if not isinstance(given, dict | None):
        raise UsageError(f"`{name}` is, or holds, something that is no object.")
    return cast("dict[str, Any]", given or {})


def _calls(entry: dict[str, Any]) -> list[ToolPart]:
    found: list[ToolPart] = []
    for one in tables(entry.get("tool_calls"), "tool_calls"):
        function = table(one.get("function"), "function")
        raw = str(function.get("arguments") or "{}")
        try:
            given: Any = msgspec.json.decode(raw)
        except msgspec.DecodeError:
            given = None
        arguments = cast("dict[str, Any]", given) if isinstance(given, dict) else {}
        name, id = str(function.get("name") or ""), str(one.get("id") or new_id("call"))
        found.append(ToolPart(id, name, arguments, "" if isinstance(given, dict) else raw))
    return found


def _result(entry: dict[str, Any], parts: list[Part], said: list[Message]) -> None:
    """The outcome of a call joins the call; one whose call is not there is told as words."""
    text = "".join(part.text for part in parts if isinstance(part, TextPart))
    wanted = entry.get("tool_call_id")
    for message in reversed(said):
        for call in message.calls:
            if call.id == wanted and call.is_open:
                call.close("completed", text)
                return
    name = entry.get("name") or wanted or "a tool"
    said.append(Message(new_id("msg"), "user", [TextPart(f"Result of {name}:\n{text}")]))
