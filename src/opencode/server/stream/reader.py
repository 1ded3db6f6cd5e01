"""One who listens to the feed: what it has yet to be sent, and how far it got."""

import asyncio

from opencode.server.stream.frame import Frame

_MOST = 2_000


class Reader:
    """Bounded: whoever falls behind that far is let go, and what waited for it is dropped."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[Frame | None] = asyncio.Queue(_MOST)
        self.given = 0
        """Frames that were meant for it so far."""
        self._taken = self._sent = 0
        self._is_over = False
        self._moved = asyncio.Event()

    def give(self, frame: Frame) -> bool:
        """Have it sent; False when the reader is too slow."""
        if self._waiting.full():
            self.drop()
            self.end()
            return False
        self.given += 1
        self._waiting.put_nowait(frame)
        return True

    def end(self) -> None:
        """Nothing follows what waits."""
        if self._waiting.full():
            self._waiting.get_nowait()
        self._waiting.put_nowait(None)

    def drop(self) -> None:
        """What waits is not sent, and nobody need wait for that."""
        while not self._waiting.empty():
            self._waiting.get_nowait()
        self._is_over = True
        self._moved.set()

    async def next(self, seconds: float) -> Frame | None:
        """The next frame, None at the end. Asking for it says that the one before is on its way.
        TimeoutError after that many seconds of silence."""
        self._sent = self._taken
        self._moved.set()
        async with asyncio.timeout(seconds):
            frame = await self._waiting.get()
        self._taken += 1
        return frame

    async def reached(self, number: int) -> None:
        """Return when so many frames are on their way, or none is any more."""
        while self._sent < number and not self._is_over:
            self._moved.clear()
            await self._moved.wait()
