"""The server's event stream, read across broken connections: none is lost, none comes twice."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
import msgspec

from opencode.core.bus import Lagged
from opencode.core.event import Event, Notice, Numbered
from opencode.core.session import Session
from opencode.host.lines import lines
from opencode.remote.catching_up import GROWING, catch_up
from opencode.remote.link import Link, Unreachable

_WAITS = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds before each further try; the last one stays."""
_PATIENCE = 0.5
_KEPT = 2_000


class _Hello(msgspec.Struct):
    """The first line of a stream: where it stands, and whether what came before is gone."""

    epoch: str
    n: int
    lost: bool


@asynccontextmanager
async def subscribed(
    link: Link, epoch: str, after: int | None, shown: Callable[[], str]
) -> AsyncGenerator["Reader"]:
    """Its events: see `Door.subscribe`. A connection that breaks is made again from the last number
    on, and notices for the session `shown` say so; Lagged when the server kept too little."""
    reader = Reader(link, f"{epoch}-{after}" if after is not None else "", shown)
    try:
        await reader.connect()
        yield reader
    finally:
        await reader.close()


class Reader:
    """One subscription."""

    def __init__(self, link: Link, mark: str, shown: Callable[[], str]) -> None:
        self._link, self._mark, self._shown = link, mark, shown
        self._stack = AsyncExitStack()
        self._lines: AsyncIterator[str] | None = None
        self._is_lost = False
        self._is_read = False
        self._heard: deque[Numbered] = deque(maxlen=_KEPT)
        self._moved = asyncio.Event()
        self._held: dict[str, int] = {}
        """Session → the number up to which a reader that had not begun has it already."""

    async def connect(self) -> None:
        """Until the server answers."""
        tries = 0
        while True:
            try:
                return await self._connect_once()
            except (Unreachable, httpx.HTTPError):
                await self.close()
                await asyncio.sleep(_WAITS[min(tries, len(_WAITS) - 1)])
                tries += 1

    async def _connect_once(self) -> None:
        headers = {"last-event-id": self._mark} if self._mark else {}
        answer = await self._stack.enter_async_context(self._link.lines("/web/events", headers))
        self._lines = lines(answer.aiter_bytes())
        async for line in self._lines:
            if line.startswith("data: "):
                hello = msgspec.json.decode(line[6:], type=_Hello)
                self._is_lost = hello.lost
                self._mark = self._mark if self._mark and not hello.lost else ""
                self._mark = self._mark or f"{hello.epoch}-{hello.n}"
                return
        raise Unreachable("The stream ended before it began.")

    async def events(self) -> AsyncIterator[Numbered]:
        """For ever, or until the reader is closed."""
        self._is_read = True
        while True:
            if self._is_lost:
                raise Lagged
            async for numbered in self._read():
                self._heard.append(numbered)
                self._moved.set()
                event = numbered.event
                if not (
                    isinstance(event, GROWING) and numbered.n <= self._held.get(event.session, 0)
                ):
                    yield numbered
            notice = f"{self._link.url} is gone; trying again."
            yield self._told("warning", "remote.lost", notice)
            await self.close()
            await self.connect()
            notice = f"{self._link.url} is back."
            yield self._told("info", "remote.back", notice)

    async def _read(self) -> AsyncIterator[Numbered]:
        """Until the connection breaks."""
        assert self._lines
        mark = ""
        try:
            async for line in self._lines:
                if line.startswith("id: "):
                    mark = line[4:]
                elif line.startswith("data: ") and mark:
                    self._mark = mark
                    yield Numbered(*_place(mark), msgspec.json.decode(line[6:], type=_EVENT))
        except (Unreachable, httpx.HTTPError):
            return

    async def meet(self, session: Session, mark: str) -> None:
        """Bring a session that was read at `mark` to where these events stand: what came before
        is waited for, what came after is folded in. Nothing shows twice, nothing is missing."""
        epoch, n = _place(mark)
        if epoch != _place(self._mark)[0]:
            return
        if not self._is_read:
            self._held[session.id] = n
            return
        try:
            async with asyncio.timeout(_PATIENCE):
                while _place(self._mark)[1] < n:
                    self._moved.clear()
                    await self._moved.wait()
        except TimeoutError:
            return  # whoever reads the events is waiting for us
        catch_up(session, (one.event for one in self._heard if one.n > n))

    def _told(self, level: Any, code: str, text: str) -> Numbered:
        return Numbered(*_place(self._mark), Notice(self._shown(), level, code, text))

    async def close(self) -> None:
        """Let the connection go."""
        stack, self._stack = self._stack, AsyncExitStack()
        try:
            await stack.aclose()
        except (Unreachable, httpx.HTTPError):
            return


_EVENT: Any = Event


def _place(mark: str) -> tuple[str, int]:
    epoch, _, number = mark.rpartition("-")
    return epoch, int(number)
