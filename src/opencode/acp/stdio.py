"""The protocol over stdin and stdout: stdout is for the editor alone, until stdin ends."""

import asyncio
import os
import signal
import stat
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from acp import run_agent, stdio_streams

from opencode.acp.agent import EditorAgent
from opencode.acp.letters import Letters
from opencode.core.error import UsageError
from opencode.workspace.open import Opening

_LARGEST = 64 * 1024 * 1024
"""Bytes of one message: a prompt may bring pictures."""


async def serve(opening: Callable[[Path], Opening], *, lends_terminals: bool = False) -> None:
    """Answer until the editor closes the pipe or ends us; then everything is saved and closed.
    UsageError where there is no pipe."""
    _check(0, 1)
    _keep_stdout()
    reader, writer = await stdio_streams(limit=_LARGEST)
    if os.name != "nt":  # there it writes to sys.stdout as it goes
        sys.stdout = sys.stderr
    agent = EditorAgent(opening, lends_terminals=lends_terminals)
    talking = asyncio.create_task(
        run_agent(agent, writer, Letters(reader), use_unstable_protocol=True)  # fork, resume, close
    )
    with _told_to_stop(talking.cancel):
        try:
            await asyncio.wait([talking])
        finally:
            talking.cancel()
            await asyncio.gather(talking, return_exceptions=True)
            await agent.close()


def _check(*handles: int) -> None:
    """Files and /dev/null can neither be waited for nor be an editor."""
    for handle in handles if os.name == "posix" else ():
        mode = os.fstat(handle).st_mode
        if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(handle)):
            raise UsageError(
                "This speaks to an editor over pipes, and there is none.",
                hint="Let your editor start `opencode acp`: see docs/editors.md.",
            )


def _keep_stdout() -> None:
    """Whatever else is printed here, by a library or a child, goes to stderr."""
    protocol = os.dup(1)
    os.dup2(2, 1)
    sys.stdout = os.fdopen(protocol, "w", encoding="utf-8")


@contextmanager
def _told_to_stop(stop: Callable[[], object]) -> Generator[None]:
    """SIGTERM is a polite end."""
    loop = asyncio.get_running_loop()

    def told(number: int, frame: object) -> None:
        del number, frame
        loop.call_soon_threadsafe(stop)

    before = signal.signal(signal.SIGTERM, told)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
