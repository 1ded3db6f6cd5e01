"""The workspace's events as frames, translated once and handed to everyone who listens."""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from opencode.core.bus import Lagged
from opencode.core.event import Event, Numbered
from opencode.core.session import SessionInfo
from opencode.server.stream.events import Events
from opencode.server.stream.frame import Frame
from opencode.server.stream.reader import Reader
from opencode.server.stream.rewound import Rewound
from opencode.server.stream.second_live import Live, Told
from opencode.workspace.workspace import Workspace

log = logging.getLogger(__name__)

_SLOWEST = 1.0
_TURN = 50
_KEPT = 4_000
_FRESH = 400
"""Frames whose bytes are kept with them; older ones are written anew for the few who ask."""


class Feed:
    """Numbers come from the workspace's bus, so that a late reader goes on where it was cut. A
    reader that is too slow is let go: memory stays flat, and it comes back with its number."""

    def __init__(self, door: Workspace, directory: str, project: str, base: str = "") -> None:
        self.directory, self.project = directory, project
        self._door = door
        self._events, self._live = Events(door, base), Live()
        self.is_second_read = False
        """Whether somebody ever read the second generation's stream."""
        self._newer: list[Told] = []
        self._recent: deque[Frame] = deque(maxlen=_KEPT)
        self._readers: set[Reader] = set()
        self.is_read, self.is_unread = asyncio.Event(), asyncio.Event()
        self.mark = ""
        """The number of the last frame; what Last-Event-ID says."""
        self.seen = 0
        """The number of the last event that was translated."""
        self._moved = asyncio.Event()
        self.closing = asyncio.Event()
        """Set, and then another one, whenever every stream is to end."""
        self.busy: dict[str, Any] = {}
        """The status of every session that is not idle."""

    @property
    def readers(self) -> int:
        """How many listen."""
        return len(self._readers)

    async def run(self, ready: asyncio.Event) -> None:
        """Translate until cancelled."""
        while True:
            async with self._door.subscribe() as events:
                self.seen = self._door.rooms.bus.n
                ready.set()
                try:
                    async for numbered in events:
                        await self._take(numbered)
                        if numbered.n % _TURN == 0:
                            await asyncio.sleep(0)  # a burst must not outrun quick readers
                except Lagged:
                    log.warning("the event feed lagged: readers start anew")
                    self._recent.clear()
                    self.close()

    def publish(self, frame: Frame) -> None:
        """Send something, be it no event of the workspace."""
        frame.mark = self.mark
        self._note(frame)
        for reader in list(self._readers):
            if not reader.give(frame):
                log.info("SSE reader too slow; let go")
                self._readers.discard(reader)
        self._look()

    def _look(self) -> None:
        """Whether anybody listens, for who only works then."""
        yes, no = (
            (self.is_read, self.is_unread) if self._readers else (self.is_unread, self.is_read)
        )
        yes.set()
        no.clear()

    @property
    def rewound(self) -> Rewound:
        """What clients list although it was taken back."""
        return self._events.rewound

    def know(self, info: SessionInfo) -> None:
        """A session that is about to be deleted: its last frame shows it."""
        self._events.know(info)

    def call_place(self, call: str) -> str:
        """The message a call stands in; "" when its run is over."""
        return self._events.call_place(call)

    async def caught_up(self) -> None:
        """Return when everything that has happened is translated: `busy` is true of now."""
        while self.seen < self._door.rooms.bus.n:
            self._moved.clear()
            await self._moved.wait()

    async def sent(self) -> None:
        """Return when all that was published until now was written to every reader's connection;
        one that reads slowly is waited for a second, no longer."""
        others = [reader.reached(reader.given) for reader in self._readers]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_SLOWEST):
                await asyncio.gather(*others)

    def close(self) -> None:
        """End every stream."""
        self.closing.set()
        self.closing = asyncio.Event()
        for reader in self._readers:
            reader.end()
        self._readers.clear()
        self._look()

    @asynccontextmanager
    async def listen(self, after: str = "") -> AsyncGenerator[tuple[Reader, list[Frame]]]:
        """A reader of all frames from now on, and those missed since `after`."""
        reader, missed = Reader(), self._since(after)
        self._readers.add(reader)
        self._look()
        try:
            yield reader, missed
        finally:
            self._readers.discard(reader)
            self._look()
            reader.drop()

    def _since(self, mark: str) -> list[Frame]:
        marks = [frame.mark for frame in self._recent]
        if not mark or mark not in marks:
            return []
        last = len(marks) - 1 - marks[::-1].index(mark)
        return list(self._recent)[last + 1 :]

    async def _take(self, numbered: Numbered) -> None:
        frames = await self._events.frames(numbered.event)
        self._add_newer(numbered.event, frames)
        for place, frame in enumerate(frames):
            self.mark = f"{numbered.epoch}-{numbered.n}.{place}"
            self._recent.append(frame)
            if len(self._recent) > _FRESH:
                self._recent[-_FRESH].forget()
            self.publish(frame)
        self.seen = numbered.n
        self._moved.set()

    def _add_newer(self, event: Event, frames: list[Frame]) -> None:
        """Hang on the last frame what the second generation says; kept for the next one when
        there is none."""
        found = self._live.of(event)
        if self.is_second_read:
            self._newer += found
            if frames:
                frames[-1].newer += self._newer
                self._newer = []

    def _note(self, frame: Frame) -> None:
        if frame.kind == "session.status":
            self.busy[frame.session] = frame.properties["status"]
        elif frame.kind == "session.idle":
            self.busy.pop(frame.session, None)
