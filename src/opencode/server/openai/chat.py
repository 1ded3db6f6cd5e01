"""A model's deltas as OpenAI's completion: whole, or chunk by chunk; the model stops when the
caller leaves."""

import secrets
import time
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from starlette.responses import Response

from opencode.core.delta import CallDelta, Delta, Finish, Retrying, TextDelta, Usage
from opencode.core.error import OpenCodeError
from opencode.server.errors import openai_error
from opencode.server.openai.caller import Caller, broken, envelope
from opencode.server.route import json
from opencode.server.stream.data_line import data_line

_REASONS = {"refused": "content_filter"}


class Answering:
    """One request to the model and its answer."""

    def __init__(self, caller: Caller, *, with_usage: bool) -> None:
        self._caller, self._with_usage = caller, with_usage
        self._id = f"chatcmpl-{secrets.token_hex(12)}"
        self._created = int(time.time())
        self._calls = 0
        self._finish: Finish | None = None
        self._sent = False

    async def whole(self) -> Response:
        """All at once; 504 once the model was stopped when it takes too long."""
        message = await self._caller.gathered(self._gather())
        if isinstance(message, Response):
            return message
        self._caller.note("ok")
        finish = self._finish or Finish("stop")
        choice = {"index": 0, "message": message, "finish_reason": _reason(finish)}
        head = {**self._head("chat.completion"), "choices": [choice]}
        return json({**head, "usage": _usage(finish.usage)})

    async def stream(self) -> Response:
        """Chunk by chunk."""
        first = await self._caller.first()
        return first if isinstance(first, Response) else self._caller.streamed(self._chunks(first))

    async def _gather(self) -> dict[str, Any]:
        text: list[str] = []
        calls: list[dict[str, Any]] = []
        while deltas := await self._caller.pump.next():
            for delta in deltas:
                match delta:
                    case TextDelta():
                        text.append(delta.text)
                    case CallDelta():
                        calls.append(_call(delta))
                    case Retrying():
                        text.clear()
                        calls.clear()
                    case Finish():
                        self._finish = delta
                    case _:
                        pass
        said: dict[str, Any] = {"role": "assistant", "content": "".join(text)}
        if calls:
            said = {**said, "content": said["content"] or None, "tool_calls": calls}
        return said

    async def _chunks(self, first: list[Delta]) -> AsyncIterator[bytes]:
        yield self._chunk({"role": "assistant", "content": ""})
        deltas = first
        outcome = "left"
        try:
            while deltas:
                for chunk in self._pieces(deltas):
                    yield chunk
                deltas = await self._caller.pump.next(self._caller.seconds)
            finish = self._finish or Finish("stop")
            yield self._chunk({}, _reason(finish))
            if self._with_usage and finish.usage.total:
                head = self._head("chat.completion.chunk")
                yield data_line({**head, "choices": [], "usage": _usage(finish.usage)})
            yield b"data: [DONE]\n\n"
            outcome = "ok"
        except TimeoutError:
            outcome = "timeout"
            yield data_line(openai_error(504, "The model fell silent.", "timeout"))
        except OpenCodeError as error:
            outcome = error.code
            yield data_line(envelope(error)[1])
        finally:
            self._caller.note(outcome)

    def _pieces(self, deltas: list[Delta]) -> list[bytes]:
        """Texts that came together go together; the model's own pieces are never split."""
        text: list[str] = []
        chunks: list[bytes] = []
        for delta in deltas:
            match delta:
                case TextDelta():
                    text.append(delta.text)
                case CallDelta():
                    call = {"index": self._calls, **_call(delta)}
                    self._calls += 1
                    chunks.append(self._chunk({"tool_calls": [call]}))
                case Retrying():
                    text.clear()
                    if self._sent or self._calls:
                        raise broken(delta)
                case Finish():
                    self._finish = delta
                case _:
                    pass
        if text:
            self._sent = True
            chunks.insert(0, self._chunk({"content": "".join(text)}))
        return chunks

    def _head(self, kind: str) -> dict[str, Any]:
        return {
            "id": self._id,
            "object": kind,
            "created": self._created,
            "model": self._caller.name,
        }

    def _chunk(self, delta: dict[str, Any], reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        return data_line({**self._head("chat.completion.chunk"), "choices": [choice]})


def _call(delta: CallDelta) -> dict[str, Any]:
    raw = delta.raw if delta.input is None else msgspec.json.encode(delta.input).decode()
    function = {"name": delta.tool, "arguments": raw}
    return {"id": delta.id, "type": "function", "function": function}


def _reason(finish: Finish) -> str:
    return _REASONS.get(finish.reason, finish.reason)


def _usage(usage: Usage) -> dict[str, Any] | None:
    """None when the provider told nothing: nothing costs no tokens."""
    if not usage.total:
        return None
    return {
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.output,
        "total_tokens": usage.total,
        "prompt_tokens_details": {"cached_tokens": usage.cache_read},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
    }
