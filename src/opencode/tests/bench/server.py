"""What `opencode serve` costs and keeps up with; beside the original's server where
OPENCODE_REFERENCE names its program."""

import asyncio
import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Any

import httpx

from opencode.core.ids import new_session_id, short_id
from opencode.tests.bench.table import Row, show

READERS, SESSIONS, LISTED, RUNS = 200, 50, 5_000, 5
PIECES = [*({"text": f"word{n} "} for n in range(60)), {"finish": "stop"}]
SLOW = [entry for piece in PIECES for entry in (piece, {"sleep": 0.02})]
LONG = [*({"text": f"{n % 9973:04}"} for n in range(100_000)), {"finish": "stop"}]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        env |= {"HOME": folder, "OPENCODE_DATA_DIR": f"{folder}/data"}
        rows = [*_starting(here, env), *asyncio.run(_keeping_up(here, env))]
    show("The server", rows)


def _starting(here: Path, env: dict[str, str]) -> Iterator[Row]:
    ours = [sys.executable, "-m", "opencode", "serve", "-m", "offline/rules"]
    theirs = os.environ.get("OPENCODE_REFERENCE", "")
    seconds, memory = _start(ours, here, env)
    if not theirs:
        yield Row("start to /global/health (no OPENCODE_REFERENCE)", seconds, "s", 2.0)
        yield Row("idle memory (no OPENCODE_REFERENCE)", memory, "MB", 150)
        return
    reference, size = _start([theirs, "serve"], here, env)
    yield Row("start to /global/health, ours to theirs", seconds / reference, "x", 0.5)
    yield Row("idle memory, ours to theirs", memory / size, "x", 0.2)
    print(f"\n  ours {seconds:.2f} s, {memory:.0f} MB; theirs {reference:.2f} s, {size:.0f} MB")


def _start(command: list[str], here: Path, env: dict[str, str]) -> tuple[float, float]:
    """Median seconds until it answers, and its proportional memory 3 s later."""
    times: list[float] = []
    sizes: list[float] = []
    for run in range(RUNS + 1):
        port = _free()
        began = time.perf_counter()
        with _running([*command, "--port", str(port)], here, env) as process:
            while not _answers(port):
                time.sleep(0.005)
            if run:
                times.append(time.perf_counter() - began)
            if run == RUNS:
                time.sleep(3)
                sizes.append(_megabytes(process.pid))
    return statistics.median(times), sizes[0]


@contextlib.contextmanager
def _running(command: list[str], here: Path, env: dict[str, str]) -> Iterator[Any]:
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, cwd=here, env=env, **quiet)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as one:
        one.sendall(f"GET /global/health HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        return b" 200 " in one.recv(64)
    return False


def _megabytes(pid: int) -> float:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text("utf-8")
    return int(rollup.split("\nPss:")[1].split()[0]) / 1024


def _free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


async def _keeping_up(here: Path, env: dict[str, str]) -> list[Row]:
    rows: list[Row] = []
    async with _serving(here, env, [SLOW]) as http:
        rows += await _many_readers(http)
    async with _serving(here, env, [SLOW] * SESSIONS) as http:
        began = time.perf_counter()
        ended = await asyncio.gather(*(_prompt(http) for _ in range(SESSIONS)))
        lasted = time.perf_counter() - began
        alone = 0.02 * len(PIECES)
        whole = "".join(piece.get("text", "") for piece in PIECES)
        assert all(one == whole for one in ended)
        rows.append(Row(f"{SESSIONS} sessions at once, to one alone", lasted / alone, "x", 3))
    async with _serving(here, env, [PIECES] * 21 + [LONG]) as http:
        rows += await _openai(http)
    await asyncio.to_thread(_fill, here)
    async with _serving(here, env, []) as http:
        assert len((await http.get("/session?limit=0")).json()) >= LISTED
        times = [await _timed(http.get("/session")) for _ in range(6)]
        listed = statistics.median(times[1:]) * 1000
        rows.append(Row(f"GET /session with {LISTED:,} sessions", listed, "ms", 100))
    return rows


@contextlib.asynccontextmanager
async def _serving(
    here: Path, env: dict[str, str], script: list[Any]
) -> AsyncGenerator[httpx.AsyncClient]:
    file, port = here / "script.json", _free()
    file.write_text(json.dumps(script))
    words = ["serve", "--openai", "-m", f"scripted/{file}", "-p", str(port)]
    limits = httpx.Limits(max_connections=None)
    with _running([sys.executable, "-m", "opencode", *words], here, env):
        while not await asyncio.to_thread(_answers, port):
            await asyncio.sleep(0.02)
        base = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=base, timeout=120, limits=limits) as http:
            yield http


async def _prompt(http: httpx.AsyncClient) -> str:
    session = (await http.post("/session")).json()["id"]
    answer = await http.post(f"/session/{session}/message", json={"content": "Go"})
    return str(answer.json()["content"])


async def _many_readers(http: httpx.AsyncClient) -> list[Row]:
    """Every reader gets every event in the same order; how far each is behind the first."""
    ready = asyncio.Barrier(READERS + 1)
    readers = [asyncio.create_task(_read(http, ready)) for _ in range(READERS)]
    await ready.wait()
    await _prompt(http)
    seen = await asyncio.gather(*readers)
    orders = {tuple(mark for mark, _ in one) for one in seen}
    assert len(orders) == 1, "readers saw different events"
    late: list[float] = []
    for row in zip(*seen, strict=True):
        first = min(at for _, at in row)
        late += [(at - first) * 1000 for _, at in row]
    late.sort()
    name = f"{READERS} readers of one busy session, P95 behind the first"
    return [Row(name, late[int(len(late) * 0.95)], "ms", 50)]


async def _read(http: httpx.AsyncClient, ready: asyncio.Barrier) -> list[tuple[str, float]]:
    found: list[tuple[str, float]] = []
    address = http.base_url
    reader, writer = await asyncio.open_connection(address.host, address.port)
    head = f"GET /event HTTP/1.1\r\nHost: {address.host}:{address.port}\r\n\r\n"
    writer.write(head.encode())
    await reader.readuntil(b"server.connected")
    await ready.wait()
    try:
        while True:
            line = await reader.readline()
            if line.startswith(b"id: "):
                found.append((line[4:].decode().strip(), time.perf_counter()))
            if line.startswith(b"event: session.idle"):
                return found
    finally:
        writer.close()


async def _openai(http: httpx.AsyncClient) -> list[Row]:
    body = {"model": "default", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
    firsts: list[float] = []
    plain = statistics.median([await _timed(http.get("/global/health")) for _ in range(20)])
    for _ in range(21):
        began = time.perf_counter()
        async with http.stream("POST", "/v1/chat/completions", json=body) as stream:
            async for line in stream.aiter_lines():
                if "word0" in line:
                    firsts.append(time.perf_counter() - began)
                    break
            await stream.aread() if not stream.is_stream_consumed else None
    answer = (await http.post("/v1/chat/completions", json=body)).content
    piece = next(line for line in answer.split(b"\n\n") if b'"content":"0' in line)
    words = json.loads(piece.removeprefix(b"data: "))["choices"][0]["delta"]["content"]
    own = len(LONG) * (len(piece) - len(words) + 4 + 2)
    ahead = (statistics.median(firsts[1:]) - plain) * 1000
    return [
        Row("first chunk of /v1/chat/completions behind a bare answer", ahead, "ms", 10),
        Row("400 kB answer, bytes to the model's own stream", len(answer) / own, "x", 1.5),
    ]


async def _timed(work: Any) -> float:
    began = time.perf_counter()
    (await work).raise_for_status()
    return time.perf_counter() - began


def _fill(here: Path) -> None:
    """Copies of one the server wrote, under ids of their own."""
    one = next(here.rglob("session_*.json"))
    text = one.read_text("utf-8")
    old = json.loads(text)["id"]
    for _ in range(LISTED):
        new = new_session_id()
        path = one.with_name(one.name.replace(short_id(old), short_id(new)))
        path.write_text(text.replace(old, new), "utf-8")


if __name__ == "__main__":
    main()
