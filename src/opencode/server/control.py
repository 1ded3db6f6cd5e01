"""The terminals that listen: what they are told to do, and the queue others read it from."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from msgspec import Struct

_KEPT = 100

Steer = Callable[[str, dict[str, Any]], None]
"""A kind of event (`tui.prompt.append` …) and its properties."""


class Told(Struct):
    """One request to a terminal, as it came."""

    path: str
    body: Any


class Control:
    """`steer` is the terminal of this very process, if there is one."""

    def __init__(self, steer: Steer | None) -> None:
        self.steer = steer
        self._queue: deque[Told] = deque(maxlen=_KEPT)
        self._came = asyncio.Event()

    def tell(self, told: Told) -> None:
        """For whoever asks next; only the latest are kept."""
        self._queue.append(told)
        self._came.set()

    async def next(self) -> Told:
        """The oldest one nobody has read; waits for one."""
        while not self._queue:
            self._came.clear()
            await self._came.wait()
        return self._queue.popleft()
