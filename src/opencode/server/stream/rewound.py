"""Tells clients when a conversation went back, and when what was taken is gone for good."""

import time

from msgspec import UnsetType

from opencode.core.message import Message
from opencode.core.session import Session
from opencode.server.protocol import durable, translate
from opencode.server.protocol.diffs import diffs
from opencode.server.protocol.second import Plain
from opencode.server.protocol.taken_back import gone, revert_of, with_gone
from opencode.server.stream.frame import Frame
from opencode.server.stream.frames import removed
from opencode.server.stream.second_live import Told
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
        before = self._hidden.get(session.id, [])
        dropped = self._dropped(session)
        updated = _updated(session)
        updated.newer = _reverted(session, before, is_kept=bool(dropped))
        return [*dropped, updated, changed(session)]

    async def settled(self, of: str) -> list[Frame]:
        """What was taken back is gone for good with the next prompt."""
        if of not in self._hidden:
            return []
        session = await self._door.session(of)
        before = self._hidden[of]
        frames = self._dropped(session)
        if not frames:
            return []
        frames[-1].newer = _reverted(session, before, is_kept=True)
        return [*frames, _updated(session)]

    def _dropped(self, session: Session) -> list[Frame]:
        before = self._hidden.get(session.id, [])
        self.note(session)
        there = {message.id for message in with_gone(session)}
        return [removed(name, session.id) for name in before if name not in there]


def compacted(session: Session, summaries: list[Message]) -> Frame:
    """That it was folded."""
    frame = Frame("session.compacted", {"sessionID": session.id}, session=session.id)
    frame.newer = [
        (f"session.next.{kind}", {"sessionID": session.id, **said})
        for message in summaries
        for kind, said in durable.told(message, is_busy=False)
    ]
    return frame


def changed(session: Session) -> Frame:
    """What it changed that was not taken back."""
    said = {"sessionID": session.id, "diff": diffs(session)}
    return Frame("session.diff", said, session=session.id)


def _reverted(session: Session, before: list[str], *, is_kept: bool) -> list[Told]:
    """What the second generation says of it: staged, cleared or committed."""
    about: Plain = {"timestamp": translate.ms(time.time()), "sessionID": session.id}
    revert = revert_of(session)
    if not isinstance(revert, UnsetType):
        return [("session.next.revert.staged", {**about, "revert": revert})]
    if not before:
        return []
    if is_kept:
        return [("session.next.revert.committed", {**about, "messageID": before[0]})]
    return [("session.next.revert.cleared", about)]


def _updated(session: Session) -> Frame:
    said = {"sessionID": session.id, "info": translate.of_session(session)}
    return Frame("session.updated", said, session=session.id)
