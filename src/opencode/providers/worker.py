"""The model worker: a process of its own in which litellm lives, shared by a user's opencodes."""

import argparse
import asyncio
import contextlib
import gc
import hmac
import importlib
import os
import socket
import sys
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from opencode.core.delta import Delta, Drafting, ReasoningDelta, TextDelta
from opencode.core.message import Message
from opencode.providers.convert import Dict, arguments, message_dicts
from opencode.providers.errors import error_of, failed_frame
from opencode.providers.frames import (
    SESSIONS,
    Again,
    Ask,
    Cancel,
    Deltas,
    FrameProtocol,
    FromWorker,
    Hello,
    Ping,
    Pong,
    ToWorker,
    Welcome,
    pack,
)
from opencode.providers.launch import peer_is_ours, try_lock, unlock
from opencode.providers.pipes import serve_pipe

_PACE = 0.015
"""Seconds between frames of one stream: enough for eyes, cheap for the reader."""
_CLIENTS_KEPT = 20.0
"""Seconds of rest after which connections to providers are closed."""

_decoder = msgspec.msgpack.Decoder[ToWorker](ToWorker)
_messages = msgspec.msgpack.Decoder(Message)


class History:
    """One conversation as it was last asked about, converted, so that a step adds only its own."""

    def __init__(self, *, thinks: bool) -> None:
        self.thinks, self.version = thinks, 0
        self._pieces: list[list[Dict]] = []

    def extend(self, ask: Ask) -> list[Dict]:
        """Cut to what is kept, add what is new, and return the whole."""
        del self._pieces[ask.keep :]
        self._pieces.extend(
            message_dicts(_messages.decode(raw), thinks=self.thinks) for raw in ask.messages
        )
        self.version = (ask.version if ask.keep else 0) + 1
        return [piece for pieces in self._pieces for piece in pieces]


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

    def __init__(self, worker: "Worker", secret: str) -> None:
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
                self.send(Welcome(os.getpid()))
        if not self._trusted:
            self.close()
        elif isinstance(frame, Ask):
            self._start(frame)
        elif isinstance(frame, Ping):
            self.send(Pong(frame.id, self._worker.ready, self._worker.active))
        elif isinstance(frame, Cancel) and (task := self._calls.get(frame.id)):
            task.cancel()

    def lost(self) -> None:
        """The client closed its end: its calls stop."""
        for task in self._calls.values():
            task.cancel()
        self._worker.left(self)

    def _start(self, ask: Ask) -> None:
        history = self._histories.pop(ask.session, None)
        if ask.keep and (
            history is None or history.version != ask.version or history.thinks != ask.route.thinks
        ):
            self.send(Again(ask.id))
            return
        if history is None or not ask.keep:
            history = History(thinks=ask.route.thinks)
        messages = history.extend(ask)
        if ask.session:
            self._histories[ask.session] = history
            while len(self._histories) > SESSIONS:
                self._histories.popitem(last=False)
        task = asyncio.create_task(self._run(ask, messages))
        self._calls[ask.id] = task
        self._worker.active += 1
        task.add_done_callback(partial(self._ended, ask.id))

    def _ended(self, call: int, task: asyncio.Task[None]) -> None:
        del task
        self._calls.pop(call, None)
        self._worker.active -= 1
        self._worker.used = time.monotonic()

    async def _run(self, ask: Ask, messages: list[Dict]) -> None:
        outbox = Outbox(ask.id, self.send)
        try:
            engine = await asyncio.shield(self._worker.engine)
            call = arguments(ask.route, ask.system, ask.tools, messages, ask.session)
            await engine.answer(call, ask.route, outbox.add)
            outbox.flush()
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - boundary: litellm raises whatever it meets
            outbox.flush()
            self.send(failed_frame(ask.id, error_of(error, ask.route)))


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
        engine = importlib.import_module("opencode.providers.litellm")
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


async def main(arguments_given: list[str]) -> None:
    """Serve a pipe to our starter, or a socket for all of the user's opencodes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--socket", type=int, default=-1)
    parser.add_argument("--path", type=Path, default=Path())
    parser.add_argument("--keep", type=float, default=300.0)
    options = parser.parse_args(arguments_given)
    worker = Worker(options.keep)
    if options.socket < 0:
        await serve_pipe(worker.join())
    else:
        secret = await asyncio.to_thread(options.path.with_suffix(".secret").read_text, "ascii")
        await serve_socket(worker, options.socket, options.path, secret)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(sys.argv[1:]))
