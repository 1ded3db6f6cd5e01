"""The web page's event stream: our own events with their numbers, from where a reader was cut."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

from msgspec.structs import replace
from starlette.responses import StreamingResponse

from opencode.core.bus import Lagged
from opencode.core.event import (
    AskRaised,
    Event,
    MessageFinished,
    MessageReset,
    Notice,
    Numbered,
    RunFinished,
)
from opencode.core.message import Message
from opencode.i18n.english import translated
from opencode.server.state import State
from opencode.server.stream.data_line import data_line
from opencode.server.stream.sse import HEADERS

_HEARTBEAT = 10.0


def stream(state: State, mark: str, language: str) -> StreamingResponse:
    """Events after `mark` (`epoch-number`, "" for from now on). The first line says where the
    stream stands and whether anything was lost since the mark. What a person reads in them is in
    that language."""
    lines = _lines(state, mark, language)
    return StreamingResponse(lines, media_type="text/event-stream", headers=HEADERS)


async def _lines(state: State, mark: str, language: str) -> AsyncIterator[bytes]:
    bus = state.door.rooms.bus
    epoch, _, number = mark.rpartition("-")
    after = int(number) if number.isdigit() else None
    closing = asyncio.ensure_future(state.feed.closing.wait())
    hello = {"type": "hello", "epoch": bus.epoch, "n": bus.n}
    async with AsyncExitStack() as stack:
        events = await stack.enter_async_context(bus.subscribe(epoch, after))
        upcoming = asyncio.ensure_future(anext(events))
        await asyncio.wait({upcoming}, timeout=0)
        lost = bool(mark) and (after is None or _is_late(upcoming))
        if lost:
            events = await stack.enter_async_context(bus.subscribe())
            upcoming = asyncio.ensure_future(anext(events))
        state.pages += 1
        try:
            yield data_line({**hello, "lost": lost})
            while not closing.done():
                await asyncio.wait(
                    {upcoming, closing},
                    timeout=_HEARTBEAT,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if upcoming.done():
                    yield _line(upcoming.result(), language)
                    upcoming = asyncio.ensure_future(anext(events))
                else:
                    yield b": alive\n\n"
        except Lagged:
            return  # the reader comes back with its number
        finally:
            state.pages -= 1
            for task in (upcoming, closing):
                task.cancel()
            await asyncio.gather(upcoming, closing, return_exceptions=True)


def _is_late(first: asyncio.Future[Numbered]) -> bool:
    """Whether what a reader wants to go on from is gone."""
    return first.done() and isinstance(first.exception(), Lagged)


def _line(numbered: Numbered, language: str) -> bytes:
    data = data_line(told(numbered.event, language))
    return f"id: {numbered.epoch}-{numbered.n}\n".encode() + data


def told(event: Event, language: str) -> Event:
    """The event with what a person reads of it in that language."""
    if language == "en":
        return event
    match event:
        case RunFinished(detail=detail, hint=hint) if detail or hint:
            return replace(
                event, detail=translated(detail, language), hint=translated(hint, language)
            )
        case AskRaised(ask=ask) if ask.warnings:
            warnings = [translated(warning, language) for warning in ask.warnings]
            return replace(event, ask=replace(ask, warnings=warnings))
        case MessageReset(reason=reason):
            return replace(event, reason=translated(reason, language))
        case MessageFinished(message=message) if message.error:
            return replace(event, message=told_message(message, language))
        case Notice(text=text) if text:
            return replace(event, text=translated(text, language))
        case _:
            return event


def told_message(message: Message, language: str) -> Message:
    """The same of a message."""
    if language == "en" or not message.error:
        return message
    return replace(message, error=translated(message.error, language))


def told_status(status: dict[str, Any] | None, language: str) -> dict[str, Any] | None:
    """The same of what a session is busy with; a wait for the next try says why."""
    if not status or "message" not in status:
        return status
    return {**status, "message": translated(str(status["message"]), language)}
