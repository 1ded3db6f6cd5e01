"""Whoever asked a model over OpenAI's API: heard until they leave, told what went wrong."""

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from opencode.core.delta import Delta, Retrying
from opencode.core.error import (
    AuthError,
    ContextTooLong,
    OpenCodeError,
    ProviderError,
    QuotaExhausted,
)
from opencode.server.errors import openai_error, sentences, status_of
from opencode.server.openai.completion import Pump
from opencode.server.route import json
from opencode.server.stream.sse import HEADERS

log = logging.getLogger("opencode.completions")


class _Left(OpenCodeError):
    """Nobody is there to be answered."""

    code = "left"


class Caller:
    """One request: its model's stream and the log line it ends with. `name` is the model that was
    asked for, `served` the one that answers."""

    def __init__(
        self, pump: Pump, request: Request, *, name: str, served: str, seconds: float
    ) -> None:
        self.pump, self._request = pump, request
        self.name, self._served, self.seconds = name, served, seconds
        self._began = time.monotonic()

    async def gathered(self, work: Any) -> Any:
        """The result of the work within the time, or the Response that says why there is none.
        The model is stopped in any case."""
        try:
            async with asyncio.timeout(self.seconds):
                return await self._unless_left(work)
        except TimeoutError:
            return self._failed(504, "The model did not answer in time.", "timeout")
        except OpenCodeError as error:
            return self._fault(error)
        finally:
            await self.pump.close()

    async def first(self) -> "list[Delta] | Response":
        """The first pieces. What goes wrong before them is a plain error with its status."""
        try:
            found: list[Delta] = await self._unless_left(self._begun())
        except TimeoutError:
            await self.pump.close()
            return self._failed(504, "The model did not answer in time.", "timeout")
        except OpenCodeError as error:
            await self.pump.close()
            return self._fault(error)
        except asyncio.CancelledError:
            await self.pump.close()
            raise
        return found

    def streamed(self, body: AsyncIterator[bytes]) -> Response:
        """The answer as it comes; the model is stopped when it is over, however it ends."""
        return _Stream(body, self.pump)

    async def _unless_left(self, work: Any) -> Any:
        """The result of the work, which is cancelled when the caller leaves."""
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(self._leaves())
            working = group.create_task(_caught(work))
            await asyncio.wait([watching, working], return_when=asyncio.FIRST_COMPLETED)
            left = not working.done()
            (working if left else watching).cancel()
        if left:
            raise _Left("The caller left.")
        result = working.result()
        if isinstance(result, OpenCodeError | TimeoutError):
            raise result
        return result

    async def _begun(self) -> list[Delta]:
        """The first pieces of which one says something: that it is tried again does not."""
        async with asyncio.timeout(self.seconds):
            found = await self.pump.next()
            while found and all(isinstance(delta, Retrying) for delta in found):
                found = await self.pump.next()
        return found

    async def _leaves(self) -> None:
        while (await self._request.receive())["type"] != "http.disconnect":
            pass

    def _fault(self, error: OpenCodeError) -> Response:
        self.note(error.code)
        status, body = envelope(error)
        wait = error.retry_after if isinstance(error, ProviderError) else None
        response = json(body, status)
        if wait is not None:
            response.headers["retry-after"] = str(math.ceil(wait))
        return response

    def _failed(self, status: int, words: str, code: str) -> Response:
        self.note(code)
        return json(openai_error(status, words, code), status)

    def note(self, outcome: str) -> None:
        """One line of the log: never what was said."""
        lasted = time.monotonic() - self._began
        words = "completion model=%s served=%s seconds=%.2f outcome=%s"
        log.info(words, _one_line(self.name), self._served, lasted, outcome)


def _one_line(name: str) -> str:
    """What a caller wrote, so that it can write no line of its own."""
    return "".join(c if c.isprintable() else "?" for c in name[:200])


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


def broken(retrying: Retrying) -> ProviderError:
    """What a caller is told who has read a part of an answer that is void now."""
    why = retrying.reason.rstrip(". ")
    return ProviderError(f"The answer broke off: {why}.", hint="Ask again.")


def envelope(error: OpenCodeError) -> tuple[int, Any]:
    """The status and OpenAI's words of an error of ours."""
    status, _ = status_of(error)
    codes: dict[type[OpenCodeError], str] = {
        ContextTooLong: "context_length_exceeded",
        QuotaExhausted: "insufficient_quota",
        AuthError: "provider_auth",
    }
    words = sentences(error.message, error.hint)
    return status, openai_error(status, words, codes.get(type(error), ""))
