"""Copying that tells the truth: a local program first, the terminal over ssh, nothing pretended."""

import asyncio
import os
import shutil
import sys
from collections.abc import Mapping

_TOOLS = (
    ("WAYLAND_DISPLAY", ["wl-copy"]),
    ("DISPLAY", ["xclip", "-selection", "clipboard"]),
    ("DISPLAY", ["xsel", "--clipboard", "--input"]),
)
_DEADLINE = 3.0


def local_tool(environment: Mapping[str, str] | None = None) -> list[str]:
    """The program that reaches this person's clipboard; empty over ssh or when there is none."""
    environment = os.environ if environment is None else environment
    if environment.get("SSH_CONNECTION") or environment.get("SSH_TTY"):
        return []
    if sys.platform == "darwin":
        return ["pbcopy"]
    if sys.platform == "win32":
        return ["clip"]
    for variable, command in _TOOLS:
        if environment.get(variable) and shutil.which(command[0]):
            return command
    return []


async def put(command: list[str], text: str) -> bool:
    """Give the text to the program; whether it took it."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return False
    try:
        await asyncio.wait_for(process.communicate(text.encode()), _DEADLINE)
    except TimeoutError:
        process.kill()
        await process.wait()
    return process.returncode == 0
