"""The model worker as seen from here: started early, shared, restarted, cancelled through."""

import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from itertools import count
from pathlib import Path
from typing import Any

from opencode.core.delta import Delta, Finish
from opencode.core.error import ProviderError, Unavailable
from opencode.core.provider import ModelRequest
from opencode.providers.errors import error_from
from opencode.providers.worker.frames import (
    Again,
    Cancel,
    Deltas,
    Failed,
    FrameProtocol,
    Hello,
    Ping,
    Pong,
    Route,
)
from opencode.providers.worker.launch import (
    command,
    environment,
    key_of,
    open_log,
    peer_is_ours,
    start_shared,
)
from opencode.providers.worker.link import Link, PipeProtocol, ask

_STILLBORN = 2
_APART: dict[str, Any] = (
    {"creationflags": 0x08000000}  # no console window
    if sys.platform == "win32"
    else {"start_new_session": True}  # Ctrl-C is ours to handle
)


class _Lost(Exception):
    """The connection to the worker broke."""


class Remote:
    """The way to the worker. `start` it early; it starts itself when it must."""

    def __init__(self, runtime: Path | None, keep: float, env: Mapping[str, str]) -> None:
        self._runtime, self._keep, self._env = runtime, keep, env
        self._link: Link | None = None
        self._pipe: tuple[asyncio.SubprocessTransport, PipeProtocol] | None = None
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
        """How the worker is. One that went to rest this very moment is followed by another."""
        link = await self._connected()
        pong = await self._asked(link)
        if pong is None and link.welcomed:
            link = await self._connected()
            pong = await self._asked(link)
        if pong is None:
            raise self._gone(link)
        return pong

    async def _asked(self, link: Link) -> Pong | None:
        number = next(self._numbers)
        queue = link.calls[number] = asyncio.Queue()
        try:
            link.send(Ping(number))
            frame = await queue.get()
        finally:
            del link.calls[number]
        return frame if isinstance(frame, Pong) else None

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
            link.send(ask(link, number, route, request))
            while not over:
                match await queue.get():
                    case Deltas() as frame:
                        for delta in frame.items:
                            over = over or isinstance(delta, Finish)
                            yield delta
                    case Failed() as frame:
                        over = True
                        error = error_from(frame)
                        error.usage = frame.usage
                        raise error
                    case Again():
                        link.sent.pop(request.session, None)
                        link.send(ask(link, number, route, request))
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
            with contextlib.suppress(OSError):  # one that said nothing leaves nothing behind
                log = self._folder / f"worker-{os.getpid()}.log"
                if not log.stat().st_size:
                    log.unlink()

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
                lambda: PipeProtocol(link),
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
