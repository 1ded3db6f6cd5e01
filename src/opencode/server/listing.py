"""A conversation as the protocol's clients list it."""

from opencode.core.session import Session
from opencode.server import wire
from opencode.server.taken_back import with_gone
from opencode.server.translate import message_info, parts


def conversation(session: Session) -> list[wire.MessageWithParts]:
    """All that was said, in order, what of it was taken back, and what waits for its turn."""
    found: list[wire.MessageWithParts] = []
    parent = ""
    for message in [*with_gone(session), *session.queued]:
        parent = message.id if message.role == "user" else parent
        info = message_info(message, session.id, parent, session.directory, session.model)
        found.append(wire.MessageWithParts(info, parts(message, session.id)))
    return found
