"""How many tokens a conversation is: bytes, weighed by what the model itself counted last."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence

import msgspec

from opencode.agent.context.history import PRUNED
from opencode.agent.context.settled import Settled, old
from opencode.core.message import FilePart, Message, ReasoningPart, TextPart, ToolPart
from opencode.core.session import Prefix

_GUESS = 3.5
"""Bytes a token, for a model that has not answered yet."""
_LEAST, _MOST = 1.5, 7.0
_IMAGE, _DOCUMENT = 5_000, 20_000
"""What pictures and documents count, in bytes of text."""
_FRAME = 30
"""What the form around a message or a call adds."""
_SESSIONS = 64
"""Conversations whose sizes are remembered."""


class Gauge:
    """Learns from each answer how many bytes of a conversation a model calls a token."""

    def __init__(self) -> None:
        self._rates: dict[str, float] = {}
        self._learned_from = ""
        self._sums: OrderedDict[str, Settled[int]] = OrderedDict()
        """By the first message: sizes added up from there."""

    def learn(self, model: str, prefix: Prefix, sent: Sequence[Message]) -> None:
        """Compare what was sent before the newest answer with what the model says it read."""
        newest = next((n for n in range(len(sent) - 1, -1, -1) if _tells(sent[n], model)), None)
        if newest is None or sent[newest].id == self._learned_from:
            return
        self._learned_from = sent[newest].id
        size = size_of_prefix(prefix) + self.size_of(sent[:newest])
        rate = size / sent[newest].usage.prompt
        self._rates[model] = min(max(rate, _LEAST), _MOST)

    def size_of(self, messages: Sequence[Message]) -> int:
        """As the function of this name; each old message is measured once."""
        settled = old(messages)
        if not settled:
            return size_of(messages)
        sums = self._sums.pop(messages[0].id, None) or Settled[int]()
        self._sums[messages[0].id] = sums
        if len(self._sums) > _SESSIONS:
            self._sums.popitem(last=False)
        known = sums.along(settled)
        for message in settled[known:]:
            sums.keep(message, size_of((message,)) + (sums.found[-1] if sums.found else 0))
        return sums.found[len(settled) - 1] + size_of(messages[len(settled) :])

    def tokens(self, size: int, model: str) -> int:
        """About so many tokens are `size` bytes for this model."""
        return int(size / self._rates.get(model, _GUESS))

    def size(self, tokens: float, model: str) -> int:
        """About so many bytes are so many tokens."""
        return int(tokens * self._rates.get(model, _GUESS))


def size_of_prefix(prefix: Prefix) -> int:
    """Bytes of what goes with every request: the system text and the tools."""
    return size_of_text(prefix.system) + len(msgspec.json.encode(prefix.tools))


def size_of(messages: Iterable[Message]) -> int:
    """Bytes of messages as they would be sent now."""
    return sum(_FRAME + sum(map(_size_of_part, message.parts)) for message in messages)


def size_of_text(text: str) -> int:
    """Bytes of UTF-8."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


def size_of_output(call: ToolPart) -> int:
    """Bytes that leave the requests when this call is pruned."""
    files = sum(_DOCUMENT if "pdf" in file.mime else _IMAGE for file in call.files)
    return max(size_of_text(call.output) + files - len(PRUNED), 0)


def _size_of_part(part: object) -> int:
    match part:
        case TextPart():
            return size_of_text(part.text)
        case ReasoningPart():
            return size_of_text(part.text) + (len(msgspec.json.encode(part.meta)))
        case FilePart():
            return _DOCUMENT if "pdf" in part.mime else _IMAGE
        case ToolPart():
            given = _FRAME + len(msgspec.json.encode(part.input))
            return given + len(PRUNED) + (0 if part.pruned else size_of_output(part))
        case _:
            return 0


def _tells(message: Message, model: str) -> bool:
    return (
        message.role == "assistant"
        and not message.summary
        and (message.model == model and message.usage.prompt > 0)
    )
