"""What lists do not hold of a session, put where clients look for it: its page, what was undone,
what programs keep with it."""

import contextlib
from collections.abc import Iterable, Mapping

from msgspec import UNSET

from opencode.core.error import OpenCodeError
from opencode.core.permission import Rule
from opencode.core.session import Session, SessionInfo
from opencode.server.protocol import translate, wire
from opencode.server.protocol.taken_back import revert_of
from opencode.workspace.door.binding import NOTES
from opencode.workspace.workspace import Workspace


async def shown(door: Workspace, info: SessionInfo, base: str) -> wire.Session:
    """A session as it is told when it changed."""
    found = linked(translate.of_info(info), await door.shares(), base)
    with contextlib.suppress(OpenCodeError):  # it may be gone by now
        session = await door.session(info.id)
        found.revert = revert_of(session)
        await _with_bonds(door, session, found)
    return found


async def whole(door: Workspace, session: Session) -> wire.Session:
    """A session with all that was said about it."""
    return await _with_bonds(door, session, translate.of_session(session))


async def _with_bonds(door: Workspace, session: Session, found: wire.Session) -> wire.Session:
    rules = await door.bound(session.id)
    found.permission = permissions(rules) if rules else UNSET
    found.metadata = session.meta.get(NOTES, UNSET)
    return found


def permissions(rules: Iterable[Rule]) -> list[dict[str, str]]:
    """Rules in the protocol's words."""
    return [
        {"permission": rule.action, "pattern": rule.target, "action": rule.verdict}
        for rule in rules
    ]


def linked(found: wire.Session, shares: Mapping[str, str], base: str) -> wire.Session:
    """The session with the address of its page below `base`, if it has one."""
    if name := shares.get(found.id):
        found.share = wire.Share(f"{base.rstrip('/')}/s/{name}")
    return found
