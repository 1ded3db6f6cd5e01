"""What a session changed, file by file, as clients list it."""

from opencode.core.session import Session
from opencode.server.protocol import spelling, wire


def diffs(session: Session, message: str = "") -> list[wire.FileDiff]:
    """What its calls changed, one entry a file; with `message` those of one answer."""
    found: dict[str, wire.FileDiff] = {}
    for one in session.messages:
        for call in one.calls if message in ("", one.id) else []:
            for part in spelling.diffs(call.display):
                entry = found.setdefault(part.path, wire.FileDiff(part.path, "", 0, 0))
                entry.patch = "\n".join(filter(None, [entry.patch, part.patch]))
                entry.additions += part.added
                entry.deletions += part.removed
    return list(found.values())
