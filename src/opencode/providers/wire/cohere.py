"""Cohere's stream, read here: litellm trips over its event lines and loses calls and usage."""

from types import SimpleNamespace
from typing import Any

import msgspec

from opencode.core.error import Unavailable

_REASONS = {
    "COMPLETE": "stop",
    "STOP_SEQUENCE": "stop",
    "TOOL_CALL": "tool_calls",
    "MAX_TOKENS": "length",
    "ERROR_TOXIC": "content_filter",
}


def chunk_of(chunk: str | bytes) -> Any:
    """A line of the stream as a chunk of OpenAI's shape; None for lines that carry nothing.

    Unavailable when Cohere gave up, RuntimeError for what is no line of its wire."""
    text = chunk.decode("utf-8", "replace") if isinstance(chunk, bytes) else chunk
    if not text.startswith("data:"):
        return None
    try:
        event: dict[str, Any] = msgspec.json.decode(text[5:].strip(), type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise RuntimeError(f"no event of Cohere's: {error}") from None
    delta: dict[str, Any] = event.get("delta") or {}
    message: dict[str, Any] = delta.get("message") or {}
    match event.get("type"):
        case "content-start" | "content-delta":
            content: dict[str, Any] = message.get("content") or {}
            return _chunk(content.get("text"), content.get("thinking"))
        case "tool-plan-delta":
            return _chunk(thought=message.get("tool_plan"))
        case "tool-call-start" | "tool-call-delta":
            return _chunk(call=_piece(event.get("index") or 0, message.get("tool_calls") or {}))
        case "message-end":
            return _end(delta)
        case _:
            return None


def _piece(index: int, call: dict[str, Any]) -> SimpleNamespace:
    function: dict[str, Any] = call.get("function") or {}
    named = SimpleNamespace(name=function.get("name"), arguments=function.get("arguments"))
    return SimpleNamespace(index=index, id=call.get("id"), function=named)


def _end(delta: dict[str, Any]) -> SimpleNamespace:
    told = str(delta.get("finish_reason") or "COMPLETE")
    if told not in _REASONS:
        raise Unavailable(f"Cohere gave up: {delta.get('error') or told}")
    usage: dict[str, Any] = delta.get("usage") or {}
    counted: dict[str, Any] = usage.get("tokens") or usage.get("billed_units") or {}
    cached = SimpleNamespace(cached_tokens=int(usage.get("cached_tokens") or 0))
    chunk = _chunk(reason=_REASONS[told])
    if counted:
        chunk.usage = SimpleNamespace(
            prompt_tokens=int(counted.get("input_tokens") or 0),
            completion_tokens=int(counted.get("output_tokens") or 0),
            prompt_tokens_details=cached,
        )
    return chunk


def _chunk(
    text: str | None = None,
    thought: str | None = None,
    call: SimpleNamespace | None = None,
    reason: str = "",
) -> SimpleNamespace:
    calls = [call] if call else []
    delta = SimpleNamespace(content=text, reasoning_content=thought, tool_calls=calls)
    choice = SimpleNamespace(delta=delta, finish_reason=reason)
    return SimpleNamespace(choices=[choice], usage=None)
