"""Turns of a script as Cohere and AWS Bedrock speak."""

import binascii
import json
import struct
from collections.abc import Iterator
from typing import Any

from opencode.tests.fakes.model_wires import (
    arguments_of,
    common_event,
    events_of,
    finish_of,
    sse,
    usage_of,
)


def cohere(turn: dict[str, Any], model: str) -> Iterator[bytes | float]:
    """Version 2 of its chat: server-sent events, each with a type."""

    def event_of(kind: str, **data: Any) -> bytes:
        return sse({"type": kind, **data}, kind)

    def in_message(kind: str, index: int, **message: Any) -> bytes:
        return event_of(kind, index=index, delta={"message": message})

    yield event_of("message-start", id="m1", delta={"message": {"role": "assistant"}})
    index, kind = -1, ""
    for event in events_of(turn):
        if (common := common_event(event, "cohere")) is not None:
            yield common
        for key, wanted in (("reasoning", "thinking"), ("text", "text")):
            if key not in event:
                continue
            if kind != wanted:
                if kind:
                    yield event_of("content-end", index=index)
                index, kind = index + 1, wanted
                yield in_message("content-start", index, content={"type": kind, kind: ""})
            yield in_message("content-delta", index, content={kind: event[key]})
        for call in event.get("calls", []):
            if kind:
                yield event_of("content-end", index=index)
            index, kind = index + 1, ""
            named = {"name": call["name"], "arguments": ""}
            call_id = call.get("id", f"call_{index}")
            started = {"id": call_id, "type": "function", "function": named}
            yield in_message("tool-call-start", index, tool_calls=started)
            for piece in arguments_of(call):
                more = {"function": {"arguments": piece}}
                yield in_message("tool-call-delta", index, tool_calls=more)
            yield event_of("tool-call-end", index=index)
    if kind:
        yield event_of("content-end", index=index)
    reasons = {"tool_calls": "TOOL_CALL", "length": "MAX_TOKENS", "refused": "ERROR_TOXIC"}
    ending: dict[str, Any] = {"finish_reason": reasons.get(finish_of(turn), "COMPLETE")}
    if usage := usage_of(turn):
        cached = usage["cache_read"]
        counted = {"input_tokens": usage["input"] + cached, "output_tokens": usage["output"]}
        ending["usage"] = {"billed_units": counted, "tokens": counted, "cached_tokens": cached}
    yield event_of("message-end", delta=ending)


def bedrock(turn: dict[str, Any], model: str) -> Iterator[bytes | float]:
    """ConverseStream: binary frames with check sums."""
    yield framed("messageStart", {"role": "assistant"})
    index, current = -1, ""

    def opened(kind: str, start: dict[str, Any] | None = None) -> Iterator[bytes]:
        nonlocal index, current
        if current == kind != "tool":
            return
        yield from closed()
        index, current = index + 1, kind
        if start:
            yield framed("contentBlockStart", {"contentBlockIndex": index, "start": start})

    def closed() -> Iterator[bytes]:
        if current:
            yield framed("contentBlockStop", {"contentBlockIndex": index})

    def piece(delta: dict[str, Any]) -> bytes:
        return framed("contentBlockDelta", {"contentBlockIndex": index, "delta": delta})

    for event in events_of(turn):
        if (common := common_event(event, "bedrock")) is not None:
            yield common
        elif "reasoning" in event or "signature" in event:
            yield from opened("thinking")
            key = "text" if "reasoning" in event else "signature"
            yield piece({"reasoningContent": {key: event.get("reasoning", event.get("signature"))}})
        elif "text" in event:
            yield from opened("text")
            yield piece({"text": event["text"]})
        for call in event.get("calls", []):
            use = {"toolUseId": call.get("id", f"tooluse_{index + 1}"), "name": call["name"]}
            yield from opened("tool", {"toolUse": use})
            for part in arguments_of(call) if call.get("arguments") else []:
                yield piece({"toolUse": {"input": part}})
    yield from closed()
    reasons = {"tool_calls": "tool_use", "length": "max_tokens", "refused": "content_filtered"}
    yield framed("messageStop", {"stopReason": reasons.get(finish_of(turn), "end_turn")})
    if usage := usage_of(turn):
        total = sum(usage[key] for key in ("input", "output", "cache_read", "cache_write"))
        counted = {
            "inputTokens": usage["input"],
            "outputTokens": usage["output"],
            "totalTokens": total,
            "cacheReadInputTokens": usage["cache_read"],
            "cacheWriteInputTokens": usage["cache_write"],
        }
        yield framed("metadata", {"usage": counted, "metrics": {"latencyMs": 1}})


def framed(kind: str, data: dict[str, Any], message_type: str = "event") -> bytes:
    """One frame of an AWS event stream."""
    named = ":event-type" if message_type == "event" else ":exception-type"
    told = {named: kind, ":content-type": "application/json", ":message-type": message_type}
    headers = b"".join(
        bytes([len(name)])
        + name.encode()
        + b"\x07"
        + struct.pack("!H", len(value))
        + value.encode()
        for name, value in told.items()
    )
    payload = json.dumps(data, ensure_ascii=False).encode()
    prelude = struct.pack("!II", 16 + len(headers) + len(payload), len(headers))
    start = prelude + struct.pack("!I", binascii.crc32(prelude)) + headers + payload
    return start + struct.pack("!I", binascii.crc32(start))
