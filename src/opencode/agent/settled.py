"""What was worked out of old messages, kept, so that a step costs what it adds."""

from collections.abc import Sequence
from typing import Generic, TypeVar

from opencode.core.message import Message

_Found = TypeVar("_Found")

FRESH = 4
"""The newest messages: an answer that still grows, calls that wait, words put in."""
_MOST = 20_000


class Settled(Generic[_Found]):
    """By the message itself, not by its content: a message that is not among the newest is never
    changed, only replaced."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[Message, _Found]] = {}

    def __contains__(self, message: Message) -> bool:
        return id(message) in self._kept

    def get(self, message: Message) -> _Found | None:
        """What was kept of it."""
        kept = self._kept.get(id(message))
        return None if kept is None else kept[1]

    def keep(self, message: Message, found: _Found) -> None:
        """The message is held too, so that no other one takes its identity."""
        if len(self._kept) >= _MOST:
            self._kept.clear()
        self._kept[id(message)] = message, found


def old(messages: Sequence[Message]) -> Sequence[Message]:
    """Those that do not change any more."""
    return messages[:-FRESH]
