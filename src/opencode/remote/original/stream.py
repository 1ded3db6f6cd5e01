"""The original's event stream, joined by what this side has to tell; made again when it breaks."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Literal

import httpx
import msgspec

from opencode.core.error import OpenCodeError
from opencode.core.event import Event, Notice, Numbered
from opencode.host.lines import lines
from opencode.remote.link import Unreachable
from opencode.remote.original.hearing import Hearing
from opencode.remote.original.wire import Wire

_WAITS = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds before each further try; the last one stays."""
_AHEAD = 1_000
"""Frames that may wait for a slow reader; the rest waits on the server's side."""
_PAUSE = 0.02
_ANSWER = 10.0
"""Seconds after which an answer is asked for again."""


class _Gone(msgspec.Struct, frozen=True):
    """The connection broke."""

    error: OpenCodeError


class _Back(msgspec.Struct, frozen=True):
    """It was made again."""


Item = dict[str, Any] | Event | _Gone | _Back
Missed = Callable[[], Awaitable[Sequence[Event]]]


class Stream:
    """One subscription. `missed` says what became of things while nobody listened; None gives up
    when the connection breaks."""

    def __init__(self, wire: Wire, hearing: Hearing, missed: Missed | None) -> None:
        self._wire, self.hearing, self._missed = wire, hearing, missed
        self._url = wire.link.url
        self._queue: asyncio.Queue[Item] = asyncio.Queue()
        self._begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._is_lost = False
        self._strange: set[str] = set()

    def tell(self, event: Event) -> None:
        """Something that only this side knows."""
        self._queue.put_nowait(event)

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[None]:
        """Connected before the block begins; whatever is asked then is heard."""
        pump = asyncio.create_task(self._pump())
        try:
            await self._begun
            yield
        finally:
            pump.cancel()
            with suppress(asyncio.CancelledError):
                await pump

    async def events(self, shown: Callable[[], str]) -> AsyncIterator[Numbered]:
        """For ever, or until the connection breaks for good. `shown` is the session of notices."""
        n = 0
        while True:
            item = await self._queue.get()
            async for event in self._read(item, shown()):
                n += 1
                yield Numbered("", n, event)

    async def _read(self, item: Item, shown: str) -> AsyncGenerator[Event]:
        match item:
            case dict():
                for event in self._heard(item, shown):
                    yield event
            case _Gone(error=error) if self._missed is None or not isinstance(error, Unreachable):
                raise error
            case _Gone():
                yield _told("warning", shown, "remote.lost", f"{self._url} is gone; trying again.")
            case _Back():
                notice = f"{self._url} is back."
                yield _told("info", shown, "remote.back", notice)
                for event in await self._what_was_missed():
                    yield event
            case _:
                yield item

    async def _what_was_missed(self) -> Sequence[Event]:
        """Asked until it is told, unless the connection breaks anew and it is asked then."""
        while self._missed and not self._is_lost:
            try:
                async with asyncio.timeout(_ANSWER):
                    return await self._missed()
            except (Unreachable, TimeoutError):
                await asyncio.sleep(_WAITS[0])
        return ()

    def _heard(self, frame: dict[str, Any], shown: str) -> Iterator[Event]:
        """A frame of a newer server may be other than we know: the rest goes on."""
        try:
            yield from self.hearing.of(frame)
        except (KeyError, TypeError, ValueError, AttributeError):
            kind = str(frame.get("type"))
            if kind not in self._strange:
                self._strange.add(kind)
                notice = f"{self._url} told of {kind} in words that are not understood."
                yield _told("warning", shown, "remote.strange", notice)

    async def _pump(self) -> None:
        tries = 0
        while True:
            try:
                async with self._wire.events() as answer:
                    async for line in lines(answer.aiter_bytes()):
                        tries = await self._line(line, tries)
                lost = Unreachable(f"{self._url} ended the connection.")
            except OpenCodeError as error:
                lost = error
            except (httpx.HTTPError, msgspec.DecodeError) as error:
                lost = Unreachable(f"{self._url} does not answer: {error}")
            if not self._begun.done():
                self._begun.set_exception(lost)
                return
            if not self._is_lost or not isinstance(lost, Unreachable):
                self._queue.put_nowait(_Gone(lost))
            self._is_lost = True
            await asyncio.sleep(_WAITS[min(tries, len(_WAITS) - 1)])
            tries += 1

    async def _line(self, line: str, tries: int) -> int:
        """Take a line in; the tries that count from now on."""
        if not line.startswith("data:"):
            return tries
        if not self._begun.done():
            self._begun.set_result(None)
        if self._is_lost:
            self._is_lost = False
            self._queue.put_nowait(_Back())
        while self._queue.qsize() > _AHEAD:  # noqa: ASYNC110 (seldom, and shortly)
            await asyncio.sleep(_PAUSE)
        self._queue.put_nowait(msgspec.json.decode(line[5:]))
        return 0


def _told(level: Literal["info", "warning"], session: str, code: str, text: str) -> Notice:
    return Notice(session, level, code, text)
