"""What an undo took stays listed until the next prompt: the protocol's clients hide it."""

from msgspec import UNSET, UnsetType

from opencode.core.display import Diff
from opencode.core.message import Message
from opencode.core.session import Session
from opencode.server.protocol import wire
from opencode.workspace.workspace import Workspace


def gone(session: Session) -> list[Message]:
    """What was taken back and can be brought again, in order."""
    return [message for undone in reversed(session.undone) for message in undone.messages]


def with_gone(session: Session) -> list[Message]:
    """What clients list: all that was said, and what was taken back behind it."""
    return [*session.messages, *gone(session)]


def revert_of(session: Session) -> wire.Revert | UnsetType:
    """From which message on, and the changes that went with it; UNSET when nothing is gone."""
    there = gone(session)
    if not there:
        return UNSET
    calls = [call for message in there for call in message.calls]
    patches = [one.patch for call in calls for one in call.display if isinstance(one, Diff)]
    return wire.Revert(there[0].id, "\n".join(patches) or UNSET)


async def go_back(door: Workspace, session: Session, message_id: str) -> Session:
    """Take back everything from that message on, and bring again what was taken before it."""
    name = session.id
    while any(message.id == message_id for message in gone(session)):
        if gone(session)[0].id == message_id:
            return session
        session = await bring_again(door, session)
    await door.undo(name, message_id)
    return await door.session(name)


async def bring_again(door: Workspace, session: Session) -> Session:
    """What the last undo took."""
    await door.redo(session.id)
    return await door.session(session.id)
