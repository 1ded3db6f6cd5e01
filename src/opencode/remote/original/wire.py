"""Requests to the original's server, answered as plain JSON."""

from contextlib import AbstractAsyncContextManager
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import msgspec

from opencode.core.error import UsageError
from opencode.remote.link import Link
from opencode.remote.original.plain import Json


class Wire:
    """Asks one server, about one folder of it: "" is the one it was started in."""

    def __init__(self, link: Link, folder: str = "") -> None:
        self.link = link
        self._headers = {"x-opencode-directory": quote(folder)} if folder else {}

    async def get(self, path: str, query: Json | None = None) -> Any:
        """What is there."""
        given = {key: value for key, value in (query or {}).items() if value != ""}
        asked = f"{path}?{urlencode(given)}" if given else path
        return await self._ask("GET", asked)

    async def post(self, path: str, body: Any = None) -> Any:
        """Do it."""
        return await self._ask("POST", path, body)

    async def patch(self, path: str, body: Any) -> Any:
        """Change it."""
        return await self._ask("PATCH", path, body)

    async def delete(self, path: str) -> Any:
        """Take it away."""
        return await self._ask("DELETE", path)

    async def _ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.link.ask(method, path, body, self._headers)
        try:
            return msgspec.json.decode(answer or b"null")
        except msgspec.DecodeError:  # a page: so it answers what it does not know
            known = path.partition("?")[0]
            raise UsageError(
                f"The original's server does not know {known}.",
                hint="A newer version of it does.",
            ) from None

    def events(self) -> AbstractAsyncContextManager[httpx.Response]:
        """What happens there, line by line."""
        return self.link.lines("/event", self._headers)
