"""A model's deltas as OpenAI's completion: whole, or chunk by chunk; the model stops when the
caller leaves."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from opencode.core.delta import CallDelta, Delta, Finish, Retrying, TextDelta, Usage
from opencode.core.error import (
    AuthError,
    ContextTooLong,
    OpenCodeError,
    ProviderError,
    QuotaExhausted,
)
from opencode.core.ids import new_id
from opencode.server.completion import Pump
from opencode.server.errors import openai_error, status_of
from opencode.server.route import json
from opencode.server.sse import HEADERS

log = logging.getLogger("opencode.completions")

_REASONS = {"refused": "content_filter"}


class Answering:
    """One request to the model and its answer."""

    def __init__(
        self, pump: Pump, request: Request, *, name: str, seconds: float, with_usage: bool
    ) -> None:
        self._pump, self._request = pump, request
        self._name, self._seconds, self._with_usage = name, seconds, with_usage
        self._id = f"chatcmpl-{new_id('x')[2:]}"
        self._created = int(time.time())
        self._began = time.monotonic()
        self._calls = 0
        self._finish: Finish | None = None
        self._sent = False

    async def whole(self) -> Response:
        """All at once; 504 once the model was stopped when it takes too long."""
        try:
            async with asyncio.timeout(self._seconds):
                message = await self._unless_left(self._gather())
        except TimeoutError:
            return self._failed(504, "The model did not answer in time.", "timeout")
        except OpenCodeError as error:
            return self._fault(error)
        finally:
            await self._pump.close()
        self._note("ok")
        finish = self._finish or Finish("stop")
        choice = {"index": 0, "message": message, "finish_reason": _reason(finish)}
        head = {**self._head("chat.completion"), "choices": [choice]}
        return json({**head, "usage": _usage(finish.usage)})

    async def stream(self) -> Response:
        """Chunk by chunk. What goes wrong before the first is a plain error with its status."""
        try:
            first = await self._unless_left(self._pump.next(self._seconds))
        except TimeoutError:
            await self._pump.close()
            return self._failed(504, "The model did not answer in time.", "timeout")
        except OpenCodeError as error:
            await self._pump.close()
            return self._fault(error)
        except asyncio.CancelledError:
            await self._pump.close()
            raise
        return _Stream(self._chunks(first), self._pump)

    async def _gather(self) -> dict[str, Any]:
        text: list[str] = []
        calls: list[dict[str, Any]] = []
        while deltas := await self._pump.next():
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
                deltas = await self._pump.next(self._seconds)
            finish = self._finish or Finish("stop")
            yield self._chunk({}, _reason(finish))
            if self._with_usage:
                head = self._head("chat.completion.chunk")
                yield _frame({**head, "choices": [], "usage": _usage(finish.usage)})
            yield b"data: [DONE]\n\n"
            outcome = "ok"
        except TimeoutError:
            outcome = "timeout"
            yield _frame(openai_error(504, "The model fell silent.", "timeout"))
        except OpenCodeError as error:
            outcome = error.code
            yield _frame(_envelope(error)[1])
        finally:
            self._note(outcome)

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
                        raise ProviderError("The model's stream broke and began anew: ask again.")
                case Finish():
                    self._finish = delta
                case _:
                    pass
        if text:
            self._sent = True
            chunks.insert(0, self._chunk({"content": "".join(text)}))
        return chunks

    async def _unless_left(self, work: Any) -> Any:
        """The result of the work, which is cancelled when the caller leaves."""
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(self._leaves())
            working = group.create_task(_caught(work))
            await asyncio.wait([watching, working], return_when=asyncio.FIRST_COMPLETED)
            left = not working.done()
            (working if left else watching).cancel()
        if left:
            self._note("left")
            raise OpenCodeError("The caller left.")
        result = working.result()
        if isinstance(result, OpenCodeError | TimeoutError):
            raise result
        return result

    async def _leaves(self) -> None:
        while (await self._request.receive())["type"] != "http.disconnect":
            pass

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": self._id, "object": kind, "created": self._created, "model": self._name}

    def _chunk(self, delta: dict[str, Any], reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        return _frame({**self._head("chat.completion.chunk"), "choices": [choice]})

    def _fault(self, error: OpenCodeError) -> Response:
        self._note(error.code)
        status, body = _envelope(error)
        wait = error.retry_after if isinstance(error, ProviderError) else None
        response = json(body, status)
        if wait is not None:
            response.headers["retry-after"] = str(int(wait))
        return response

    def _failed(self, status: int, words: str, code: str) -> Response:
        self._note(code)
        return json(openai_error(status, words, code), status)

    def _note(self, outcome: str) -> None:
        lasted = time.monotonic() - self._began
        log.info("completion model=%s seconds=%.2f outcome=%s", self._name, lasted, outcome)


class _Stream(StreamingResponse):
    """Stops the model when the response is over, however it ends."""

    def __init__(self, body: AsyncIterator[bytes], pump: Pump) -> None:
        super().__init__(body, media_type="text/event-stream", headers=HEADERS)
        self._pump = pump

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._pump.close()


async def _caught(work: Any) -> Any:
    """Its result, or its error as a result: a task group would wrap it."""
    try:
        return await work
    except (OpenCodeError, TimeoutError) as error:
        return error


def _envelope(error: OpenCodeError) -> tuple[int, Any]:
    status, _ = status_of(error)
    codes: dict[type[OpenCodeError], str] = {
        ContextTooLong: "context_length_exceeded",
        QuotaExhausted: "insufficient_quota",
        AuthError: "provider_auth",
    }
    words = f"{error.message} {error.hint}".strip()
    return status, openai_error(status, words, codes.get(type(error), ""))


def _call(delta: CallDelta) -> dict[str, Any]:
    raw = delta.raw if delta.input is None else msgspec.json.encode(delta.input).decode()
    function = {"name": delta.tool, "arguments": raw}
    return {"id": delta.id, "type": "function", "function": function}


def _reason(finish: Finish) -> str:
    return _REASONS.get(finish.reason, finish.reason)


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.output,
        "total_tokens": usage.total,
        "prompt_tokens_details": {"cached_tokens": usage.cache_read},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
    }


def _frame(value: Any) -> bytes:
    return b"data: " + msgspec.json.encode(value) + b"\n\n"
