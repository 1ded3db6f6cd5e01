"""The worker's end of a pipe to its starter; threads, because not every system's pipes can wait."""

import asyncio
import os
import queue
import sys
import threading
from collections.abc import Callable
from typing import Protocol

from opencode.providers.worker.frames import Splitter

_PIECE = 256 * 1024


class Served(Protocol):
    """Who speaks at the other end."""

    write: Callable[[bytes], object]

    def received(self, body: bytes) -> None:
        """One frame."""
        ...


async def serve_pipe(peer: Served) -> None:
    """Serve stdin and stdout until the starter closes them, which its death does too."""
    loop = asyncio.get_running_loop()
    out = os.dup(1)
    os.dup2(2, 1)  # what a library prints must not get among the frames
    waiting: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    peer.write = waiting.put

    def write() -> None:
        try:
            while data := waiting.get():
                view = memoryview(data)
                while view:
                    view = view[os.write(out, view) :]
        except OSError:
            os._exit(0)

    def read() -> None:
        splitter = Splitter()
        stdin = sys.stdin.fileno()
        while data := os.read(stdin, _PIECE):
            for body in splitter.feed(data):
                loop.call_soon_threadsafe(peer.received, body)
        os._exit(0)  # the owner is gone; connections close with us

    threading.Thread(target=write, daemon=True).start()
    threading.Thread(target=read, daemon=True).start()
    await loop.create_future()
