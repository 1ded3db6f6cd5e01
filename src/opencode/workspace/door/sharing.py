"""Sessions that may be read on a page of their own."""

import asyncio
from collections.abc import Awaitable, Callable

from opencode.config import paths
from opencode.config.schema import Settings
from opencode.core.error import SessionNotFound, UsageError
from opencode.core.session import Session
from opencode.session.shares import Shares


class Sharing:
    """The part of Door that shares; `tell` says that a session changed."""

    def __init__(
        self,
        settings: Callable[[], Settings],
        session: Callable[[str], Awaitable[Session]],
        tell: Callable[[Session], Awaitable[None]],
    ) -> None:
        self._settings, self._session, self._tell = settings, session, tell
        self._shares = Shares(paths.data_dir() / "shares.json")

    async def shares(self) -> dict[str, str]:
        """See Door."""
        return await asyncio.to_thread(self._shares.all)

    async def share(self, session_id: str) -> str:
        """See Door."""
        if self._settings().share == "disabled":
            raise UsageError(
                "Sharing is switched off.", hint='`share = "manual"` in opencode.toml allows it.'
            )
        session = await self._session(session_id)
        name = await asyncio.to_thread(self._shares.add, session.id)
        await self._tell(session)
        return name

    async def unshare(self, session_id: str) -> bool:
        """See Door."""
        session = await self._session(session_id)
        was = await self.forget(session.id)
        await self._tell(session)
        return was

    async def shared(self, name: str) -> Session:
        """The conversation on that page. SessionNotFound when nothing is shared under the name."""
        found = await asyncio.to_thread(self._shares.session, name)
        if not found or self._settings().share == "disabled":
            raise SessionNotFound("No conversation is shared here.")
        return await self._session(found)

    async def forget(self, session_id: str) -> bool:
        """Take the page away; False when there was none."""
        return await asyncio.to_thread(self._shares.remove, session_id)

    async def created(self, session: Session) -> None:
        """Share a new session where all are to be."""
        if self._settings().share == "auto":
            await asyncio.to_thread(self._shares.add, session.id)
