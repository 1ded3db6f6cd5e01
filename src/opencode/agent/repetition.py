"""Sees a model going in circles: the same calls with the same results, or the same words."""

import re
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any, cast

import msgspec
from msgspec import Struct

from opencode.core.delta import Delta, Finish, ReasoningDelta, TextDelta
from opencode.core.message import Message, ReasoningPart, TextPart, ToolPart

_LONGEST_CYCLE = 4
_NUDGE, _STOP = 3, 4
"""Repeats of a cycle; calls that fail alike are told, and stopped, one repeat earlier."""
_FAILED = ("error", "denied")
_LOOKERS = frozenset(("read", "grep", "glob", "ls", "webfetch", "websearch", "codesearch", "lsp"))
_POLLERS = frozenset(("process",))
_EDGE = 1000
"""Characters of a long result that are compared at each end, besides how many lines it has."""
_VOLATILE = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?"
    r"|\b\d{1,2}:\d\d:\d\d(?:[.,]\d+)?\b"
    r"|\b\d+(?:\.\d+)?\s?(?:ns|µs|us|ms|s|secs?|seconds?)\b"
    r"|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"
    r"|\b0x[0-9a-f]{6,}\b"
    r"|(?<![0-9a-z])(?=[0-9]*[a-f])(?=[a-f]*\d)[0-9a-f]{8,}(?![0-9a-z])"
    r"|(?<![0-9a-z])(?=(?:[a-z]*\d){3})(?=\d*[a-z])[0-9a-z]{16,}(?![0-9a-z])"
    r"|\b\d{9,}(?:\.\d+)?\b"
    r"|(?<=\bpid[ =:])\s*\d+",
    re.IGNORECASE,
)
_SPACES = re.compile(r"\s+")
_BABBLE_TAIL = 8000
_BABBLE_REPEATS = 12
_BABBLE_LENGTH = 1500


class Nudge(Struct, frozen=True):
    """Facts for the model: what it did again, and that nothing came of it."""

    text: str


class Stop(Struct, frozen=True):
    """The run should end; `text` says why."""

    text: str


def watch(messages: Sequence[Message]) -> Nudge | Stop | None:
    """Judge the run so far: everything after the newest prompt of a person. Pure.

    A step repeats another when its calls have the same tools, arguments and results; white space,
    the order of keys and calls, times, durations and random ids do not count, nor, where a tool
    only looks and sees the same, numbers among its arguments. Cycles of up to four steps count
    like one step. So a file read in pages, tests after each edit, or a background process with
    new output are no loop.
    """
    answers = _answers(messages)
    if babble := _babble(answers):
        return babble
    steps = [answer for answer in answers if answer.calls]
    if not steps or steps[-1] is not answers[-1]:
        return None
    signs = _Signs(steps)
    for period in range(1, _LONGEST_CYCLE + 1):
        if found := _judge(signs, period):
            return found
    return None


async def unless_endless(stream: AsyncIterator[Delta], message: Message) -> AsyncGenerator[Delta]:
    """The pieces of an answer that grows in `message`; one that has come to say a single thing
    over and over is ended there as if it had met the output limit, since some models never stop
    by themselves."""
    heard = 0
    async with aclosing(cast("AsyncGenerator[Delta]", stream)) as deltas:
        async for delta in deltas:
            yield delta
            heard += len(delta.text) if isinstance(delta, TextDelta | ReasoningDelta) else 0
            if heard >= _BABBLE_TAIL:
                if _is_endless(message):
                    yield Finish("length")
                    return
                heard = _BABBLE_TAIL // 2


def _is_endless(message: Message) -> bool:
    last = message.parts[-1] if message.parts else None
    said = last.text if isinstance(last, TextPart | ReasoningPart) else ""
    return len(said) >= _BABBLE_TAIL and _reach(said)[0] > _BABBLE_TAIL * 9 // 10


def _answers(messages: Sequence[Message]) -> list[Message]:
    """The newest answers of the run, oldest first; no more than can matter."""
    found: list[Message] = []
    for message in reversed(messages):
        if message.role == "user" and message.text.strip():
            break
        if message.role == "assistant":
            found.append(message)
        if len(found) > _LONGEST_CYCLE * (_STOP + 1):
            break
    return found[::-1]


class _Signs:
    """What makes two steps the same, worked out only as far back and as deep as is asked:
    results are looked at only where tools and arguments are alike."""

    def __init__(self, steps: list[Message]) -> None:
        self.steps = steps
        self._asked: dict[int, list[tuple[str, ToolPart]]] = {}
        self._came: dict[int, list[str]] = {}

    def same(self, one: int, other: int) -> bool:
        alike = [s for s, _ in self.asked(one)] == [s for s, _ in self.asked(other)]
        return alike and self.came(one) == self.came(other)

    def asked(self, index: int) -> list[tuple[str, ToolPart]]:
        if index not in self._asked:
            calls = [(_asked(call), call) for call in self.steps[index].calls]
            self._asked[index] = sorted(calls, key=lambda pair: pair[0])
        return self._asked[index]

    def came(self, index: int) -> list[str]:
        if index not in self._came:
            self._came[index] = sorted(f"{sign}\0{_came(c)}" for sign, c in self.asked(index))
        return self._came[index]


def _judge(signs: _Signs, period: int) -> Nudge | Stop | None:
    last = len(signs.steps) - 1
    most = period * _STOP
    length = min(period, last + 1)
    while (
        length < most and last - length >= 0 and signs.same(last - length, last - length + period)
    ):
        length += 1
    failing = all(call.status in _FAILED for step in signs.steps[-period:] for call in step.calls)
    early = 1 if failing else 0
    calls = [call for step in signs.steps[-period:] for call in step.calls]
    shown = "; ".join(_shown(call) for call in calls[:4]) + ("; …" if len(calls) > 4 else "")
    count, times = len(calls), length // period
    if length >= period * (_STOP - early):
        if count == 1:
            return Stop(f"The model made one call {times} times over with the same result: {shown}")
        return Stop(
            f"The model made {count} calls {times} times over with the same result: {shown}"
        )
    if length == period * (_NUDGE - early):
        what = "the same call" if count == 1 else f"the same {count} calls"
        return Nudge(
            f"You made {what} {times} times in a row with the same result: {shown}. Doing it again "
            "will not change that. Use what you have, try another way, or say what keeps you from "
            "going on."
        )
    return None


def _shown(call: ToolPart) -> str:
    arguments = call.raw or msgspec.json.encode(call.input).decode()
    return f"{call.tool} {arguments if len(arguments) <= 200 else arguments[:200] + '…'}"


def _asked(call: ToolPart) -> str:
    """Tool and arguments of a call, less what changes by itself."""
    loose = call.status in _FAILED or (call.tool in _LOOKERS and bool(call.output.strip()))
    arguments = call.raw or msgspec.json.encode(_steady(call.input, loose), order="sorted").decode()
    return f"{call.tool}\0{call.status}\0{_SPACES.sub(' ', arguments)}"


def _came(call: ToolPart) -> str:
    """The result of a call, less what changes by itself."""
    output = call.output
    if len(output) > 2 * _EDGE:
        lines = output.count("\n")
        output = f"{output[:_EDGE]} {lines} {output[-_EDGE:]}"
    return output if call.tool in _POLLERS else _settled(output)


def _steady(value: Any, loose: bool) -> Any:
    match value:
        case str():
            return _settled(value)
        case dict():
            given = cast("dict[str, Any]", value)
            return {key: _steady(held, loose) for key, held in given.items()}
        case list():
            return [_steady(held, loose) for held in cast("list[Any]", value)]
        case bool():
            return value
        case int() | float() if loose:
            return 0
        case _:
            return value


def _settled(text: str) -> str:
    return _SPACES.sub(" ", _VOLATILE.sub("~", text)).strip()


def _babble(answers: list[Message]) -> Nudge | Stop | None:
    """An answer whose end says one thing over and over."""
    if not answers or not _is_babble(answers[-1]):
        return None
    if len(answers) > 1 and _is_babble(answers[-2]):
        return Stop("The model repeated the same words over and over, twice in a row.")
    return Nudge(
        "The end of your last answer repeats the same words over and over. Stop repeating: say in "
        "one sentence what you want to do, then do it."
    )


def _is_babble(message: Message) -> bool:
    return any(
        _repeats(part.text) for part in message.parts if isinstance(part, TextPart | ReasoningPart)
    )


def _repeats(text: str) -> bool:
    """Whether the tail is one passage with at least one word, many times in a row."""
    reach, passage = _reach(text)
    return reach > 0 and bool(re.search(r"[^\W\d_]{2}", passage))


def _reach(text: str) -> tuple[int, str]:
    """How far back from its end a text is one passage over and over, and that passage, turned
    round."""
    tail = text[-_BABBLE_TAIL:][::-1]
    if len(tail) < _BABBLE_LENGTH:
        return 0, ""
    if len(zlib.compress(tail.encode(errors="replace"), 1)) > len(tail) // 5:
        return 0, ""  # most text: spare it the slow look
    period, reach = 0, 0
    borders = [0] * len(tail)
    matched = 0
    for index in range(1, len(tail)):
        while matched and tail[index] != tail[matched]:
            matched = borders[matched - 1]
        matched += tail[index] == tail[matched]
        borders[index] = matched
        shortest = index + 1 - matched
        if matched and index + 1 >= shortest * _BABBLE_REPEATS and index + 1 >= _BABBLE_LENGTH:
            period, reach = shortest, index + 1
    return reach, tail[:period]
