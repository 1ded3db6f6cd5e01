"""Prompts that wait for a run that goes on: the protocol's clients show them at once."""

from opencode.core.event import QueueChanged
from opencode.core.message import Message


class Queue:
    """Remembers which were told of."""

    def __init__(self) -> None:
        self._told: dict[str, list[str]] = {}

    def joined(self, session: str, message: str) -> None:
        """It is part of the conversation now."""
        left = [name for name in self._told.pop(session, []) if name != message]
        if left:
            self._told[session] = left

    def changed(self, event: QueueChanged) -> tuple[list[str], list[Message]]:
        """The names of those that were taken back, and those that are new."""
        before = self._told.pop(event.session, [])
        if event.queued:
            self._told[event.session] = [message.id for message in event.queued]
        now = self._told.get(event.session, [])
        gone = [name for name in before if name not in now]
        return gone, [message for message in event.queued if message.id not in before]
