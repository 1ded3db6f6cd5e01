"""Our messages as the dicts litellm wants: one shape in, whatever the wire. Pure."""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from opencode.core.message import FilePart, Message, ReasoningPart, TextPart, ToolPart
from opencode.core.provider import ToolSpec
from opencode.providers.wire.schemas import arguments_schema
from opencode.providers.wire.sealed import handed_back
from opencode.providers.wire.wire import RESPONSES
from opencode.providers.worker.frames import Route

Dict = dict[str, Any]

_MARK: Mapping[str, Any] = {"cache_control": {"type": "ephemeral"}}
_PRUNED = "[This output was removed to make room. Run the tool again if you need it.]"
_ATTACHED = "[Attached by the tool calls above:"
GEMINI = ("gemini/", "vertex_ai/gemini", "vertex_ai/gemma")
_MISTRAL = "mistral/"
_MISTRALS_ID = re.compile(r"[A-Za-z0-9]{9}")
_KNOWN_OPTIONS = frozenset(
    {
        "frequency_penalty",
        "logit_bias",
        "num_ctx",
        "parallel_tool_calls",
        "presence_penalty",
        "response_format",
        "seed",
        "service_tier",
        "stop",
        "thinking",
        "tool_choice",
        "top_k",
        "top_p",
        "verbosity",
    }
)
"""Options litellm translates; all others go into the body as they are. Nothing else of litellm can
be reached by an option: some of its arguments start programs or redirect keys."""


def arguments(
    route: Route, system: str, tools: Sequence[ToolSpec], history: Sequence[Dict], session: str
) -> Dict:
    """Everything `litellm.acompletion` gets but its timeout."""
    messages: list[Dict] = [{"role": "system", "content": system}] if system else []
    messages.extend(history)
    if route.model.startswith(_MISTRAL):
        messages = list(_for_mistral(messages))
    if route.markers:
        _mark(messages)
    call: Dict = {
        "model": route.model,
        "messages": messages,
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_retries": 0,
        "num_retries": 0,
        **_access(route, history),
    }
    if tools:
        gemini = route.model.startswith(GEMINI)
        call["tools"] = [tool_dict(tool, gemini=gemini) for tool in tools]
    if route.max_tokens:
        call["max_tokens"] = route.max_tokens
    thinking = bool(route.effort) and not (route.thinks and _misses_thoughts(history))
    if thinking:
        call["reasoning_effort"] = route.effort
    if route.temperature is not None and not (thinking and route.thinks):
        call["temperature"] = route.temperature
    extra = {key: value for key, value in route.options.items() if key not in _KNOWN_OPTIONS}
    call.update({key: value for key, value in route.options.items() if key in _KNOWN_OPTIONS})
    if route.affinity and session:
        extra.setdefault("prompt_cache_key", session)
    if route.sealed and RESPONSES in route.model:
        extra = {"store": False, "include": ["reasoning.encrypted_content"], **extra}
    if extra:
        call["extra_body"] = extra
    return call


def _access(route: Route, history: Sequence[Dict]) -> Dict:
    """Where to ask, and what lets us in."""
    access: Dict = dict(route.more)
    if route.api_key or not route.more:
        access["api_key"] = route.api_key or "none"
    if route.base_url:
        access[route.url_argument] = route.base_url
    told = {**route.headers, **(_initiator(history) if route.initiator else {})}
    return {**access, "extra_headers": told} if told else access


def _initiator(history: Sequence[Dict]) -> dict[str, str]:
    """GitHub Copilot counts what a person asks, not the steps an agent takes for it."""
    tail = [message["role"] for message in history[-2:]]
    seen = history[-1:] and _is_sight(history[-1])
    steps = tail[-1:] == ["tool"] or (tail[:1] == ["tool"] and seen)
    told = {"X-Initiator": "agent" if steps else "user"}
    if any(
        part.get("type") == "image_url"
        for message in history
        if isinstance(message.get("content"), list)
        for part in message["content"]
    ):
        told["Copilot-Vision-Request"] = "true"
    return told


def _is_sight(message: Dict) -> bool:
    """Whether it is what tools saw (see `_answered`), which no person said."""
    if not isinstance(message.get("content"), list):
        return False
    first: Dict = message["content"][0]
    return str(first.get("text")).startswith(_ATTACHED)


def tool_dict(tool: ToolSpec, *, gemini: bool = False) -> Dict:
    """A tool in OpenAI's shape, which litellm takes for every wire."""
    schema = arguments_schema(tool.schema, gemini=gemini)
    function = {"name": tool.name, "description": tool.description, "parameters": schema}
    return {"type": "function", "function": function}


def message_dicts(
    message: Message, *, thinks: bool, echoes: bool = False, sealed: str = ""
) -> list[Dict]:
    """One message as one or more dicts: an answer with calls is followed by their results."""
    if message.role == "user":
        return _asked(message)
    opens = bool(sealed) and message.model == sealed
    return _answered(message, thinks=thinks, echoes=echoes, opens=opens)


def _asked(message: Message) -> list[Dict]:
    parts = [dictionary for part in message.parts if (dictionary := _content(part)) is not None]
    if not parts:
        return []
    if all(part["type"] == "text" for part in parts):
        return [{"role": "user", "content": "\n\n".join(part["text"] for part in parts)}]
    return [{"role": "user", "content": parts}]


def _content(part: object) -> Dict | None:
    match part:
        case TextPart():
            return {"type": "text", "text": part.text} if part.text.strip() else None
        case FilePart():
            return file_content(part)
        case _:
            return None


def file_content(part: FilePart) -> Dict:
    """An attachment as a piece of content; what no model takes becomes a sentence."""
    url = f"data:{part.mime};base64,{part.data}"
    if not part.data:
        return {"type": "text", "text": f"[{part.name} is no longer attached]"}
    if part.mime.startswith("image/"):
        return {"type": "image_url", "image_url": {"url": url}}
    if part.mime == "application/pdf":
        return {"type": "file", "file": {"filename": part.name, "file_data": url}}
    try:
        text = base64.b64decode(part.data, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return {"type": "text", "text": f"[{part.name} ({part.mime}) cannot be shown to a model]"}
    return {"type": "text", "text": f'<file name="{part.name}">\n{text}\n</file>'}


def _answered(message: Message, *, thinks: bool, echoes: bool, opens: bool) -> list[Dict]:
    text = "".join(part.text for part in message.parts if isinstance(part, TextPart))
    calls = message.calls
    answer: Dict = {"role": "assistant", "content": text or None}
    if thinks and (blocks := _thoughts(message)):
        answer["thinking_blocks"] = blocks
    if calls and echoes:
        thought = (part.text for part in message.parts if isinstance(part, ReasoningPart))
        answer["reasoning_content"] = "".join(thought) or " "  # it must not be empty
    if opens:
        answer.update(handed_back(call.meta for call in calls))
    if calls:
        answer["tool_calls"] = [_call(call) for call in calls]
    if not text.strip() and not calls:
        return []
    results = [_result(call) for call in calls]
    seen = [file_content(file) for call in calls if not call.pruned for file in call.files]
    if seen:
        # Most wires take text alone as a result: what tools saw follows in the user's name.
        names = ", ".join(file.name for call in calls for file in call.files)
        words = {"type": "text", "text": f"{_ATTACHED} {names}]"}
        results.append({"role": "user", "content": [words, *seen]})
    return [answer, *results]


def _thoughts(message: Message) -> list[Any]:
    return [
        block
        for part in message.parts
        if isinstance(part, ReasoningPart)
        for block in part.meta.get("thinking_blocks", [])
    ]


def _misses_thoughts(history: Sequence[Dict]) -> bool:
    """Whether the running exchange began without thoughts (another model's, or switched off).

    Such a wire then rejects the request unless thinking stays off until the next prompt."""
    for message in reversed(history):
        if message["role"] == "user":
            return False
        if message["role"] == "assistant" and message.get("tool_calls"):
            return "thinking_blocks" not in message
    return False


def _call(call: ToolPart) -> Dict:
    given = {"malformed_arguments": call.raw} if call.raw else call.input
    function = {"name": call.tool, "arguments": msgspec.json.encode(given).decode()}
    return {"id": call.id, "type": "function", "function": function}


def _result(call: ToolPart) -> Dict:
    output = _PRUNED if call.pruned else call.output
    return {"role": "tool", "tool_call_id": call.id, "content": output or "(no output)"}


def _for_mistral(messages: Sequence[Dict]) -> Iterator[Dict]:
    """Calls under ids of nine letters, those of another model's too, and after results an answer:
    it refuses other conversations."""
    last = ""
    for message in messages:
        if last == "tool" and message["role"] == "user":
            yield {"role": "assistant", "content": "Done."}
        last = message["role"]
        if calls := message.get("tool_calls"):
            yield {**message, "tool_calls": [{**one, "id": _short(one["id"])} for one in calls]}
        elif last == "tool":
            yield {**message, "tool_call_id": _short(message["tool_call_id"])}
        else:
            yield message


def _short(call: str) -> str:
    fits = _MISTRALS_ID.fullmatch(call)
    return call if fits else hashlib.sha256(call.encode()).hexdigest()[:9]


def _mark(messages: list[Dict]) -> None:
    """Cache up to the system text, the last message, and the last one of the step before.

    The last two are always tool results or prompts: the second finds what the first stored."""
    spots = [0] if messages and messages[0]["role"] == "system" else []
    ends = [
        index
        for index, message in enumerate(messages)
        if message["role"] in ("user", "tool")
        and (index + 1 == len(messages) or messages[index + 1]["role"] == "assistant")
    ]
    marked = {*spots, *ends[-2:]}
    for index, message in enumerate(messages):
        if index in marked or message["role"] == "tool":  # one shape of a result, marked or not
            messages[index] = _in_parts(message, _MARK if index in marked else {})


def _in_parts(message: Dict, mark: Mapping[str, Any]) -> Dict:
    content = message["content"]
    parts: list[Dict] = (
        [{"type": "text", "text": content}] if isinstance(content, str) else list(content or [])
    )
    if not parts:
        return message
    return {**message, "content": [*parts[:-1], {**parts[-1], **mark}]}
