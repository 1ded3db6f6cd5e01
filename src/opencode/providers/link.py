"""A connection to the worker: calls that wait on it, and what the worker knows by heart."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable

import msgspec

from opencode.core.message import Message
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

    def hash(self, place: int, message: Message) -> int | None:
        """The hash of that message, if it was there already."""
        known = place < len(self.messages) and self.messages[place] is message
        return self.hashes[place] if known else None


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
    messages, settled = request.messages, len(request.messages) - _FRESH
    sent = link.sent.pop(request.session, None) or Sent()
    encoded: dict[int, bytes] = {}
    hashes: list[int] = []
    for place, message in enumerate(messages):
        known = sent.hash(place, message) if place < settled else None
        if known is None:
            encoded[place] = _encoder.encode(message)
            known = hash(encoded[place])
        hashes.append(known)
    pairs = enumerate(zip(sent.hashes, hashes, strict=False))
    differs = (index for index, (old, new) in pairs if old != new)
    keep = next(differs, min(len(sent.hashes), len(hashes)))
    new = [
        encoded.get(place) or _encoder.encode(messages[place])
        for place in range(keep, len(messages))
    ]
    ask = Ask(
        number,
        route,
        request.system,
        request.tools,
        request.session,
        [msgspec.Raw(message) for message in new],
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
