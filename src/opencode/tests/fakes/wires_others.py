"""Turns of a script as Anthropic, Gemini and Ollama speak."""

import json
from collections.abc import Iterator
from typing import Any

from opencode.tests.fakes.model_wires import (
    arguments_of,
    common_event,
    events_of,
    finish_of,
    parsed_arguments,
    sse,
    usage_of,
)


def anthropic(turn: dict[str, Any], model: str) -> Iterator[bytes | float]:
    usage = usage_of(turn) or {"input": 0, "output": 0, "cache_read": 0, "cache_write": 0}
    counted = {
        "input_tokens": usage["input"],
        "cache_read_input_tokens": usage["cache_read"],
        "cache_creation_input_tokens": usage["cache_write"],
        "output_tokens": 1,
    }
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "content": [],
        "model": model,
        "stop_reason": None,
        "stop_sequence": None,
        "usage": counted,
    }
    yield sse({"type": "message_start", "message": message}, "message_start")
    index, current = -1, ""

    def opened(kind: str, block: dict[str, Any]) -> Iterator[bytes]:
        nonlocal index, current
        if current == kind != "tool_use":
            return
        yield from closed()
        index, current = index + 1, kind
        start = {"type": "content_block_start", "index": index, "content_block": block}
        yield sse(start, "content_block_start")

    def closed() -> Iterator[bytes]:
        if current:
            yield sse({"type": "content_block_stop", "index": index}, "content_block_stop")

    def piece(kind: str, **data: str) -> bytes:
        delta = {"type": kind, **data}
        return sse(
            {"type": "content_block_delta", "index": index, "delta": delta}, "content_block_delta"
        )

    for event in events_of(turn):
        if (common := common_event(event, "anthropic")) is not None:
            yield common
        elif "reasoning" in event or "signature" in event:
            yield from opened("thinking", {"type": "thinking", "thinking": "", "signature": ""})
            if "reasoning" in event:
                yield piece("thinking_delta", thinking=event["reasoning"])
            else:
                yield piece("signature_delta", signature=event["signature"])
        elif "text" in event:
            yield from opened("text", {"type": "text", "text": ""})
            yield piece("text_delta", text=event["text"])
        for call in event.get("calls", []):
            name, call_id = call["name"], call.get("id", f"toolu_{index + 1}")
            block = {"type": "tool_use", "id": call_id, "name": name, "input": {}}
            yield from opened("tool_use", block)
            for part in arguments_of(call) if call.get("arguments") else []:
                yield piece("input_json_delta", partial_json=part)
    yield from closed()
    reasons = {
        "stop": "end_turn",
        "tool_calls": "tool_use",
        "length": "max_tokens",
        "refused": "refusal",
    }
    ending = {"stop_reason": reasons[finish_of(turn)], "stop_sequence": None}
    delta = {"type": "message_delta", "delta": ending, "usage": {"output_tokens": usage["output"]}}
    yield sse(delta, "message_delta")
    yield sse({"type": "message_stop"}, "message_stop")


def gemini(turn: dict[str, Any], model: str) -> Iterator[bytes | float]:
    def chunk(parts: list[dict[str, Any]], **more: Any) -> bytes:
        candidate = {"content": {"role": "model", "parts": parts}, "index": 0, **more}
        return sse({"candidates": [candidate], "modelVersion": model})

    signature = ""
    for event in events_of(turn):
        if (common := common_event(event, "gemini")) is not None:
            yield common
        elif "empty_choices" in event:
            yield sse({"candidates": [], "modelVersion": model})
        elif "signature" in event:
            signature = event["signature"]
        elif "reasoning" in event:
            yield chunk([{"text": event["reasoning"], "thought": True}])
        elif "text" in event:
            yield chunk([{"text": event["text"]}])
        if event.get("calls"):
            signed = {"thoughtSignature": signature} if signature else {}
            called = [
                {"name": call["name"], "args": parsed_arguments(call)} for call in event["calls"]
            ]
            yield chunk([{"functionCall": call, **signed} for call in called])
    reason = {"length": "MAX_TOKENS", "refused": "SAFETY"}.get(finish_of(turn), "STOP")
    last: dict[str, Any] = {
        "candidates": [
            {"content": {"role": "model", "parts": []}, "finishReason": reason, "index": 0}
        ],
        "modelVersion": model,
    }
    if usage := usage_of(turn):
        prompt = usage["input"] + usage["cache_read"] + usage["cache_write"]
        last["usageMetadata"] = {
            "promptTokenCount": prompt,
            "candidatesTokenCount": usage["output"] - usage["reasoning"],
            "thoughtsTokenCount": usage["reasoning"],
            "cachedContentTokenCount": usage["cache_read"],
            "totalTokenCount": prompt + usage["output"],
        }
    yield sse(last)


def ollama(turn: dict[str, Any], model: str) -> Iterator[bytes | float]:
    def line(message: dict[str, Any], **more: Any) -> bytes:
        data = {
            "model": model,
            "created_at": "2026-01-01T00:00:00Z",
            "message": {"role": "assistant", "content": "", **message},
            "done": False,
            **more,
        }
        return json.dumps(data, ensure_ascii=False).encode() + b"\n"

    for event in events_of(turn):
        if (common := common_event(event, "ollama")) is not None:
            yield common
        elif "reasoning" in event:
            yield line({"thinking": event["reasoning"]})
        elif "text" in event:
            yield line({"content": event["text"]})
        if event.get("calls"):
            yield line(
                {
                    "tool_calls": [
                        {"function": {"name": call["name"], "arguments": parsed_arguments(call)}}
                        for call in event["calls"]
                    ]
                }
            )
    done: dict[str, Any] = {"done_reason": "length" if finish_of(turn) == "length" else "stop"}
    if usage := usage_of(turn):
        prompt = usage["input"] + usage["cache_read"] + usage["cache_write"]
        done.update(prompt_eval_count=prompt, eval_count=usage["output"])
    yield line({}, done=True, **done)
