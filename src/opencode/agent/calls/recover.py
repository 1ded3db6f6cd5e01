"""Tool calls that weak models write as text become calls, when nothing else can be meant."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from opencode.agent.calls.arguments import read_arguments, tool_named
from opencode.agent.calls.lenient import Unreadable
from opencode.agent.calls.written import MARKS, Found, read_fenced, read_objects
from opencode.core.error import InvalidInput
from opencode.core.ids import new_id
from opencode.core.message import Message, Part, TextPart, ToolPart
from opencode.core.tool import AnyTool

_SAMPLE = re.compile(
    r"\b(?:examples?|e\.g|for instance|such as|looks? like|would|format|schema|syntax|template|"
    r"sample|documentation|like this)\b",
    re.IGNORECASE,
)
_UNSURE = re.compile(
    r"\b(?:could|should|might|may|can|instead|don't|do not|not|never|if|you)\b", re.IGNORECASE
)
_LONGEST_PROSE = 300
_FENCE = re.compile(r"(?:^|\n)[ \t]*(?=```(?:json|tool_call|tool_code|python|)[ \t]*\n)", re.I)
_BARE = re.compile(r"(?:^|\n)[ \t]*(?=[{\[])")


def recover(message: Message, tools: Mapping[str, AnyTool]) -> None:
    """Turn the calls a finished answer ends with into real ones. An answer that made calls
    already, or was cut, is left as it is."""
    last = message.parts[-1] if message.parts else None
    if (
        message.calls
        or message.finish not in ("stop", "tool_calls")
        or not isinstance(last, TextPart)
    ):
        return
    prose, calls = recover_calls(last.text, tools)
    if calls:
        kept: list[Part] = [TextPart(prose, last.origin)] if prose else []
        message.parts[-1:] = [*kept, *calls]
        message.finish = "tool_calls"


def recover_calls(text: str, tools: Mapping[str, AnyTool]) -> tuple[str, list[ToolPart]]:
    """The prose before and the calls a text ends with; the whole text and [] when there are none.

    All of it must hold: a known tool, arguments that fit its schema, whole objects, nothing after
    them. Inside of the tokens models are trained to mark calls with, prose may stand before. A bare
    or fenced object is taken for a call only when it is the whole text or follows one short
    announcement that speaks of no example; a call with effects only when it is the whole text.
    """
    for start, marked, read in _candidates(text):
        prose = text[:start].strip()
        try:
            calls = [_call(name, given, tools) for name, given in read(text[start:].strip())]
        except (Unreadable, InvalidInput):
            continue
        if calls and (_is_no_sample(prose) if marked else _announces(prose, calls)):
            return prose, [call for _, call in calls]
    return text, []


def _candidates(text: str) -> Iterator[tuple[int, bool, Callable[[str], Found]]]:
    for mark in MARKS:
        if found := mark.start.search(text):
            yield found.start(), True, mark.read
    if fence := _FENCE.search(text):
        yield fence.start(), False, read_fenced
    if bare := _BARE.search(text):
        yield bare.start(), False, read_objects


def _is_no_sample(prose: str) -> bool:
    """Whether the words before marked calls do not present them as something to look at."""
    return prose.count("```") % 2 == 0 and not _SAMPLE.search(prose[-_LONGEST_PROSE:])


def _announces(prose: str, calls: list[tuple[AnyTool, ToolPart]]) -> bool:
    """Whether the words before unmarked calls can only mean: this is what I do now."""
    if not prose:
        return True
    if len(prose) > _LONGEST_PROSE or "\n\n" in prose:
        return False
    if _SAMPLE.search(prose) or _UNSURE.search(prose):
        return False
    return not any(tool.effects for tool, _ in calls)


def _call(
    name: str, given: dict[str, Any], tools: Mapping[str, AnyTool]
) -> tuple[AnyTool, ToolPart]:
    tool = tool_named(name, tools)
    if tool is None:
        raise Unreadable(f"there is no tool {name}")
    call = ToolPart(new_id("call"), tool.name, given, recovered=True)
    read_arguments(tool, call)
    return tool, call
