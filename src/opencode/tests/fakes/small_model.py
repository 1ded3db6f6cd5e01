"""A model with a small window that counts what it reads and refuses what does not fit."""

from collections.abc import AsyncIterator, Callable

import msgspec

from opencode.core.delta import CallDelta, Delta, Finish, TextDelta, Usage
from opencode.core.error import ContextTooLong
from opencode.core.message import TextPart
from opencode.core.provider import ModelInfo, ModelRequest

BYTES = 3.0
"""A token of this model."""


def tokens(request: ModelRequest) -> int:
    """What the model would count."""
    calls = [(c.input, c.output) for m in request.messages for c in m.calls]
    told = [words(request), calls]
    return int(len(msgspec.json.encode([request.system, request.tools, told])) / BYTES)


class SmallModel:
    """Plays `turns`; notes are `notes(request)`. `window` is what it says, `real` what it bears."""

    def __init__(
        self,
        *turns: list[Delta],
        window: int,
        real: int = 0,
        notes: Callable[[ModelRequest], str] = lambda _: "**Done**: notes",
    ) -> None:
        self.turns = list(turns)
        self.window, self.real, self.notes = window, real or window, notes
        self.asked: list[ModelRequest] = []
        self.folds: list[ModelRequest] = []

    async def stream(self, request: ModelRequest) -> AsyncIterator[Delta]:
        is_fold = "You fold a conversation" in request.system
        count = tokens(request)
        (self.folds if is_fold else self.asked).append(request)
        if count > self.real:
            raise ContextTooLong(f"{count} tokens are more than {self.real}")
        usage = Usage(input=count, output=10)
        if is_fold:
            yield TextDelta(self.notes(request))
            yield Finish("stop", usage)
            return
        turn = self.turns.pop(0) if self.turns else [TextDelta("ok")]
        for delta in turn:
            yield delta
        yield Finish("tool_calls" if isinstance(turn[-1], CallDelta) else "stop", usage)

    async def models(self) -> list[ModelInfo]:
        return [await self.info("small/one")]

    async def info(self, model: str) -> ModelInfo:
        return ModelInfo(model, window=self.window, max_output=self.window // 8)


def words(request: ModelRequest) -> str:
    """All text of a request."""
    return "\n".join(
        part.text for m in request.messages for part in m.parts if isinstance(part, TextPart)
    )
