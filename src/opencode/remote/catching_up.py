"""A conversation as it was read, brought up to what was heard since."""

from collections.abc import Iterable

from opencode.core.event import (
    Event,
    MessageAdded,
    MessageChunk,
    MessageFinished,
    MessageReset,
    MessageStarted,
    ToolFinished,
    ToolStarted,
)
from opencode.core.message import Message, ToolPart, absorb
from opencode.core.session import Session

GROWING = (MessageAdded, MessageChunk)
"""Events that would show twice what a conversation holds already."""


def catch_up(session: Session, events: Iterable[Event]) -> None:
    """Fold what happened after it was read into it."""
    for event in events:
        if event.session == session.id:
            _fold(session, event)


def _fold(session: Session, event: Event) -> None:
    match event:
        case MessageAdded(message=message) | MessageFinished(message=message):
            _put(session, message)
        case MessageStarted():
            made = Message(event.message, "assistant", agent=event.agent, model=event.model)
            _put(session, made)
        case MessageChunk():
            if message := _named(session, event.message):
                absorb(message, event.delta)
        case MessageReset():
            if message := _named(session, event.message):
                message.parts.clear()
        case ToolStarted() | ToolFinished():
            if message := _named(session, event.message):
                _call(message, event.call)
        case _:
            pass


def _named(session: Session, name: str) -> Message | None:
    return next((one for one in reversed(session.messages) if one.id == name), None)


def _put(session: Session, message: Message) -> None:
    for at, one in enumerate(session.messages):
        if one.id == message.id:
            session.messages[at] = message
            return
    session.messages.append(message)


def _call(message: Message, call: ToolPart) -> None:
    for at, part in enumerate(message.parts):
        if isinstance(part, ToolPart) and part.id == call.id:
            message.parts[at] = call
            return
    message.parts.append(call)
