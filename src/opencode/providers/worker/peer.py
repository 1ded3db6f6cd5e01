"""One opencode at the worker's desk: what it asked before, what runs for it, what it is told."""

import asyncio
import hmac
import os
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from typing import Any, Protocol

import msgspec
from msgspec.structs import replace

from opencode.core.delta import Delta, Drafting, ReasoningDelta, TextDelta
from opencode.core.message import Message
from opencode.providers.errors import error_of, failed_frame
from opencode.providers.wire.chunks import Reader
from opencode.providers.wire.convert import Dict, arguments, message_dicts
from opencode.providers.wire.told import Told, as_json, sends_as_given
from opencode.providers.worker.frames import (
    SESSIONS,
    Again,
    Ask,
    Cancel,
    Deltas,
    FromWorker,
    Hello,
    Ping,
    Pong,
    Route,
    ToWorker,
    Welcome,
    pack,
)

_PACE = 0.015
"""Seconds between frames of one stream: enough for eyes, cheap for the reader."""
_FRESH = 4
"""The newest messages, which litellm is shown on every wire."""

_decoder = msgspec.msgpack.Decoder[ToWorker](ToWorker)
_messages = msgspec.msgpack.Decoder(Message)


class Office(Protocol):
    """What a peer needs of the worker."""

    engine: asyncio.Task[Any]
    """litellm, once it is imported."""
    active: int
    """Streams of all peers."""
    used: float
    """When somebody last wanted something, by the monotonic clock."""

    def left(self, peer: "Peer") -> None:
        """The peer went away."""
        ...


class History:
    """One conversation as it was last asked about, converted, so that a step adds only its own."""

    def __init__(self, route: Route) -> None:
        self._form = _form(route)
        self.version = 0
        self._dicts: list[Dict] = []
        self._ends: list[int] = []
        """Where the dicts of each message end."""
        self._calls: list[list[str]] = []
        self._json: list[bytes] = []

    @property
    def calls(self) -> Iterator[str]:
        """The ids of all calls so far."""
        return chain.from_iterable(self._calls)

    def fits(self, ask: Ask) -> bool:
        """Whether it is what `ask` goes on with, in the form its wire wants."""
        return (ask.version, _form(ask.route)) == (self.version, self._form)

    def extend(self, ask: Ask) -> list[Dict]:
        """Cut to what is kept, add what is new, and return the whole."""
        for kept in (self._ends, self._calls, self._json):
            del kept[ask.keep :]
        del self._dicts[self._ends[-1] if self._ends else 0 :]
        for raw in ask.messages:
            message: Message = _messages.decode(raw)
            made = message_dicts(message, **self._form)
            self._dicts.extend(made)
            self._ends.append(len(self._dicts))
            self._calls.append([call.id for call in message.calls])
            self._json.append(b"".join(map(as_json, made)))
        self.version = (ask.version if ask.keep else 0) + 1
        return [*self._dicts]

    def told(self) -> Told | None:
        """What stands for all but the newest messages, where a wire sends them as they are."""
        old = len(self._ends) - _FRESH
        return Told.of(self._ends[old - 1], self._json[:old]) if old > 0 else None


def _form(route: Route) -> dict[str, Any]:
    """How answers are written down for that wire."""
    return {"thinks": route.thinks, "echoes": route.echoes, "sealed": route.sealed}


class Outbox:
    """What one stream has to say, sent at once and then at a steady pace."""

    def __init__(self, call: int, send: Callable[[FromWorker], None]) -> None:
        self._call, self._send = call, send
        self._items: list[Delta] = []
        self._timer: asyncio.TimerHandle | None = None

    def add(self, deltas: list[Delta]) -> None:
        """Queue; joins pieces of the same text."""
        for delta in deltas:
            last = self._items[-1] if self._items else None
            match last, delta:
                case TextDelta(), TextDelta():
                    self._items[-1] = TextDelta(last.text + delta.text)
                case ReasoningDelta(), ReasoningDelta() if not last.meta:
                    self._items[-1] = ReasoningDelta(last.text + delta.text, delta.meta)
                case Drafting(), Drafting():
                    self._items[-1] = delta
                case _:
                    self._items.append(delta)
        if self._timer is None:
            self._tick()

    def flush(self) -> None:
        """Send all that waits; the stream is over."""
        if self._timer:
            self._timer.cancel()
        if self._items:
            self._send(Deltas(self._call, self._items))
            self._items = []

    def _tick(self) -> None:
        self._timer = None
        if self._items:
            self._send(Deltas(self._call, self._items))
            self._items = []
            self._timer = asyncio.get_running_loop().call_later(_PACE, self._tick)


class Peer:
    """One connected opencode: its calls, and what it asked before."""

    def __init__(self, worker: Office, secret: str) -> None:
        self._worker, self._secret = worker, secret
        self._calls: dict[int, asyncio.Task[None]] = {}
        self._histories: OrderedDict[str, History] = OrderedDict()
        self._trusted = not secret
        self.write: Callable[[bytes], object] = len
        self.close: Callable[[], object] = int

    def send(self, frame: FromWorker) -> None:
        """To the client; a client that is gone does not mind."""
        self.write(pack(frame))

    def received(self, body: bytes) -> None:
        """One frame from the client."""
        frame = _decoder.decode(body)
        self._worker.used = time.monotonic()
        if isinstance(frame, Hello):
            self._trusted = self._trusted or hmac.compare_digest(frame.secret, self._secret)
            if self._trusted:
                self.send(Welcome())
        if not self._trusted:
            self.close()
        elif isinstance(frame, Ask):
            self._start(frame)
        elif isinstance(frame, Ping):
            self.send(Pong(frame.id, os.getpid(), self._worker.engine.done(), self._worker.active))
        elif isinstance(frame, Cancel) and (task := self._calls.get(frame.id)):
            task.cancel()

    def lost(self) -> None:
        """The client closed its end: its calls stop."""
        for task in self._calls.values():
            task.cancel()
        self._worker.left(self)

    def _start(self, ask: Ask) -> None:
        history = self._histories.pop(ask.session, None)
        if ask.keep and (history is None or not history.fits(ask)):
            self.send(Again(ask.id))
            return
        if history is None or not ask.keep:
            history = History(ask.route)
        messages = history.extend(ask)
        if ask.session:
            self._histories[ask.session] = history
            while len(self._histories) > SESSIONS:
                self._histories.popitem(last=False)
        reader = Reader(ask.route.prices, history.calls)
        told = history.told() if sends_as_given(ask.route) else None
        task = asyncio.create_task(self._run(ask, messages, told, reader))
        self._calls[ask.id] = task
        self._worker.active += 1
        task.add_done_callback(partial(self._ended, ask.id))

    def _ended(self, call: int, task: asyncio.Task[None]) -> None:
        del task
        self._calls.pop(call, None)
        self._worker.active -= 1
        self._worker.used = time.monotonic()

    async def _run(self, ask: Ask, messages: list[Dict], told: Told | None, reader: Reader) -> None:
        outbox = Outbox(ask.id, self.send)
        try:
            engine = await asyncio.shield(self._worker.engine)
            call = arguments(ask.route, ask.system, ask.tools, messages, ask.session)
            if told:
                told.stand_in(call["messages"], len(messages))
            await engine.answer(call, ask.route, reader, outbox.add)
            outbox.flush()
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - boundary: litellm raises whatever it meets
            outbox.flush()
            failed = failed_frame(ask.id, error_of(error, ask.route))
            self.send(replace(failed, usage=reader.spent()))
