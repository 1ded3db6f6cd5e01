"""Ports and the server loop: bound before anything starts, ended without leaving a stream open."""

import asyncio
import contextlib
import errno
import os
import signal
import socket
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from opencode.core.error import OpenCodeError
from opencode.server.stream.feed import Feed

_GRACE = 3
"""Seconds that answers under way get at the end."""
_IDLE = 40
"""Seconds a connection may be open without a whole request: longer than clients keep one."""
_TAKEN = {
    errno.EADDRINUSE,
    *(getattr(errno, name, errno.EADDRINUSE) for name in ("WSAEADDRINUSE", "WSAEACCES")),
}
"""Windows has names of its own for it."""


class PortTaken(OpenCodeError):
    """Somebody else listens there."""

    code = "server.port"


def bind(host: str, port: int, *, usual: int) -> socket.socket:
    """A listening socket. Port 0 is the `usual` one or the next free one, any when ten are taken; a
    port that was asked for and is taken is PortTaken."""
    for candidate in (port,) if port else (*range(usual, min(usual + 10, 65_536)), 0):
        with contextlib.suppress(_Taken):
            return _bind(host, candidate)
    raise PortTaken(f"Port {port} on {host} is in use.", hint="Choose another one with --port.")


def address(listener: socket.socket) -> str:
    """Where it is reached, as a URL without a path."""
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


class _Taken(Exception):
    """That port is not free."""


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named: asyncio turns off the delay of small writes (40 ms) only then.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host.strip("[]"), port))
        listener.listen(512)
    except OSError as error:
        listener.close()
        if error.errno in _TAKEN:
            raise _Taken from None
        words = error.strerror or str(error)
        raise OpenCodeError(f"Cannot listen on {host}:{port}: {words}.") from None
    listener.setblocking(False)
    return listener


class _Server(uvicorn.Server):
    """Leaves signals alone: whoever opened the workspace must be able to close it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Nothing is captured."""
        yield


class _Connection(H11Protocol):
    """Let go when its request does not come whole in time: each one open holds a file of ours."""

    _clock: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        """The first request may be waited for."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """The clock runs while what came is less than a request."""
        super().data_received(data)
        under_way: RequestResponseCycle | None = getattr(self, "cycle", None)
        is_answering = under_way is not None and not under_way.response_complete
        if is_answering or self.transport.get_protocol() is not self:
            self._stop()
        elif self._clock is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any longer."""
        self._stop()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._clock = self.loop.call_later(self.timeout_keep_alive, self.transport.close)

    def _stop(self) -> None:
        if self._clock:
            self._clock.cancel()
            self._clock = None


@asynccontextmanager
async def running(
    app: Starlette, listener: socket.socket, idle: int = _IDLE
) -> AsyncGenerator[asyncio.Task[None]]:
    """The app, answering, until the block ends; the task ends earlier only if serving fails. A
    connection may be `idle` seconds without a request. What proxies say of a caller is not
    believed: anybody can say it."""
    config = uvicorn.Config(
        app,
        http=_Connection,
        proxy_headers=False,
        timeout_keep_alive=idle,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="on",
        ws="websockets-sansio",
        ws_max_size=1024 * 1024,
        timeout_graceful_shutdown=_GRACE,
    )
    server = _Server(config)
    with listener:
        async with _serving(server, app, listener) as task:
            yield task


@asynccontextmanager
async def _serving(
    server: uvicorn.Server, app: Starlette, listener: socket.socket
) -> AsyncGenerator[asyncio.Task[None]]:
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(server.serve([listener]))
        try:
            yield serving
        finally:
            feed: Feed = app.state.feed
            feed.close()
            server.should_exit = True


async def until_told() -> None:
    """Return at Ctrl-C or SIGTERM."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    names = [signal.SIGINT, signal.SIGTERM]
    before = {name: signal.getsignal(name) for name in names}

    def tell(number: int, frame: object) -> None:
        del number, frame
        loop.call_soon_threadsafe(told.set)

    for name in names:
        signal.signal(name, tell)
    try:
        await told.wait()
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
