"""A provider that plays a script, so that tests, demos and documents need no model."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, Literal, cast

import msgspec
from msgspec import Struct, field

from opencode.core.delta import CallDelta, Delta, Finish, ReasoningDelta, TextDelta, Usage
from opencode.core.error import ConfigError, ProviderError, RequestRefused, UsageError
from opencode.core.provider import ModelInfo, ModelRequest
from opencode.providers.errors import ERRORS

Turn = Sequence[Delta | dict[str, Any]]
"""What one request is answered with: Deltas as they are, tagged Delta JSON, or short forms."""

_FORMS = (
    '{"text": …}, {"reasoning": …}, {"call": [tool, {…}]}, {"sleep": seconds}, '
    '{"finish": reason, "usage": {…}}, {"error": code} or a Delta with its "type"'
)


class _Text(Struct, forbid_unknown_fields=True):
    text: str


class _Reasoning(Struct, forbid_unknown_fields=True):
    reasoning: str


class _Call(Struct, forbid_unknown_fields=True):
    call: tuple[str, dict[str, Any]]


class _Sleep(Struct, forbid_unknown_fields=True):
    sleep: float


class _Finish(Struct, forbid_unknown_fields=True):
    finish: Literal["stop", "tool_calls", "length", "refused"]
    usage: Usage = field(default_factory=Usage)


class _Error(Struct, forbid_unknown_fields=True):
    error: str
    message: str = ""
    retry_after: float | None = None


_SHORT: dict[str, type[Struct]] = {
    "text": _Text,
    "reasoning": _Reasoning,
    "call": _Call,
    "sleep": _Sleep,
    "finish": _Finish,
    "error": _Error,
}


class ScriptedProvider:
    """Answers the n-th request with the n-th turn of the script, whatever was asked.

    `script` is a list of turns or a JSON file that holds one. A turn that names no finish ends
    with `tool_calls` when it made a call and `stop` otherwise; an `error` ends it by raising.
    Requests outside of a session and without tools (titles, summaries) take their turns from
    `errands`, so that they never eat a turn of the conversation; past its end they get no words.
    ConfigError when the script is not one.
    """

    def __init__(self, script: Path | Sequence[Turn], *, errands: Sequence[Turn] = ()) -> None:
        self._turns = _read(script) if isinstance(script, Path) else _checked(script)
        self._errands = _checked(errands)
        self._next_turn = self._next_errand = 0
        self.requests: list[ModelRequest] = []
        """Everything that was asked, in order, for those who want to look."""

    async def stream(self, request: ModelRequest) -> AsyncIterator[Delta]:
        """The next turn; RequestRefused when the script is over."""
        self.requests.append(request)
        entries, number = self._take(request)
        made_calls = False
        for index, entry in enumerate(entries):
            match entry:
                case _Sleep():
                    await asyncio.sleep(entry.sleep)
                case _Error():
                    raise _error(entry, number)
                case _Call():
                    made_calls = True
                    call_id = f"call_{number}_{len(request.messages)}_{index + 1}"
                    yield CallDelta(call_id, entry.call[0], dict(entry.call[1]))
                case Finish():
                    yield entry
                    return
                case _:
                    made_calls = made_calls or isinstance(entry, CallDelta)
                    yield cast("Delta", entry)
        yield Finish("tool_calls" if made_calls else "stop")

    def _take(self, request: ModelRequest) -> tuple[list[Struct], int]:
        if not request.tools and not request.session:
            self._next_errand += 1
            left = self._errands[self._next_errand - 1 :]
            return (left[0] if left else []), self._next_errand
        self._next_turn += 1
        if self._next_turn > len(self._turns):
            raise RequestRefused(
                f"The script is over: it has {len(self._turns)} turns and this is request "
                f"{self._next_turn}.",
                hint="Add a turn to the script.",
            )
        return self._turns[self._next_turn - 1], self._next_turn

    async def models(self) -> list[ModelInfo]:
        """The one there is."""
        return [await self.info("scripted/script")]

    async def info(self, model: str) -> ModelInfo:
        """Any `scripted/…` is a free model with a window of 200,000 tokens."""
        if not model.startswith("scripted/"):
            raise UsageError(f"{model!r} is not scripted.", hint="Use scripted/script.")
        return ModelInfo(
            model,
            "scripted",
            window=200_000,
            max_output=32_000,
            input_price=0.0,
            output_price=0.0,
            cache_read_price=0.0,
            cache_write_price=0.0,
            can_see=True,
            can_reason=True,
        )


def _error(entry: _Error, number: int) -> ProviderError:
    text = entry.message or f"Turn {number} of the script fails here."
    return ERRORS[entry.error](text, retry_after=entry.retry_after)


def _read(path: Path) -> list[list[Struct]]:
    try:
        turns = msgspec.json.decode(path.read_bytes(), type=list[list[dict[str, Any]]])
    except OSError as error:
        raise ConfigError(f"The script cannot be read: {error.strerror}", file=str(path)) from error
    except msgspec.MsgspecError as error:
        raise ConfigError(
            f"This is no script: {error}", file=str(path), hint="A script is a list of turns."
        ) from error
    return _checked(turns, str(path))


def _checked(turns: Sequence[Turn], file: str = "") -> list[list[Struct]]:
    return [
        [_entry(entry, f"turn {t}, entry {e}", file) for e, entry in enumerate(turn, 1)]
        for t, turn in enumerate(turns, 1)
    ]


def _entry(entry: Delta | dict[str, Any], where: str, file: str) -> Struct:
    """A Delta, or one of the short forms that only the player understands."""
    if not isinstance(entry, dict):
        return entry
    try:
        if "type" in entry:
            return msgspec.convert(entry, Delta)
        kinds = [kind for key, kind in _SHORT.items() if key in entry]
        if len(kinds) != 1:
            raise msgspec.ValidationError(f"expected one of {_FORMS}")
        found = msgspec.convert(entry, kinds[0])
    except msgspec.ValidationError as error:
        raise ConfigError(f"{where}: {error}", file=file) from error
    match found:
        case _Text():
            return TextDelta(found.text)
        case _Reasoning():
            return ReasoningDelta(found.reasoning)
        case _Finish():
            return Finish(found.finish, found.usage)
        case _Error() if found.error not in ERRORS:
            known = ", ".join(ERRORS)
            raise ConfigError(
                f"{where}: no error goes by {found.error!r}", hint=f"There are: {known}"
            )
        case _:
            return found
