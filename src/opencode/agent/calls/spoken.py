"""Tools for models that have no calls on their wire: described in words, called as text."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from opencode.core.message import Message, Part, TextPart, ToolPart
from opencode.core.provider import ToolSpec

_HOW = (
    "You work by calling tools. To call one, end your answer with one JSON object and nothing "
    'after it:\n{"name": "read", "arguments": {"path": "main.py"}}\n'
    "The next message is its result. When the task is done, answer without such an object."
)
_PRUNED = "(left out to make room)"


def described(tools: Sequence[ToolSpec]) -> str:
    """The tools for the system text."""
    lines = [f"- {tool.name}: {tool.description} Arguments: {_arguments(tool)}" for tool in tools]
    return "\n".join([_HOW, "Tools:", *lines]) if lines else ""


def told(messages: Iterable[Message]) -> list[Message]:
    """The conversation with calls as the model writes them, and results as what it hears next."""
    return [one for message in messages for one in _told(message)]


def _told(message: Message) -> Iterator[Message]:
    if not message.calls:
        yield message
        return
    parts: list[Part] = [_as_text(part) for part in message.parts]
    yield msgspec.structs.replace(message, parts=parts)
    results = [
        f"Result of {call.tool}:\n{_PRUNED if call.pruned else call.output}"
        for call in message.calls
    ]
    files = [file for call in message.calls if not call.pruned for file in call.files]
    heard = TextPart("\n\n".join(results), origin="result")
    yield Message(f"{message.id}_results", "user", [heard, *files])


def _as_text(part: Part) -> Part:
    if not isinstance(part, ToolPart):
        return part
    given = part.raw or msgspec.json.encode(part.input).decode()
    return TextPart(f'\n{{"name": "{part.tool}", "arguments": {given}}}')


def _arguments(tool: ToolSpec) -> str:
    needed: list[str] = tool.schema.get("required", [])
    properties: dict[str, object] = tool.schema.get("properties", {})
    more = f", required: {', '.join(needed)}" if needed else ""
    return msgspec.json.encode(properties).decode() + more
