"""One sender, many listeners; a listener that lags is closed, never silently starved."""

import asyncio
import os
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

from opencode.core.event import Event, Numbered

_QUEUE = 10_000
_KEPT = 5_000


class Lagged(Exception):
    """This listener was too slow and missed events: read a snapshot and listen anew."""


class Bus:
    """Numbers events and hands them out. `emit` never blocks and never fails."""

    def __init__(self) -> None:
        self.epoch = os.urandom(4).hex()
        self.n = 0
        self._recent: deque[Numbered] = deque(maxlen=_KEPT)
        self._listeners: set[asyncio.Queue[Numbered | None]] = set()

    def emit(self, event: Event) -> None:
        """Give the event its number and send it to everyone who listens."""
        self.n += 1
        numbered = Numbered(self.epoch, self.n, event)
        self._recent.append(numbered)
        for queue in list(self._listeners):
            if queue.full():
                self._listeners.discard(queue)
                queue.get_nowait()
                queue.put_nowait(None)
            else:
                queue.put_nowait(numbered)

    def since(self, epoch: str, n: int) -> list[Numbered] | None:
        """The events after number `n`; None when they are gone or of another epoch."""
        if epoch != self.epoch or n > self.n:
            return None
        if n < self.n and (not self._recent or self._recent[0].n > n + 1):
            return None
        return [event for event in self._recent if event.n > n]

    @asynccontextmanager
    async def subscribe(
        self, epoch: str = "", after: int | None = None
    ) -> AsyncGenerator[AsyncIterator[Numbered]]:
        """Listen from now on, or from event `after` of `epoch` on. The iterator raises Lagged
        when events were missed, at once or later."""
        queue: asyncio.Queue[Numbered | None] = asyncio.Queue(_QUEUE)
        missed = [] if after is None else self.since(epoch, after)
        self._listeners.add(queue)

        async def listen() -> AsyncIterator[Numbered]:
            if missed is None:
                raise Lagged
            for numbered in missed:
                yield numbered
            while (numbered := await queue.get()) is not None:
                yield numbered
            raise Lagged

        try:
            yield listen()
        finally:
            self._listeners.discard(queue)
