"""Methods of the protocol that its library does not route yet, handed on as extensions of ours."""

import asyncio
import json
from typing import Any, cast

DELETE = "session/delete"
_LATE = (DELETE,)


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
    if not any(method.encode() in line for method in _LATE):
        return line
    try:
        message: Any = json.loads(line)
    except ValueError:
        return line
    if not isinstance(message, dict):
        return line
    entries = cast("dict[str, Any]", message)
    if (method := entries.get("method")) not in _LATE:
        return line
    return json.dumps({**entries, "method": f"_{method}"}).encode() + b"\n"
