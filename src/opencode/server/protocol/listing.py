"""A conversation as clients list it: the protocol's, and seed 004's."""

from collections.abc import Sequence

from opencode.core.message import Message
from opencode.core.session import Session
from opencode.server.protocol import wire
from opencode.server.protocol.taken_back import with_gone
from opencode.server.protocol.translate import iso, message_info, parts


def conversation(session: Session) -> list[wire.MessageWithParts]:
    """All that was said, in order, what of it was taken back, and what waits for its turn."""
    found: list[wire.MessageWithParts] = []
    parent = ""
    for message in [*with_gone(session), *session.queued]:
        parent = message.id if message.role == "user" else parent
        info = message_info(message, session.id, parent, session.directory, session.model)
        found.append(wire.MessageWithParts(info, parts(message, session.id)))
    return found


def plain(messages: Sequence[Message]) -> list[wire.PlainMessage]:
    """What was said as seed 004 reads it."""
    return [wire.PlainMessage(m.id, m.role, m.text, iso(m.created)) for m in messages]
