"""The terminal lent: to the person's own editor, to a command of ours."""

import asyncio
import os
import shlex
import signal
import sys
import tempfile
from asyncio.subprocess import PIPE
from pathlib import Path

from textual.app import App

_EDITOR = "notepad" if sys.platform == "win32" else "vi"


def editor_command() -> str:
    """What the person edits with."""
    return os.environ.get("VISUAL") or os.environ.get("EDITOR") or _EDITOR


async def edited(app: App[None], text: str, name: str) -> str | None:
    """The text of the file `name` as it was left; None when the editor failed or there is none."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / name
        file.write_text(text, "utf-8")
        with app.suspend():
            code = await _run(editor_command(), file)
        left = file.read_text("utf-8", "replace") if code == 0 else None
    app.refresh()
    return left


async def called(app: App[None], folder: str, *words: str) -> str | None:
    """What went wrong in `opencode WORDS`, which has the terminal meanwhile: "" when it was given
    up, None when nothing did. Ctrl+C ends the command, not the app."""
    with app.suspend():
        before = signal.signal(signal.SIGINT, lambda number, frame: None)
        try:
            command = (sys.executable, "-P", "-m", "opencode", *words)
            process = await asyncio.create_subprocess_exec(*command, cwd=folder, stderr=PIPE)
            try:
                _, said = await process.communicate()
            finally:
                if process.returncode is None:
                    process.terminate()
        finally:
            signal.signal(signal.SIGINT, before)
    app.refresh()
    return said.decode(errors="replace").strip() if process.returncode else None


async def _run(command: str, file: Path) -> int:
    """What the editor returned, 1 when there is none: an error in here would leave the app without
    its terminal. It ends with us."""
    try:
        process = await asyncio.create_subprocess_exec(*shlex.split(command), str(file))
    except (OSError, ValueError):
        return 1
    try:
        return await process.wait()
    finally:
        if process.returncode is None:
            process.terminate()
