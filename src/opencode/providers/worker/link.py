"""A connection to the worker: calls that wait on it, and what the worker knows by heart."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from operator import is_

import msgspec

from opencode.core.message import Message
from opencode.core.provider import ModelRequest
from opencode.providers.worker.frames import (
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
_FRESH = 4
"""The newest messages: an answer that still grows, calls that wait, words put in."""


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
    """What the worker has of one conversation, by hash, and how often it was asked."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.hashes: list[int] = []
        self.version = 0

    def same(self, messages: Sequence[Message]) -> int:
        """How many of these, from the first on, are the very ones that are there already."""
        if all(map(is_, self.messages, messages)):
            return min(len(self.messages), len(messages))
        pairs = enumerate(zip(self.messages, messages, strict=False))
        return next(place for place, (one, other) in pairs if one is not other)


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
    """The request, without the messages the worker has from the last one. Of a conversation only
    the newest messages may change, older ones are replaced: they are known again as they are."""
    messages = request.messages
    sent = link.sent.pop(request.session, None) or Sent()
    known = max(min(sent.same(messages), len(messages) - _FRESH), 0)
    encoded = [_encoder.encode(message) for message in messages[known:]]
    hashes = [*sent.hashes[:known], *map(hash, encoded)]
    pairs = zip(sent.hashes[known:], hashes[known:], strict=False)
    keep = known + next(
        (place for place, (old, new) in enumerate(pairs) if old != new),
        min(len(sent.hashes), len(hashes)) - known,
    )
    ask = Ask(
        number,
        route,
        request.system,
        request.tools,
        request.session,
        [msgspec.Raw(message) for message in encoded[keep - known :]],
        keep,
        sent.version,
    )
    if request.session:
        sent.messages, sent.hashes = messages, hashes
        sent.version = (sent.version if keep else 0) + 1
        link.sent[request.session] = sent
        while len(link.sent) > SESSIONS:
            link.sent.popitem(last=False)
    return ask
