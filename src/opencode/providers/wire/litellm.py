"""Every model through litellm: one attempt, streamed, under three clocks. For the worker alone."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import litellm

from opencode.core.delta import Delta
from opencode.core.error import Unavailable
from opencode.host.lines import lines
from opencode.providers.wire.chunks import Reader
from opencode.providers.wire.cohere import chunk_of
from opencode.providers.wire.convert import GEMINI
from opencode.providers.wire.events import heed_each
from opencode.providers.wire.wire_bodies import send_as_given
from opencode.providers.worker.frames import Clocks, Route

_COHERE = "cohere_chat/"
_RESPONSES = "openai/responses/"
_GAVE_UP = frozenset(
    (
        *("error", "network_error"),
        *("MALFORMED_FUNCTION_CALL", "MALFORMED_RESPONSE", "UNEXPECTED_TOOL_CALL"),
    )
)
"""Reasons to end that are none: OpenRouter and Zhipu lost their provider, Gemini its thread."""
_RECHECK = 2.0
_WRITE = 60.0


def settle() -> None:
    """Take from litellm what we do ourselves or do not want: retries, logs, advice, guesses."""
    litellm.suppress_debug_info = True
    litellm.drop_params = True  # a model without a knob is asked without it, not refused
    litellm.modify_params = False
    litellm.disable_hf_tokenizer_download = True  # to count what nobody asked it to count
    for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy", "httpx", "aiohttp", "openai"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.setLevel(logging.CRITICAL)
    response: Any = httpx.Response
    response.aiter_lines = _lines  # its own end at letters that stand in answers
    send_as_given()


def _lines(response: httpx.Response) -> AsyncIterator[str]:
    return lines(response.aiter_bytes())


async def answer(
    call: dict[str, Any], route: Route, reader: Reader, emit: Callable[[list[Delta]], None]
) -> None:
    """Make the call and emit what `reader` reads, the Finish last. Cancel the task to stop it:
    that closes the provider's connection. Raises whatever litellm raises, and Unavailable."""
    clocks = route.clocks
    loop = asyncio.get_running_loop()
    timeout = httpx.Timeout(
        connect=clocks.connect,
        read=clocks.first_event + clocks.between_events,  # the silence below ends it before
        write=_WRITE,
        pool=clocks.connect,
    )
    limit = asyncio.timeout(None)
    try:
        async with limit:
            silence = _Silence(limit, clocks.first_event)
            try:
                chunks = await _open(call, timeout)
                if call["model"].startswith(_COHERE):
                    chunks.convert_str_chunk_to_generic_chunk = chunk_of
                elif hasattr(chunks, "chunk_parser"):
                    is_gemini = call["model"].startswith(GEMINI)
                    _heed_end(chunks, reader if is_gemini else None, route)
                    heed_each(chunks, route.provider)
                async for chunk in chunks:
                    before = reader.events
                    if deltas := reader.feed(chunk, loop.time()):
                        emit(deltas)
                    if reader.events != before:
                        silence.heard(clocks.between_events)
            finally:
                silence.stop()
    except TimeoutError as error:
        if limit.expired():
            raise Unavailable(_silent(route, clocks, reader)) from None
        raise Unavailable(f"{route.provider} timed out", status=408) from error
    if not reader.complete:
        raise Unavailable(f"{route.provider} ended its reply before it was complete")
    emit(reader.end())


async def _open(call: dict[str, Any], timeout: httpx.Timeout) -> Any:
    """The provider's own chunks. litellm's wrapper around them costs ten times their price in CPU
    and invents an end for replies that were cut, so it is used only where they are not async."""
    if call["model"].startswith(_RESPONSES):
        _can_stream(call["model"].removeprefix(_RESPONSES))
    stream: Any = await litellm.acompletion(**call, timeout=timeout)
    if stream.completion_stream is None:
        await stream.fetch_stream()
    return stream.completion_stream if hasattr(stream.completion_stream, "__aiter__") else stream


def _can_stream(model: str) -> None:
    """litellm asks for a reply in one piece from models it does not know, on this wire."""
    library: Any = litellm
    if model not in library.model_cost:
        known = {"litellm_provider": "openai", "mode": "responses"}
        library.register_model({model: {**known, "supports_native_streaming": True}})


def _heed_end(chunks: Any, reader: Reader | None, route: Route) -> None:
    """Notice how the provider itself ends: litellm calls giving up a proper end, and lets each
    chunk of Gemini claim to be the last (`reader` is told which one is)."""
    parse = chunks.chunk_parser
    if reader:
        reader.ended = False

    def parsed(chunk: dict[str, Any]) -> Any:
        choices: list[dict[str, Any]] = chunk.get("candidates") or chunk.get("choices") or []
        for one in choices:
            reason = one.get("finishReason") or one.get("finish_reason")
            if reason in _GAVE_UP:
                raise Unavailable(f"{route.provider} gave up in the middle of its reply: {reason}")
            if reader and "finishReason" in one:
                reader.ended = True
        if reader and "promptFeedback" in chunk:
            reader.ended = True
        return parse(chunk)

    chunks.chunk_parser = parsed


def _silent(route: Route, clocks: Clocks, reader: Reader) -> str:
    if reader.events:
        return f"{route.provider} stopped in the middle: nothing for {clocks.between_events:g} s"
    return f"{route.provider} did not answer within {clocks.first_event:g} s"


class _Silence:
    """Ends a reply after too long a silence, by the wall clock too: a sleeping laptop is silent."""

    def __init__(self, limit: asyncio.Timeout, seconds: float) -> None:
        self._limit = limit
        self._loop = asyncio.get_running_loop()
        self._seconds = 0.0
        self._timer = self._loop.call_later(0, self._check)
        self.heard(seconds)

    def heard(self, seconds: float) -> None:
        """Something came; the next thing has `seconds`."""
        if seconds != self._seconds:
            self._seconds = seconds
            self._timer.cancel()
            self._timer = self._loop.call_later(min(seconds, _RECHECK), self._check)
        self._steady, self._wall = self._loop.time(), time.time()

    def stop(self) -> None:
        """The reply is over."""
        self._timer.cancel()

    def _check(self) -> None:
        quiet = max(self._loop.time() - self._steady, time.time() - self._wall)
        left = self._seconds - quiet
        if left <= 0:
            self._limit.reschedule(self._loop.time())
        else:
            self._timer = self._loop.call_later(min(left, _RECHECK), self._check)


async def drop_clients() -> None:
    """Forget litellm's cached clients and close their connections; nobody may be streaming."""
    cache: Any = litellm.in_memory_llm_clients_cache
    clients = list(cache.cache_dict.values())
    cache.flush_cache()
    for client in clients:
        close = getattr(client, "close", None)
        if close is not None:
            await close()


async def warm_up() -> None:
    """Load what litellm loads on its first calls, by calls that fail before they leave us."""
    for model in ("openai/none", "anthropic/none"):
        try:
            await _open(
                {
                    "model": model,
                    "messages": [{"role": "user", "content": "-"}],
                    "api_base": "http://127.0.0.1:9",
                    "api_key": "none",
                    "stream": True,
                    "max_retries": 0,
                    "num_retries": 0,
                },
                httpx.Timeout(1.0),
            )
        except litellm.exceptions.APIError:  # refused, as meant
            continue
