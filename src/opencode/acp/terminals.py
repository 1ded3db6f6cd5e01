"""The editor's own terminals, for who starts us with --editor-terminals."""

import asyncio
import contextlib
import logging
import signal
import time
from collections.abc import Callable

from acp import RequestError
from acp.interfaces import Client
from acp.schema import EnvVariable

from opencode.core.error import ToolError
from opencode.core.shell import Line, Outcome
from opencode.host.plain import plain

log = logging.getLogger(__name__)

_FAILURES = (RequestError, ConnectionError, TimeoutError, ValueError)
_PATIENCE = 10.0
"""Seconds an editor has for everything but the command itself."""
_KEPT = 1_000_000
"""Bytes of output the editor keeps, the last ones."""


class EditorTerminals:
    """Implements `core.shell.Terminals`; every terminal is given back when its command is over,
    the editor goes on showing it."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.shown: dict[str, str] = {}
        """The terminal each call was given."""

    async def run(self, session: str, call: str, line: Line, opened: Callable[[], None]) -> Outcome:
        """See `core.shell.Terminals`."""
        begun = time.monotonic()
        terminal = await self._open(session, line)
        self.shown[call] = terminal
        opened()
        try:
            code = await self._exit_code(session, terminal, line.job.timeout)
            output = await self._output(session, terminal)
        except _FAILURES as error:
            raise ToolError(f"The editor lost sight of the command: {error}") from None
        finally:
            await asyncio.shield(self._release(session, terminal))
        size = len(output.encode())
        return Outcome(code, output, size=size, seconds=time.monotonic() - begun)

    async def _open(self, session: str, line: Line) -> str:
        command, *args = line.argv
        try:
            async with asyncio.timeout(_PATIENCE):
                made = await self._client.create_terminal(
                    session_id=session,
                    command=command,
                    args=args,
                    env=[EnvVariable(name=name, value=text) for name, text in line.env.items()],
                    cwd=str(line.job.cwd),
                    output_byte_limit=_KEPT,
                )
        except _FAILURES as error:
            raise ToolError(f"The editor opened no terminal: {error}") from None
        return made.terminal_id

    async def _exit_code(self, session: str, terminal: str, seconds: float) -> int | None:
        """None when the command had to be ended for its time."""
        try:
            async with asyncio.timeout(seconds):
                ended = await self._client.wait_for_terminal_exit(
                    session_id=session, terminal_id=terminal
                )
        except TimeoutError:
            async with asyncio.timeout(_PATIENCE):
                await self._client.kill_terminal(session_id=session, terminal_id=terminal)
            return None
        if ended.exit_code is not None:
            return ended.exit_code
        return -_number(ended.signal or "")

    async def _output(self, session: str, terminal: str) -> str:
        async with asyncio.timeout(_PATIENCE):
            got = await self._client.terminal_output(session_id=session, terminal_id=terminal)
        cut = f"[only the last {_KEPT} bytes were kept]\n" if got.truncated else ""
        return cut + plain(got.output.encode())

    async def _release(self, session: str, terminal: str) -> None:
        """Also ends a command that still runs, as the protocol says."""
        with contextlib.suppress(*_FAILURES):
            async with asyncio.timeout(_PATIENCE):
                await self._client.release_terminal(session_id=session, terminal_id=terminal)


def _number(name: str) -> int:
    """Of a signal as editors write it: SIGTERM, TERM or 15."""
    if name.isdecimal():
        return int(name)
    known = signal.Signals.__members__
    return int(known.get(name.upper(), known.get(f"SIG{name.upper()}", signal.SIGTERM)))
