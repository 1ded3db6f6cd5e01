"""What opencode and its model worker say to each other: framed msgpack over a stream of bytes."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Raw, Struct, field

from opencode.core.delta import Delta, Usage
from opencode.core.provider import ToolSpec
from opencode.providers.facts import Prices

SESSIONS = 16
"""Conversations per client of which the worker remembers the history."""
_LENGTH = 4
_MOST = 512 * 1024 * 1024


class Clocks(Struct, frozen=True):
    """How long a provider may take, in seconds."""

    connect: float = 15.0
    first_event: float = 120.0
    between_events: float = 90.0


class Route(Struct, frozen=True, omit_defaults=True):
    """How to reach a model. The key travels with each request and is kept nowhere."""

    model: str
    """As litellm calls it, with the prefix that chooses the wire."""
    provider: str
    """The provider's name, for people."""
    id: str = ""
    """The provider's id."""
    api_key: str = ""
    key_env: str = ""
    """The variable a person would set, for advice."""
    base_url: str = ""
    url_argument: str = "api_base"
    """What litellm calls the address."""
    more: dict[str, str] = field(default_factory=dict)
    """What litellm wants besides: regions, versions, credentials that are no key."""
    headers: dict[str, str] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    prices: Prices = field(default_factory=Prices)
    clocks: Clocks = field(default_factory=Clocks)
    effort: str = ""
    temperature: float | None = None
    max_tokens: int | None = None
    markers: bool = False
    thinks: bool = False
    echoes: bool = False
    sealed: str = ""
    """The model as messages call it, when its sealed thoughts go back to it alone."""
    affinity: bool = False
    initiator: bool = False
    """Wants to hear whether a person or the agent asks, and of pictures (GitHub Copilot)."""


class Hello(Struct, frozen=True, tag="hello"):
    """First words of a client: it could read the secret."""

    secret: str


class Ask(Struct, frozen=True, tag="ask"):
    """One call to a model. Of the history only the end is sent when the worker has the rest."""

    id: int
    route: Route
    system: str
    tools: list[ToolSpec]
    session: str
    messages: list[Raw]
    """Encoded `core.message.Message`s, appended to the first `keep` of the call before."""
    keep: int = 0
    version: int = 0
    """Calls this client made for the session before; the worker must have counted the same."""


class Cancel(Struct, frozen=True, tag="cancel"):
    """Close the provider's connection now."""

    id: int


class Ping(Struct, frozen=True, tag="ping"):
    """Are you there? Answered by Pong, also while litellm is being imported."""

    id: int


class Welcome(Struct, frozen=True, tag="welcome"):
    """The secret was right."""


class Pong(Struct, frozen=True, tag="pong"):
    """Still here; `ready` when litellm is imported, `active` streams of all clients."""

    id: int
    pid: int
    ready: bool
    active: int


class Deltas(Struct, frozen=True, tag="deltas"):
    """Pieces of one call's stream, in order."""

    id: int
    items: list[Delta]


class Failed(Struct, frozen=True, tag="failed"):
    """A call's stream ended in an error: `code` of core.error and what it carries."""

    id: int
    code: str
    message: str
    hint: str = ""
    status: int = 0
    retry_after: float | None = None
    usage: Usage = field(default_factory=Usage)
    """What was used until then."""


class Again(Struct, frozen=True, tag="again"):
    """The worker does not have the history that was left out: send it whole."""

    id: int


ToWorker = Hello | Ask | Cancel | Ping
FromWorker = Welcome | Pong | Deltas | Failed | Again
_encoder = msgspec.msgpack.Encoder()


def pack(frame: ToWorker | FromWorker) -> bytes:
    """The frame with its length before it."""
    body = _encoder.encode(frame)
    return len(body).to_bytes(_LENGTH, "big") + body


class Splitter:
    """Cuts a stream of bytes into the bodies of frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The bodies that are complete now; ValueError for a length no frame has."""
        self._buffer += data
        bodies: list[bytes] = []
        start = 0
        while len(self._buffer) - start >= _LENGTH:
            size = int.from_bytes(self._buffer[start : start + _LENGTH], "big")
            if size > _MOST:
                raise ValueError("not a frame")
            end = start + _LENGTH + size
            if len(self._buffer) < end:
                break
            bodies.append(bytes(self._buffer[start + _LENGTH : end]))
            start = end
        del self._buffer[:start]
        return bodies


class FrameProtocol(asyncio.Protocol):
    """An asyncio protocol that hands whole bodies on; a stream that is no stream of frames ends."""

    def __init__(
        self,
        received: Callable[[bytes], None],
        lost: Callable[[], None],
    ) -> None:
        self._received, self._lost = received, lost
        self._splitter = Splitter()
        self._transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        try:
            for body in self._splitter.feed(data):
                self._received(body)
        except (ValueError, msgspec.MsgspecError):
            if self._transport:
                self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._lost()
