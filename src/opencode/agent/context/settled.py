"""What was worked out along a conversation, kept, so that a step costs what it adds."""

from collections.abc import Sequence
from operator import is_
from typing import Generic, TypeVar

from opencode.core.message import Message

_Found = TypeVar("_Found")

FRESH = 4
"""The newest messages: an answer that still grows, calls that wait, words put in."""


def same(kept: Sequence[Message], messages: Sequence[Message]) -> int:
    """How many messages both begin with: the very same ones, not such that look alike. A message
    that is not among the newest is never changed, only replaced."""
    if all(map(is_, kept, messages)):
        return min(len(kept), len(messages))
    pairs = enumerate(zip(kept, messages, strict=False))
    return next(place for place, (one, other) in pairs if one is not other)


def old(messages: Sequence[Message]) -> Sequence[Message]:
    """Those that do not change any more."""
    return messages[:-FRESH]


class Settled(Generic[_Found]):
    """What was found at each of the old messages of one conversation, in their order."""

    def __init__(self) -> None:
        self.found: list[_Found] = []
        self._messages: list[Message] = []

    def along(self, messages: Sequence[Message]) -> int:
        """How many of these, from the first on, are known; what was kept of others is forgotten
        where they part."""
        known = same(self._messages, messages)
        if known < min(len(self._messages), len(messages)):
            del self._messages[known:], self.found[known:]
        return known

    def keep(self, message: Message, found: _Found) -> None:
        """The next one. It is held too, so that no other one takes its identity."""
        self._messages.append(message)
        self.found.append(found)
