"""Turns of a script as OpenAI speaks: chat completions and responses."""

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

OF_ROUTERS = ("cost", "cost_details", "is_byok")


def chat(turn: dict[str, Any], model: str) -> Iterator[bytes | float]:
    def chunk(delta: dict[str, Any] | None, finish: str | None = None, **more: Any) -> bytes:
        choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
        return sse(
            {
                "id": "chatcmpl-1",
                "object": "chat.completion.chunk",
                "created": 1,
                "model": model,
                "choices": [] if delta is None else choices,
                **more,
            }
        )

    def call_chunk(index: int, function: dict[str, str], **more: str) -> bytes:
        return chunk({"tool_calls": [{"index": index, "function": function, **more}]})

    yield chunk({"role": "assistant", "content": ""})
    count = 0
    for event in events_of(turn):
        if (common := common_event(event, "chat")) is not None:
            yield common
        elif "empty_choices" in event:
            yield chunk(None)
        elif "reasoning" in event:
            yield chunk({"reasoning_content": event["reasoning"]})
        elif "text" in event:
            yield chunk({"content": event["text"]})
        for call in event.get("calls", []):
            opening = {"name": call["name"], "arguments": ""}
            yield call_chunk(count, opening, id=call.get("id", f"call_{count}"), type="function")
            for piece in arguments_of(call):
                yield call_chunk(count, {"arguments": piece})
            count += 1
    yield chunk({}, {"refused": "content_filter"}.get(finish_of(turn), finish_of(turn)))
    if usage := usage_of(turn):
        prompt = usage["input"] + usage["cache_read"] + usage["cache_write"]
        counted = {
            "prompt_tokens": prompt,
            "completion_tokens": usage["output"],
            "total_tokens": prompt + usage["output"],
            "prompt_tokens_details": {"cached_tokens": usage["cache_read"]},
            "completion_tokens_details": {"reasoning_tokens": usage["reasoning"]},
            **{name: usage[name] for name in OF_ROUTERS if name in usage},
        }
        yield chunk(None, usage=counted)
    yield b"data: [DONE]\n\n"


def responses(turn: dict[str, Any], model: str) -> Iterator[bytes | float]:
    sequence = 0

    def event_of(kind: str, **data: Any) -> bytes:
        nonlocal sequence
        sequence += 1
        return sse({"type": kind, "sequence_number": sequence, **data}, kind)

    response: dict[str, Any] = {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "model": model,
        "status": "in_progress",
        "output": [],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
    }
    yield event_of("response.created", response=response)
    output: list[dict[str, Any]] = []

    def finished() -> Iterator[bytes]:
        if output and output[-1]["type"] != "function_call":
            index = len(output) - 1
            yield event_of("response.output_item.done", output_index=index, item=output[-1])

    texts = {
        "text": "response.output_text.delta",
        "reasoning": "response.reasoning_summary_text.delta",
    }
    for event in events_of(turn):
        if (common := common_event(event, "responses")) is not None:
            yield common
        for key, kind in texts.items():
            if key not in event:
                continue
            item = _item_of(key, len(output))
            if not output or output[-1]["type"] != item["type"]:
                yield from finished()
                output.append(item)
                yield event_of(
                    "response.output_item.added", output_index=len(output) - 1, item=item
                )
            place = {"item_id": output[-1]["id"], "output_index": len(output) - 1}
            part = {"content_index": 0} if key == "text" else {"summary_index": 0}
            yield event_of(kind, delta=event[key], **place, **part)
            output[-1]["content" if key == "text" else "summary"][0]["text"] += event[key]
        for call in event.get("calls", []):
            yield from finished()
            yield from _response_call(call, output, event_of)
    yield from finished()
    for item in output:
        if item["type"] == "reasoning" and "sealed" in turn:
            item["encrypted_content"] = turn["sealed"]
    short = finish_of(turn) == "length"
    response = {**response, "output": output, "status": "incomplete" if short else "completed"}
    if short:
        response["incomplete_details"] = {"reason": "max_output_tokens"}
    if usage := usage_of(turn):
        prompt = usage["input"] + usage["cache_read"] + usage["cache_write"]
        response["usage"] = {
            "input_tokens": prompt,
            "output_tokens": usage["output"],
            "total_tokens": prompt + usage["output"],
            "input_tokens_details": {"cached_tokens": usage["cache_read"]},
            "output_tokens_details": {"reasoning_tokens": usage["reasoning"]},
        }
    yield event_of("response.incomplete" if short else "response.completed", response=response)


def _item_of(key: str, index: int) -> dict[str, Any]:
    if key == "reasoning":
        summary = [{"type": "summary_text", "text": ""}]
        return {"id": f"rs_{index}", "type": "reasoning", "summary": summary}
    content = [{"type": "output_text", "text": "", "annotations": []}]
    return {
        "id": f"msg_{index}",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": content,
    }


def _response_call(call: dict[str, Any], output: list[Any], event_of: Any) -> Iterator[bytes]:
    index = len(output)
    item = {
        "id": f"fc_{index}",
        "type": "function_call",
        "call_id": call.get("id", f"call_{index}"),
        "name": call["name"],
        "arguments": "",
        "status": "in_progress",
    }
    place = {"item_id": item["id"], "output_index": index}
    yield event_of("response.output_item.added", output_index=index, item=item)
    for piece in arguments_of(call):
        yield event_of("response.function_call_arguments.delta", delta=piece, **place)
    whole = "".join(arguments_of(call))
    item = {**item, "arguments": whole, "status": "completed"}
    output.append(item)
    yield event_of("response.function_call_arguments.done", arguments=whole, **place)
    yield event_of("response.output_item.done", output_index=index, item=item)
