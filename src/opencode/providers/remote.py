"""The model worker as seen from here: started early, shared, restarted, cancelled through."""

import asyncio
import contextlib
import os
import sys
import tempfile
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from opencode.core.delta import Delta, Finish
from opencode.core.error import ProviderError, Unavailable
from opencode.core.provider import ModelRequest
from opencode.providers.errors import error_from
from opencode.providers.frames import (
    SESSIONS,
    Again,
    Ask,
    Cancel,
    Deltas,
    Failed,
    FrameProtocol,
    FromWorker,
    Hello,
    Ping,
    Pong,
    Route,
    Splitter,
    ToWorker,
    Welcome,
    pack,
)
from opencode.providers.launch import (
    command,
    environment,
    key_of,
    open_log,
    peer_is_ours,
    start_shared,
)

_decoder = msgspec.msgpack.Decoder[FromWorker](FromWorker)
_encoder = msgspec.msgpack.Encoder()
_STILLBORN = 2
_APART: dict[str, Any] = (
    {"creationflags": 0x08000000}  # no console window
    if sys.platform == "win32"
    else {"start_new_session": True}  # Ctrl-C is ours to handle
)


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


class _Pipe(asyncio.SubprocessProtocol):
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


class _Lost(Exception):
    """The connection to the worker broke."""


class Remote:
    """The way to the worker. `start` it early; it starts itself when it must."""

    def __init__(self, runtime: Path | None, keep: float, env: Mapping[str, str]) -> None:
        self._runtime, self._keep, self._env = runtime, keep, env
        self._link: Link | None = None
        self._pipe: tuple[asyncio.SubprocessTransport, _Pipe] | None = None
        self._opening = asyncio.Lock()
        self._numbers = count(1)
        self._stillborn = 0
        """Workers in a row that died without a word."""

    @property
    def _folder(self) -> Path:
        return self._runtime or Path(tempfile.gettempdir())

    async def start(self) -> None:
        """Be connected to a worker, which is started if need be. Unavailable when it cannot."""
        await self._connected()

    async def ping(self) -> Pong:
        """How the worker is."""
        link = await self._connected()
        number = next(self._numbers)
        queue = link.calls[number] = asyncio.Queue()
        try:
            link.send(Ping(number))
            frame = await queue.get()
        finally:
            del link.calls[number]
        if not isinstance(frame, Pong):
            raise self._gone(link)
        return frame

    async def stream(self, route: Route, request: ModelRequest) -> AsyncGenerator[Delta]:
        """One attempt at one call. Closing the iterator closes the provider's connection."""
        link = await self._connected()
        rested, spoke = link.welcomed, False
        while True:
            try:
                async with aclosing(self._attempt(link, route, request)) as deltas:
                    async for delta in deltas:
                        spoke = True
                        yield delta
                return
            except _Lost:
                if spoke or not rested:
                    raise self._gone(link) from None
            # It ended itself, at rest, just as we asked: a new one is asked once.
            link, rested = await self._connected(), False

    async def _attempt(
        self, link: Link, route: Route, request: ModelRequest
    ) -> AsyncGenerator[Delta]:
        number, over = next(self._numbers), False
        queue = link.calls[number] = asyncio.Queue()
        try:
            link.send(_ask(link, number, route, request))
            while not over:
                match await queue.get():
                    case Deltas() as frame:
                        for delta in frame.items:
                            over = over or isinstance(delta, Finish)
                            yield delta
                    case Failed() as frame:
                        over = True
                        raise error_from(frame)
                    case Again():
                        link.sent.pop(request.session, None)
                        link.send(_ask(link, number, route, request))
                    case _:
                        raise _Lost
        finally:
            del link.calls[number]
            if not over:
                link.send(Cancel(number))

    async def close(self) -> None:
        """Leave the worker: a shared one rests and ends by itself, one of our own ends now."""
        if self._link:
            self._link.close()
            self._link = None
        if self._pipe:
            (transport, protocol), self._pipe = self._pipe, None
            with contextlib.suppress(ProcessLookupError):
                transport.kill()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(5):
                    await protocol.ended.wait()
            transport.close()

    async def _connected(self) -> Link:
        async with self._opening:
            if self._link and self._link.alive:
                return self._link
            if self._link and not self._link.welcomed:
                self._stillborn += 1
            await self.close()
            shared = self._runtime is not None and self._keep > 0
            try:
                self._link = await (self._share() if shared else self._own())
            except (OSError, TimeoutError) as error:
                raise Unavailable(f"The model worker could not be started: {error}") from error
            return self._link

    async def _share(self) -> Link:
        assert self._runtime is not None
        path = self._runtime / f"worker-{key_of(self._env)}.sock"
        loop = asyncio.get_running_loop()
        while True:
            link = Link()
            try:
                transport, _ = await loop.create_unix_connection(
                    lambda link=link: FrameProtocol(link.received, link.lost), str(path)
                )
            except (FileNotFoundError, ConnectionRefusedError):
                await start_shared(path, self._keep, self._env)
                continue
            link.write, link.close = transport.write, transport.close
            if not peer_is_ours(transport.get_extra_info("socket")):
                transport.close()
                raise OSError(f"{path} belongs to somebody else")
            link.send(Hello(path.with_suffix(".secret").read_text("ascii")))
            return link

    async def _own(self) -> Link:
        link = Link()
        folder = self._folder
        with open_log(folder, f"worker-{os.getpid()}") as log:
            transport, protocol = await asyncio.get_running_loop().subprocess_exec(
                lambda: _Pipe(link),
                *command(),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                cwd=folder,
                env=environment(self._env),
                **_APART,
            )
        pipe = transport.get_pipe_transport(0)
        assert isinstance(pipe, asyncio.WriteTransport)
        link.write = pipe.write
        self._pipe = (transport, protocol)
        link.send(Hello(""))
        return link

    def _gone(self, link: Link) -> ProviderError:
        if not link.welcomed and self._stillborn >= _STILLBORN:
            return ProviderError(
                "The model worker does not start",
                hint=f"Its last words are in {self._folder / 'worker-*.log'}.",
            )
        return Unavailable("The model worker stopped in the middle")


def _ask(link: Link, number: int, route: Route, request: ModelRequest) -> Ask:
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
