"""A small program fed through a pipe: its own process group, ended with whoever waits for it."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from opencode.host.complaint import complaint_of

_PIPE = asyncio.subprocess.PIPE


class Said(NamedTuple):
    """How it ended and what it printed."""

    code: int
    out: bytes
    err: bytes

    @property
    def complaint(self) -> str:
        """Why it failed, as far as it said so, in one line."""
        return complaint_of((self.err or self.out).decode(errors="replace").splitlines())


async def fed(
    command: Sequence[str],
    data: bytes | None,
    seconds: float,
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> Said:
    """Give it `data` and wait. TimeoutError when its time is up, OSError when it cannot be
    started; whatever it left goes with it."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=cwd,
        env=env,
        stdin=asyncio.subprocess.DEVNULL if data is None else _PIPE,
        stdout=_PIPE,
        stderr=_PIPE,
        start_new_session=os.name != "nt",
    )
    try:
        async with asyncio.timeout(seconds):
            out, err = await process.communicate(data)
        return Said(process.returncode or 0, out, err)
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.name == "posix":
                os.killpg(process.pid, signal.SIGKILL)
            elif process.returncode is None:
                process.kill()
        await process.wait()
