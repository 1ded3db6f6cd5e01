"""Methods of the protocol that its library does not route yet, handed on as extensions of ours."""

import asyncio
import json
import logging
from typing import Any, cast

log = logging.getLogger(__name__)

DELETE = "session/delete"
_LATE = (DELETE,)
_NOTHING = b"\n"
"""In place of a batch or a bare value, at which the library would end the connection."""


class Letters(asyncio.StreamReader):
    """What comes from the editor, line by line."""

    def __init__(self, inner: asyncio.StreamReader) -> None:
        super().__init__()
        self._inner = inner

    async def readuntil(self, separator: Any = b"\n") -> bytes:
        """A line, with its method called as the library hands it on."""
        return _routed(await self._inner.readuntil(separator))

    async def readexactly(self, n: int) -> bytes:
        """A piece of a line that is too long to be one of those."""
        return await self._inner.readexactly(n)


def _routed(line: bytes) -> bytes:
    is_object = line.lstrip()[:1] == b"{"
    if is_object and not any(method.encode() in line for method in _LATE):
        return line
    try:
        message: Any = json.loads(line)
    except (ValueError, RecursionError):
        return line
    if not isinstance(message, dict):
        log.warning("the editor sent what is no message: %r", line[:100])
        return _NOTHING
    entries = cast("dict[str, Any]", message)
    if (method := entries.get("method")) not in _LATE:
        return line
    return json.dumps({**entries, "method": f"_{method}"}).encode() + b"\n"
