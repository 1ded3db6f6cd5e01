"""Copying that tells the truth: a local program first, tmux, the terminal, at last a file."""

import asyncio
import base64
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from opencode.tui.tty.terminal import passed_through

Way = Literal["done", "tmux", "sent", "file", "nowhere"]
"""done: a program took it; sent: the terminal was asked, and may or may not do it."""

_TOOLS = (
    ("WAYLAND_DISPLAY", ["wl-copy"]),
    ("DISPLAY", ["xclip", "-selection", "clipboard"]),
    ("DISPLAY", ["xsel", "--clipboard", "--input"]),
    ("WSL_DISTRO_NAME", ["clip.exe"]),
)
_TMUX = ["tmux", "load-buffer", "-w", "-"]
"""tmux ignores copies by programs unless told otherwise; what it loads itself it passes on."""
_DEADLINE = 3.0
_MOST_BY_TERMINAL = 74_000
"""Bytes: terminals drop longer sequences without a word."""


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


async def copy(
    text: str,
    write: Callable[[str], None],
    file: Path | None,
    environment: Mapping[str, str] | None = None,
) -> Way:
    """Copy by the surest way there is. `write` reaches the terminal, `file` is the last way."""
    environment = os.environ if environment is None else environment
    if (tool := local_tool(environment)) and await put(tool, text):
        return "done"
    if environment.get("TMUX") and await put(_TMUX, text):
        return "tmux"
    if len(text.encode()) <= _MOST_BY_TERMINAL and _takes_copies(environment):
        data = base64.b64encode(text.encode()).decode()
        write(passed_through(f"\x1b]52;c;{data}\x07", environment))
        return "sent"
    return "file" if file and await asyncio.to_thread(_write, file, text) else "nowhere"


def _takes_copies(environment: Mapping[str, str]) -> bool:
    """Terminals known to drop the sequence are not asked."""
    return (
        environment.get("TERM_PROGRAM") != "Apple_Terminal" and environment.get("TERM") != "linux"
    )


def _write(file: Path, text: str) -> bool:
    """For its owner's eyes only."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as out:
            out.write(text)
    except OSError:
        return False
    return True


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
