"""What lists do not hold of a session, put where clients look for it: its page, what was undone."""

import contextlib
from collections.abc import Mapping

from opencode.core.error import OpenCodeError
from opencode.core.session import SessionInfo
from opencode.server import translate, wire
from opencode.workspace.workspace import Workspace


async def shown(door: Workspace, info: SessionInfo, base: str) -> wire.Session:
    """A session as it is told when it changed."""
    found = linked(translate.of_info(info), await door.shares(), base)
    with contextlib.suppress(OpenCodeError):  # it may be gone by now
        found.revert = translate.taken_back(await door.session(info.id))
    return found


def linked(found: wire.Session, shares: Mapping[str, str], base: str) -> wire.Session:
    """The session with the address of its page below `base`, if it has one."""
    if name := shares.get(found.id):
        found.share = wire.Share(f"{base.rstrip('/')}/s/{name}")
    return found
