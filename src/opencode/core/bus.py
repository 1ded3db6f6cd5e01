"""One sender, many listeners; a listener that lags is closed, never silently starved."""

import asyncio
import os
import threading
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from opencode.core.event import Event, Numbered

_QUEUE = 10_000
_KEPT = 5_000


class Lagged(Exception):
    """This listener was too slow and missed events: read a snapshot and listen anew."""


@dataclass(eq=False)
class _Listener:
    """A queue and the loop in which it is read."""

    loop: asyncio.AbstractEventLoop
    queue: asyncio.Queue[Numbered | None] = field(default_factory=lambda: asyncio.Queue(_QUEUE))


class Bus:
    """Numbers events and hands them out, to listeners in loops of other threads, too. `emit` never
    waits and never fails."""

    def __init__(self, noted: Callable[[Event], None] = lambda _: None) -> None:
        """`noted` is called with each event, before anyone who listens gets it."""
        self._noted = noted
        self.epoch = os.urandom(4).hex()
        self.n = 0
        self._recent: deque[Numbered] = deque(maxlen=_KEPT)
        self._listeners: set[_Listener] = set()
        self._lock = threading.Lock()
        """Held for moments: nothing happens between what was missed and what comes."""

    def emit(self, event: Event) -> None:
        """Give the event its number and send it to everyone who listens."""
        self._noted(event)
        with self._lock:
            self.n += 1
            numbered = Numbered(self.epoch, self.n, event)
            self._recent.append(numbered)
            listeners = list(self._listeners)
        here = _loop_here()
        for one in listeners:
            if one.loop is here:
                self._put(one, numbered)
                continue
            try:
                one.loop.call_soon_threadsafe(self._put, one, numbered)
            except RuntimeError:  # that loop has ended, and its listener with it
                self._listeners.discard(one)

    def _put(self, one: _Listener, numbered: Numbered) -> None:
        if one.queue.full():
            self._listeners.discard(one)
            one.queue.get_nowait()
            one.queue.put_nowait(None)
        else:
            one.queue.put_nowait(numbered)

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
        own = _Listener(asyncio.get_running_loop())
        with self._lock:
            missed = [] if after is None else self.since(epoch, after)
            self._listeners.add(own)

        async def listen() -> AsyncIterator[Numbered]:
            if missed is None:
                raise Lagged
            for numbered in missed:
                yield numbered
            while (numbered := await own.queue.get()) is not None:
                yield numbered
            raise Lagged

        try:
            yield listen()
        finally:
            self._listeners.discard(own)


def _loop_here() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
