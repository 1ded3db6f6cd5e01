"""The model worker: a process of its own in which litellm lives, shared by a user's opencodes."""

import argparse
import asyncio
import contextlib
import gc
import importlib
import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from opencode.host.certificates import bundle
from opencode.providers.worker.frames import FrameProtocol
from opencode.providers.worker.launch import peer_is_ours, try_lock, unlock
from opencode.providers.worker.peer import Peer
from opencode.providers.worker.pipes import serve_pipe

_CLIENTS_KEPT = 20.0
"""Seconds of rest after which connections to providers are closed."""


class Worker:
    """The process: imports litellm beside its loop, serves peers, ends itself after a rest."""

    def __init__(self, keep: float) -> None:
        self.keep = keep
        self.active = 0
        self.used = time.monotonic()
        self.peers: set[Peer] = set()
        self.engine: asyncio.Task[Any] = asyncio.create_task(asyncio.to_thread(_load))
        self._warm = asyncio.create_task(self._warm_up())

    @property
    def ready(self) -> bool:
        """Whether litellm is imported."""
        return self.engine.done()

    def join(self, secret: str = "") -> Peer:
        """A new client; without a secret it is the one that started us."""
        peer = Peer(self, secret)
        self.peers.add(peer)
        self.used = time.monotonic()
        return peer

    def left(self, peer: Peer) -> None:
        """A client went away."""
        self.peers.discard(peer)

    def accept(self, secret: str) -> asyncio.Protocol:
        """A protocol for a connection to the socket."""
        return _Accepted(self.join(secret))

    async def rest(self, may_end: Callable[[], bool]) -> None:
        """Return when nothing was asked for `keep` seconds and `may_end` agrees."""
        dropped = True
        while True:
            await asyncio.sleep(min(2.0, self.keep / 4))
            if not self.ready:
                self.used = time.monotonic()  # the import holds up whoever knocks meanwhile
            idle = 0.0 if self.active else time.monotonic() - self.used
            if idle < _CLIENTS_KEPT and (self.peers or not idle):
                dropped = False
            elif not dropped and self.ready:
                dropped = True
                await (await self.engine).drop_clients()
            if idle > self.keep and may_end():
                return

    async def _warm_up(self) -> None:
        engine = await asyncio.shield(self.engine)
        if not self.active:
            await engine.warm_up()


def _load() -> Any:
    gc.disable()
    try:
        engine = importlib.import_module("opencode.providers.wire.litellm")
        engine.settle()
    finally:
        gc.enable()
    gc.collect()
    gc.freeze()
    return engine


class _Accepted(FrameProtocol):
    """A client on the socket; one of another user is sent away."""

    def __init__(self, peer: Peer) -> None:
        super().__init__(peer.received, peer.lost)
        self._peer = peer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        assert isinstance(transport, asyncio.WriteTransport)
        self._peer.write, self._peer.close = transport.write, transport.close
        if not peer_is_ours(transport.get_extra_info("socket")):
            transport.close()


async def serve_socket(worker: Worker, number: int, path: Path, secret: str) -> None:
    """Serve the listening socket we were started with until it is time to rest."""
    listener = socket.socket(fileno=number)
    listener.setblocking(False)
    loop = asyncio.get_running_loop()
    server = await loop.create_unix_server(lambda: worker.accept(secret), sock=listener)
    lock = path.with_suffix(".lock")

    def may_end() -> bool:
        held = try_lock(lock)
        if held is None:
            return False  # somebody is about to connect
        path.unlink(missing_ok=True)
        unlock(held)
        return True

    async with server:
        await worker.rest(may_end)


def trust_what_the_user_does() -> None:
    """litellm and the libraries below it take certificates from one file that a variable names."""
    with contextlib.suppress(OSError):
        if path := bundle(Path.cwd()):
            os.environ["SSL_CERT_FILE"] = os.environ["REQUESTS_CA_BUNDLE"] = str(path)
    if sys.platform == "darwin":
        importlib.import_module("truststore").inject_into_ssl()


async def main(arguments_given: list[str]) -> None:
    """Serve a pipe to our starter, or a socket for all of the user's opencodes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--socket", type=int, default=-1)
    parser.add_argument("--path", type=Path, default=Path())
    parser.add_argument("--keep", type=float, default=300.0)
    options = parser.parse_args(arguments_given)
    trust_what_the_user_does()
    worker = Worker(options.keep)
    if options.socket < 0:
        await serve_pipe(worker.join())
    else:
        secret = await asyncio.to_thread(options.path.with_suffix(".secret").read_text, "ascii")
        await serve_socket(worker, options.socket, options.path, secret)
    os._exit(0)  # nothing here needs an orderly end, and litellm's import may still be running


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(sys.argv[1:]))
