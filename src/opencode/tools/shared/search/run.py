"""Runs a search program: no shell, no input, its own process group, never longer than allowed."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Ended:
    """How it went."""

    code: int | None
    """None when it was ended by us."""
    complaint: str
    """The beginning of what it said on stderr."""
    cut: bool = False
    """It was ended for its time, or since `take` had enough."""


async def run(
    command: list[str], cwd: Path, take: Callable[[bytes], bool], seconds: float
) -> Ended:
    """Hand what it prints to `take` piece by piece, until it ends, `take` returns False, or
    `seconds` are over. Cancelling kills it. OSError when it cannot be started."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=cwd,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=os.name != "nt",
    )
    assert process.stdout is not None
    assert process.stderr is not None
    complaint = asyncio.create_task(_head(process.stderr))
    try:
        async with asyncio.timeout(seconds):
            while chunk := await process.stdout.read(65_536):
                if not take(chunk):
                    return Ended(None, "", cut=True)
            code = await process.wait()
            return Ended(code, (await complaint).decode(errors="replace"))
    except TimeoutError:
        return Ended(None, "", cut=True)
    finally:
        await _end(process, complaint)


async def _head(stream: asyncio.StreamReader) -> bytes:
    """The beginning of what is said; the rest is read and forgotten, so that nobody waits."""
    head = b""
    while chunk := await stream.read(65_536):
        head = (head + chunk)[:20_000]
    return head


async def _end(process: asyncio.subprocess.Process, complaint: asyncio.Task[bytes]) -> None:
    """No search outlives its caller, whatever ended it."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            if os.name == "nt":
                process.kill()
            else:
                os.killpg(process.pid, signal.SIGKILL)
    complaint.cancel()
    await asyncio.shield(asyncio.gather(process.wait(), complaint, return_exceptions=True))
