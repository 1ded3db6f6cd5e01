"""What the wires of the scripted model service have in common: how a turn is read, errors."""

import json
from collections.abc import Iterator
from typing import Any, Literal

Wire = Literal["chat", "responses", "anthropic", "gemini", "ollama", "cohere", "bedrock"]

COMMENT: dict[Wire, bytes] = {
    "chat": b": keep-alive\n\n",
    "responses": b": keep-alive\n\n",
    "anthropic": b'event: ping\ndata: {"type": "ping"}\n\n',
    "gemini": b": keep-alive\n\n",
    "ollama": b"\n\n",
    "cohere": b": keep-alive\n\n",
    "bedrock": b"",
}
_USAGE = {"input": 10, "output": 5, "cache_read": 0, "cache_write": 0, "reasoning": 0}
_NAMED_ERRORS: dict[str, tuple[str, str, str]] = {
    # name: message, OpenAI code, Anthropic type
    "rate_limit": ("Rate limit reached for requests", "rate_limit_exceeded", "rate_limit_error"),
    "quota": (
        "You exceeded your current quota, please check your plan and billing details.",
        "insufficient_quota",
        "rate_limit_error",
    ),
    "overloaded": ("Overloaded", "overloaded", "overloaded_error"),
    "auth": ("Incorrect API key provided", "invalid_api_key", "authentication_error"),
    "context": (
        "prompt is too long: 210000 tokens > 200000 maximum; "
        "This model's maximum context length is 200000 tokens.",
        "context_length_exceeded",
        "invalid_request_error",
    ),
    "refused": ("Invalid value: 'messages'", "invalid_value", "invalid_request_error"),
    "server": ("The server had an error", "server_error", "api_error"),
}


def error_reply(wire: Wire, status: int, error: str) -> dict[str, Any]:
    """An error in the wire's own shape."""
    message, code, kind = _NAMED_ERRORS.get(error, (error, "error", "api_error"))
    match wire:
        case "anthropic":
            return {"type": "error", "error": {"type": kind, "message": message}}
        case "gemini":
            names = {429: "RESOURCE_EXHAUSTED", 401: "UNAUTHENTICATED", 503: "UNAVAILABLE"}
            state = names.get(status, "INVALID_ARGUMENT" if status < 500 else "INTERNAL")
            return {"error": {"code": status, "message": message, "status": state}}
        case "ollama":
            return {"error": message}
        case "cohere" | "bedrock":
            return {"message": message}
        case _:
            return {"error": {"message": message, "type": code, "code": code, "param": None}}


def pieces_of(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or [])


def events_of(turn: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "events" in turn:
        for event in turn["events"]:
            yield {"calls": [event["call"]]} if "call" in event else event
        return
    yield from ({"reasoning": piece} for piece in pieces_of(turn.get("reasoning")))
    if "signature" in turn:
        yield {"signature": turn["signature"]}
    for _ in range(turn.get("times", 1)):
        yield from ({"text": piece} for piece in pieces_of(turn.get("text")))
    if turn.get("calls"):
        yield {"calls": turn["calls"]}


def finish_of(turn: dict[str, Any]) -> str:
    called = any("calls" in event for event in events_of(turn))
    return turn.get("finish") or ("tool_calls" if called else "stop")


def usage_of(turn: dict[str, Any]) -> dict[str, int] | None:
    usage = turn.get("usage", {})
    return None if usage is None else {**_USAGE, **usage}


def arguments_of(call: dict[str, Any]) -> list[str]:
    given = call.get("arguments", {})
    text = given if isinstance(given, str) else json.dumps(given)
    size = max(1, -(-len(text) // max(1, call.get("pieces", 1))))
    return [text[i : i + size] for i in range(0, len(text), size)]


def parsed_arguments(call: dict[str, Any]) -> Any:
    given = call.get("arguments", {})
    if not isinstance(given, str):
        return given
    return json.loads(given) if given else {}


def sse(data: Any, event: str = "") -> bytes:
    head = f"event: {event}\n" if event else ""
    return f"{head}data: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def common_event(event: dict[str, Any], wire: Wire) -> bytes | float | None:
    if "sleep" in event:
        return float(event["sleep"])
    if "comment" in event:
        return COMMENT[wire]
    return str(event["raw"]).encode() if "raw" in event else None
