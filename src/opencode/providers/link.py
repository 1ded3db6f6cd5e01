"""A connection to the worker: calls that wait on it, and what the worker knows by heart."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable

import msgspec

from opencode.core.provider import ModelRequest
from opencode.providers.frames import (
    SESSIONS,
    Ask,
    FromWorker,
    Route,
    Splitter,
    ToWorker,
    Welcome,
    pack,
)

_decoder = msgspec.msgpack.Decoder[FromWorker](FromWorker)
_encoder = msgspec.msgpack.Encoder()


class Link:
    """One connection to a worker and the calls that wait on it."""

    def __init__(self) -> None:
        self.calls: dict[int, asyncio.Queue[FromWorker | None]] = {}
        self.sent: OrderedDict[str, Sent] = OrderedDict()
        self.welcomed = False
        self.alive = True
        self.write: Callable[[bytes], object] = len
        self.close: Callable[[], object] = int

    def send(self, frame: ToWorker) -> None:
        """To the worker; when it is gone the calls have been told already."""
        if self.alive:
            self.write(pack(frame))

    def received(self, body: bytes) -> None:
        """One frame from the worker."""
        frame = _decoder.decode(body)
        if isinstance(frame, Welcome):
            self.welcomed = True
        elif queue := self.calls.get(frame.id):
            queue.put_nowait(frame)

    def lost(self) -> None:
        """The worker closed its end, or died."""
        self.alive = False
        for queue in self.calls.values():
            queue.put_nowait(None)


class Sent:
    """What the worker has of one conversation: a hash a message, and how often it was asked."""

    def __init__(self) -> None:
        self.hashes: list[int] = []
        self.version = 0


class PipeProtocol(asyncio.SubprocessProtocol):
    """A worker of our own, over its stdin and stdout."""

    def __init__(self, link: Link) -> None:
        self._link, self._splitter = link, Splitter()
        self.ended = asyncio.Event()

    def pipe_data_received(self, fd: int, data: bytes | str) -> None:
        if isinstance(data, bytes):
            for body in self._splitter.feed(data):
                self._link.received(body)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        if self._link.alive:
            self._link.lost()

    def process_exited(self) -> None:
        self.ended.set()


def ask(link: Link, number: int, route: Route, request: ModelRequest) -> Ask:
    """The request, without the messages the worker has from the last one."""
    encoded = [_encoder.encode(message) for message in request.messages]
    hashes = [hash(message) for message in encoded]
    sent = link.sent.pop(request.session, None) or Sent()
    pairs = enumerate(zip(sent.hashes, hashes, strict=False))
    differs = (index for index, (old, new) in pairs if old != new)
    keep = next(differs, min(len(sent.hashes), len(hashes)))
    ask = Ask(
        number,
        route,
        request.system,
        request.tools,
        request.session,
        [msgspec.Raw(message) for message in encoded[keep:]],
        keep,
        sent.version,
    )
    if request.session:
        sent.hashes, sent.version = hashes, (sent.version if keep else 0) + 1
        link.sent[request.session] = sent
        while len(link.sent) > SESSIONS:
            link.sent.popitem(last=False)
    return ask
