"""What programs keep with a session: rules for its calls, and notes of their own."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from opencode.config.grants import Grants
from opencode.core.permission import Rule
from opencode.core.session import Session
from opencode.session.store import SessionStore
from opencode.workspace.live import Live

NOTES = "notes"
"""Where in a session's `meta` they lie."""

OWN_AGENT = "own_agent"
"""In `meta`: the session's own agent while another answers a program's prompt."""


class Binding:
    """Rules lie where grants lie: a session file, which others may have written, holds none."""

    def __init__(
        self,
        open_one: Callable[[str], Awaitable[Live]],
        store: SessionStore,
        tell: Callable[[Live], None],
    ) -> None:
        self._open, self._store, self._tell = open_one, store, tell

    async def bind(self, session_id: str, rules: Sequence[Rule]) -> None:
        """Rules for this session's calls, and its sub-agents', from the next call on; the last
        that matches speaks, and what somebody denied elsewhere stays denied."""
        session = (await self._open(session_id)).session
        await asyncio.to_thread(Grants().bind, session.id, rules)

    async def bound(self, session_id: str) -> list[Rule]:
        """Those rules, in their order."""
        return await asyncio.to_thread(Grants().bound, session_id)

    async def copy(self, old: str, new: str) -> None:
        """A copy is as free as what it was made of."""
        await asyncio.to_thread(Grants().copy, old, new)

    async def annotate(self, session_id: str, **notes: Any) -> Session:
        """What a program keeps with it, each instead of what it left before by that name."""
        live = await self._open(session_id)
        live.session.meta.update(notes)
        await self._store.save(live.session, sync=True)
        self._tell(live)
        return live.session
