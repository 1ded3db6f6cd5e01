"""A login that somebody leads from elsewhere: over HTTP, with the browser on another machine."""

import asyncio
from importlib import import_module
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from opencode.core.error import AuthError, OpenCodeError
from opencode.mcp.entry import Entry


class Login:
    """One login under way. It is over when the page on loopback or `bring` has the code, when five
    minutes have passed, or when the task that runs it is cancelled."""

    def __init__(self, entry: Entry) -> None:
        self._entry = entry
        self._came: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._address = ""
        self._error: OpenCodeError | None = None
        self._shown, self._over = asyncio.Event(), asyncio.Event()

    async def run(self) -> None:
        """Log in and store what that gives; what goes wrong is told by `address` and `ended`."""
        self._error = AuthError(f"The login to MCP server {self._entry.name} was given up.")
        try:
            oauth = await asyncio.to_thread(_library)
            await oauth.log_in(self._entry, self._show, self._came)
        except OpenCodeError as error:
            self._error = error
        else:
            self._error = None
        finally:
            self._shown.set()
            self._over.set()

    async def address(self) -> tuple[str, str]:
        """Where the person goes, and the `state` in it. AuthError when it did not come so far."""
        await self._shown.wait()
        if self._error and not self._address:
            raise self._error
        return self._address, parse_qs(urlsplit(self._address).query).get("state", [""])[0]

    async def bring(self, code: str) -> None:
        """What the browser ended with: the code alone, or the whole address it ended at."""
        _, state = await self.address()
        _library().bring(self._came, code, state)

    async def ended(self) -> None:
        """Return when it is over and went well. AuthError when it did not."""
        await self._over.wait()
        if self._error:
            raise self._error

    async def _show(self, address: str) -> None:
        self._address = address
        self._shown.set()


def _library() -> ModuleType:
    """Loading it costs a second."""
    return import_module("opencode.mcp.oauth")
