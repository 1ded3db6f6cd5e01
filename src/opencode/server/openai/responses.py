"""A model's deltas as OpenAI's Responses API writes them: one object, or events that build it."""

import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import msgspec
from starlette.responses import Response

from opencode.core.delta import CallDelta, Delta, Finish, Retrying, TextDelta, Usage
from opencode.core.error import OpenCodeError, ProviderError, UsageError
from opencode.core.ids import new_id
from opencode.server.openai.caller import Caller, broken, envelope
from opencode.server.openai.completion import tables
from opencode.server.route import json
from opencode.server.stream.data_line import data_line

_KINDS = {"input_text": "text", "output_text": "text", "text": "text", "refusal": "refusal"}


def messages_of(instructions: str, given: str | list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The input as chat messages. UsageError for what cannot be read."""
    found: list[dict[str, Any]] = []
    if instructions:
        found.append({"role": "system", "content": instructions})
    if isinstance(given, str):
        return [*found, {"role": "user", "content": given}]
    for item in given:
        match item.get("type", "message"):
            case "message":
                found.append({"role": item.get("role"), "content": _content(item.get("content"))})
            case "function_call":
                function = {"name": item.get("name"), "arguments": item.get("arguments")}
                call = {"id": item.get("call_id"), "type": "function", "function": function}
                found.append({"role": "assistant", "content": None, "tool_calls": [call]})
            case "function_call_output":
                output = item.get("output")
                text = output if isinstance(output, str) else _content(output)
                found.append({"role": "tool", "tool_call_id": item.get("call_id"), "content": text})
            case "reasoning":
                pass  # thoughts of another answer: models do not need them
            case kind:
                raise UsageError(f"`input` holds an item of type {kind!r}, which cannot be read.")
    return found


def _content(content: Any) -> Any:
    if not isinstance(content, list):
        return content
    found: list[dict[str, Any]] = []
    for part in tables(content, "content"):
        kind = str(part.get("type"))
        if kind == "input_image":
            url = {"url": str(part.get("image_url") or "")}
            found.append({"type": "image_url", "image_url": url})
        elif kind == "input_file":
            file = {key: part.get(key) for key in ("filename", "file_data")}
            found.append({"type": "file", "file": file})
        elif kind in _KINDS:
            word = _KINDS[kind]
            found.append({"type": word, word: part.get(word)})
        else:
            raise UsageError(f"`input` holds a part of type {kind!r}; texts, images, files can be.")
    return found


class Responding:
    """One request to the model and its response object. `head` are the fields that are told back
    as they came."""

    def __init__(self, caller: Caller, head: dict[str, Any]) -> None:
        self._caller = caller
        self._head = head
        self._id = f"resp_{new_id('x')[2:]}"
        self._created = int(time.time())
        self._items: list[dict[str, Any]] = []
        self._text = ""
        self._finish: Finish | None = None
        self._count = 0

    async def whole(self) -> Response:
        """All at once."""
        failed = await self._caller.gathered(self._gather())
        if isinstance(failed, Response):
            return failed
        self._caller.note("ok")
        return json(self._object())

    async def stream(self) -> Response:
        """Event by event."""
        first = await self._caller.first()
        return first if isinstance(first, Response) else self._caller.streamed(self._events(first))

    async def _gather(self) -> None:
        while deltas := await self._caller.pump.next():
            for delta in deltas:
                if isinstance(delta, Retrying):
                    self._items.clear()
                    self._text = ""
                list(self._taken(delta))
        list(self._closed())

    async def _events(self, first: list[Delta]) -> AsyncIterator[bytes]:
        outcome = "left"
        try:
            yield self._event("response.created", response=self._object("in_progress"))
            yield self._event("response.in_progress", response=self._object("in_progress"))
            deltas = first
            while deltas:
                for delta in deltas:
                    for event in self._taken(delta):
                        yield event
                deltas = await self._caller.pump.next(self._caller.seconds)
            for event in self._closed():
                yield event
            last = "response.incomplete" if self._is_cut else "response.completed"
            yield self._event(last, response=self._object())
            outcome = "ok"
        except (TimeoutError, OpenCodeError) as error:
            fault = error if isinstance(error, OpenCodeError) else ProviderError("It fell silent.")
            outcome = fault.code
            said = envelope(fault)[1]["error"]
            why = {"code": said["code"] or "server_error", "message": said["message"]}
            failed = {**self._object("failed"), "error": why}
            yield self._event("response.failed", response=failed)
        finally:
            self._caller.note(outcome)

    def _taken(self, delta: Delta) -> Iterator[bytes]:
        match delta:
            case TextDelta() if delta.text:
                if not self._is_speaking:
                    yield from self._opened()
                self._text += delta.text
                yield self._told("response.output_text.delta", delta=delta.text, logprobs=[])
            case CallDelta():
                yield from self._closed()
                yield from self._called(delta)
            case Retrying() if self._items or self._text:
                raise broken(delta)
            case Finish():
                self._finish = delta
            case _:
                pass

    @property
    def _is_speaking(self) -> bool:
        return bool(self._items) and self._items[-1].get("status") == "in_progress"

    @property
    def _is_cut(self) -> bool:
        return self._finish is not None and self._finish.reason == "length"

    def _opened(self) -> Iterator[bytes]:
        self._text = ""
        item: dict[str, Any] = {"id": new_id("msg"), "type": "message", "role": "assistant"}
        self._items.append({**item, "content": [], "status": "in_progress"})
        yield self._added()
        yield self._told("response.content_part.added", part=_part(""))

    def _closed(self) -> Iterator[bytes]:
        if not self._is_speaking:
            return
        item = self._items[-1]
        yield self._told("response.output_text.done", text=self._text, logprobs=[])
        yield self._told("response.content_part.done", part=_part(self._text))
        item["content"], item["status"] = [_part(self._text)], "completed"
        yield self._done()

    def _called(self, delta: CallDelta) -> Iterator[bytes]:
        raw = delta.raw if delta.input is None else msgspec.json.encode(delta.input).decode()
        item = {"id": new_id("fc"), "type": "function_call", "call_id": delta.id}
        self._items.append({**item, "name": delta.tool, "arguments": "", "status": "completed"})
        yield self._added()
        where = {"item_id": item["id"], "output_index": len(self._items) - 1}
        yield self._event("response.function_call_arguments.delta", delta=raw, **where)
        done = {**where, "name": delta.tool}
        yield self._event("response.function_call_arguments.done", arguments=raw, **done)
        self._items[-1]["arguments"] = raw
        yield self._done()

    def _added(self) -> bytes:
        where = len(self._items) - 1
        return self._event("response.output_item.added", output_index=where, item=self._items[-1])

    def _done(self) -> bytes:
        where = len(self._items) - 1
        return self._event("response.output_item.done", output_index=where, item=self._items[-1])

    def _told(self, kind: str, **more: Any) -> bytes:
        """An event about the text that is being written."""
        where = {"item_id": self._items[-1]["id"], "output_index": len(self._items) - 1}
        return self._event(kind, content_index=0, **where, **more)

    def _event(self, kind: str, **more: Any) -> bytes:
        data = data_line({"type": kind, "sequence_number": self._count, **more})
        self._count += 1
        return f"event: {kind}\n".encode() + data

    def _object(self, status: str = "") -> dict[str, Any]:
        usage = _usage(self._finish.usage) if self._finish and not status else None
        ended = "incomplete" if self._is_cut else "completed"
        return {
            "id": self._id,
            "object": "response",
            "created_at": self._created,
            "status": status or ended,
            "error": None,
            "incomplete_details": {"reason": "max_output_tokens"} if self._is_cut else None,
            "output": [*self._items],
            "usage": usage,
            "parallel_tool_calls": True,
            "previous_response_id": None,
            "store": False,
            "truncation": "disabled",
            "text": {"format": {"type": "text"}},
            **self._head,
        }


def _part(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _usage(usage: Usage) -> dict[str, Any] | None:
    """None when the provider told nothing."""
    if not usage.total:
        return None
    return {
        "input_tokens": usage.prompt,
        "input_tokens_details": {"cached_tokens": usage.cache_read},
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.total,
    }
