"""How the scripted model service spoils a stream; the kinds stand in model_server's docstring."""

import asyncio
import contextlib
import json
import socket
import struct
from typing import Any

from opencode.tests.fakes.model_wires import COMMENT, Wire, error_reply


class Gone(Exception):
    """The client closed its end."""


class Stream:
    """One streamed reply; every wait notices a client that leaves."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._left = asyncio.ensure_future(reader.read(1))

    async def open(self, wire: Wire, headers: dict[str, str]) -> None:
        kinds = {"ollama": "application/x-ndjson", "bedrock": "application/vnd.amazon.eventstream"}
        kind = kinds.get(wire, "text/event-stream")
        more = "".join(f"{k}: {v}\r\n" for k, v in headers.items())
        self.writer.write(
            f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\n{more}"
            "transfer-encoding: chunked\r\n\r\n".encode()
        )
        await self.drain()

    async def write(self, data: bytes) -> None:
        if data:
            self.writer.write(b"%x\r\n%b\r\n" % (len(data), data))
            await self.drain()

    async def drain(self) -> None:
        if self._left.done() or self.writer.is_closing():
            raise Gone
        await self.writer.drain()

    async def sleep(self, seconds: float) -> None:
        done, _ = await asyncio.wait({self._left}, timeout=seconds)
        if done:
            raise Gone

    def reset(self) -> None:
        linger = struct.pack("ii", 1, 0)
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.writer.transport.abort()

    async def end(self) -> None:
        self.writer.write(b"0\r\n\r\n")
        await self.drain()

    async def close(self) -> None:
        self._left.cancel()
        with contextlib.suppress(asyncio.CancelledError, ConnectionError):
            await self._left


async def spoil(
    stream: Stream, wire: Wire, pieces: list[bytes | float], turn: dict[str, Any]
) -> None:
    fault = turn.get("fault", {})
    kind, after = fault.get("kind", ""), fault.get("after", 0)
    good, rest = (pieces[:after], pieces[after:]) if kind else (pieces, [])
    pause = turn.get("pause", 0)
    if not pause and kind != "split" and not any(isinstance(p, float) for p in good):
        good = [b"".join(good[i : i + 64]) for i in range(0, len(good), 64)]
    for piece in good:
        await (stream.sleep(piece) if isinstance(piece, float) else stream.write(piece))
        if pause:
            await stream.sleep(pause)
    data = [piece for piece in rest if isinstance(piece, bytes)]
    match kind:
        case "cut":
            if fault.get("mid") and data:
                await stream.write(data[0][: len(data[0]) // 2])
            await stream.sleep(0.02)
            stream.reset()
            return
        case "silence":
            await stream.sleep(86_400)
        case "comments":
            while True:
                await stream.write(COMMENT[wire])
                await stream.sleep(fault.get("every", 0.05))
        case "trickle" | "split":
            size = fault.get("size", 1)
            whole = b"".join(data)
            for start in range(0, len(whole), size):
                await stream.write(whole[start : start + size])
                await stream.sleep(fault.get("every", 1.0) if kind == "trickle" else 0)
        case _:
            for piece in altered(wire, kind, data, fault):
                await stream.write(piece)
    await stream.end()


def altered(wire: Wire, kind: str, data: list[bytes], fault: dict[str, Any]) -> list[bytes]:
    first, rest = data[:1], data[1:]
    match kind:
        case "bad_json":
            broken = b'{"broken: [\n' if wire == "ollama" else b'data: {"broken: [\n\n'
            return [broken, *rest]
        case "bad_utf8":
            return [b"".join(first).replace(b'"}', b'\xff\xc3"}', 1), *rest]
        case "error":
            text = fault.get("message", "Overloaded")
            data = error_reply(wire, 529, text)
            if wire == "responses":
                data = {"type": "error", "sequence_number": 99, "param": None, **data["error"]}
            reply = json.dumps(data).encode()
            event = b"event: error\n" if wire == "anthropic" else b""
            return [reply + b"\n" if wire == "ollama" else event + b"data: " + reply + b"\n\n"]
        case "duplicate":
            return [*first, *data]
        case "swap":
            return [*data[1:2], *first, *data[2:]]
        case "huge":
            return [COMMENT[wire][:-2] + b" " * fault.get("size", 1_000_000) + b"\n\n", *data]
        case "crlf":
            return [piece.replace(b"\n", b"\r\n") for piece in data]
        case _:
            return []
