"""Tells clients when a conversation went back, and when what was taken is gone for good."""

from opencode.core.session import Session
from opencode.server import translate
from opencode.server.diffs import diffs
from opencode.server.frame import Frame
from opencode.server.frames import removed
from opencode.server.taken_back import gone, with_gone
from opencode.workspace.workspace import Workspace


class Rewound:
    """Remembers what clients still list of each session although it was taken back."""

    def __init__(self, door: Workspace) -> None:
        self._door = door
        self._hidden: dict[str, list[str]] = {}

    def note(self, session: Session) -> None:
        """Clients have read it as it is now."""
        if session.undone:
            self._hidden[session.id] = [message.id for message in gone(session)]
        else:
            self._hidden.pop(session.id, None)

    def forget(self, session: str) -> None:
        """It was deleted."""
        self._hidden.pop(session, None)

    def told(self, session: Session) -> list[Frame]:
        """That its end was taken back, brought again or let be."""
        return [*self._dropped(session), _updated(session), changed(session)]

    async def settled(self, of: str) -> list[Frame]:
        """What was taken back is gone for good with the next prompt."""
        if of not in self._hidden:
            return []
        session = await self._door.session(of)
        frames = self._dropped(session)
        return [*frames, _updated(session)] if frames else []

    def _dropped(self, session: Session) -> list[Frame]:
        before = self._hidden.get(session.id, [])
        self.note(session)
        there = {message.id for message in with_gone(session)}
        return [removed(name, session.id) for name in before if name not in there]


def changed(session: Session) -> Frame:
    """What it changed that was not taken back."""
    said = {"sessionID": session.id, "diff": diffs(session)}
    return Frame("session.diff", said, session=session.id)


def _updated(session: Session) -> Frame:
    said = {"sessionID": session.id, "info": translate.of_session(session)}
    return Frame("session.updated", said, session=session.id)
