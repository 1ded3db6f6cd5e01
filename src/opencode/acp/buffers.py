"""The editor's open files, as far as it says that it lets them be read and written."""

import asyncio
import logging
from pathlib import Path
from typing import Any, cast

from acp import RequestError
from acp.interfaces import Client
from acp.schema import FileSystemCapabilities

log = logging.getLogger(__name__)

_FAILURES = (RequestError, ConnectionError, TimeoutError, ValueError)
"""What can become of a request; the last is an answer that does not fit the protocol."""
_PATIENCE = 10.0
"""Seconds an editor has; then the disk is what counts."""


class EditorFiles:
    """Implements `core.files.Buffers`."""

    def __init__(
        self, client: Client, can: FileSystemCapabilities, folder: Path, cwd: Path
    ) -> None:
        """`cwd` is how the editor spells `folder`."""
        self._client = client
        self._folder, self._cwd = folder, cwd
        self._reads, self._writes = bool(can.read_text_file), bool(can.write_text_file)

    async def read(self, session: str, path: Path) -> str | None:
        """See `core.files.Buffers`."""
        if not self._reads:
            return None
        try:
            async with asyncio.timeout(_PATIENCE):
                found = await self._client.read_text_file(
                    session_id=session, path=self._spelled(path)
                )
        except _FAILURES as error:
            log.debug("the editor does not show %s: %s", path, error)
            return None
        return found.content

    async def write(self, session: str, path: Path, text: str) -> str:
        """See `core.files.Buffers`. Of files beyond its folder an editor need know nothing."""
        if not self._writes:
            return ""
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._client.write_text_file(
                    session_id=session, path=self._spelled(path), content=text
                )
        except _FAILURES as error:
            log.warning("the editor did not take %s over: %s", path, error)
            if isinstance(error, RequestError) and path.is_relative_to(self._folder):
                return _words(error)
        return ""

    def _spelled(self, path: Path) -> str:
        inside = path.is_relative_to(self._folder)
        return str(self._cwd / path.relative_to(self._folder) if inside else path)


def _words(error: RequestError) -> str:
    """What the editor says; the reason often stands beside a message that says nothing."""
    more: Any = error.data
    details = cast("dict[str, Any]", more).get("details") if isinstance(more, dict) else None
    words = str(details or error).strip().rstrip(".")
    return f"{words}."
