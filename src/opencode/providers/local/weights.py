"""Models in GGUF files (`local/PATH`): each served by a process of ours while it is needed."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from opencode.core.error import Unavailable, UsageError
from opencode.providers.catalog import nearest
from opencode.providers.keys import Access
from opencode.providers.local.gguf import window_of
from opencode.providers.worker.launch import environment

MOST_WINDOW = 32_768
"""Tokens reserved unless the settings ask for more: what a model can read may not fit in memory."""
_PATIENCE = 600.0
"""Seconds a large file may take to load."""
_GPU = ("CUDA_", "HIP_", "ROCR_", "GGML_", "GGML", "VK_", "LD_LIBRARY_PATH")


def file_of(model: str) -> Path:
    """The file that is meant. UsageError with the nearest names when there is none."""
    path = Path(model).expanduser().absolute()
    if path.is_file():
        return path
    folder = path.parent
    names = [one.name for one in folder.glob("*.gguf")] if folder.is_dir() else []
    near = nearest(path.name, names) or names[:3]
    hint = f"Nearby lies {', '.join(near)}." if near else "Write local/PATH/TO/MODEL.gguf."
    raise UsageError(f"There is no file {path}", hint=hint)


def window_in(model: str, asked: int = 0) -> int:
    """Tokens that will be reserved for the model: what is asked, else what it was made for, up to
    a bound. UsageError when it is no such file."""
    path = file_of(model)
    try:
        made_for = window_of(path)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{path} holds no model: {error}", hint="It must be a GGUF file."
        ) from None
    return asked or min(made_for or MOST_WINDOW, MOST_WINDOW)


class Weights:
    """The files that are open; each is loaded once, and closed with us."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self._open: dict[tuple[Path, int], tuple[asyncio.subprocess.Process, Access]] = {}
        self._opening = asyncio.Lock()

    async def serve(self, model: str, window: int) -> Access:
        """Where the model of that file answers, and the key to it. UsageError when it cannot be
        loaded, Unavailable when it takes too long."""
        path = file_of(model)
        async with self._opening:
            running = self._open.get((path, window))
            if running and running[0].returncode is None:
                return running[1]
            process, access = await self._start(path, window)
            self._open[path, window] = (process, access)
            return access

    async def close(self) -> None:
        """End every process."""
        for process, _ in self._open.values():
            await _end(process)
        self._open.clear()

    async def _start(self, path: Path, window: int) -> tuple[asyncio.subprocess.Process, Access]:
        gpu = {name: value for name, value in self._env.items() if name.startswith(_GPU)}
        key = os.urandom(16).hex()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "opencode.providers.local.llama", str(path), str(window)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=environment(self._env) | gpu,
            cwd=path.parent,
            start_new_session=sys.platform != "win32",  # Ctrl-C is ours to handle
        )
        told: dict[str, Any] = {}
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(f"{key}\n".encode())
            async with asyncio.timeout(_PATIENCE):
                line = await process.stdout.readline()
            told = json.loads(line) if line else {"error": "it made llama.cpp stop"}
        except TimeoutError:
            raise Unavailable(f"{path.name} was not loaded within {_PATIENCE:.0f} s") from None
        finally:
            if "address" not in told:
                await _end(process)
        if "address" not in told:
            hint = "Is it whole, and is there memory for it?"
            raise UsageError(f"{path} cannot be used: {told['error']}", hint=hint)
        return process, Access(key, f"{told['address']}/v1", {})


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
