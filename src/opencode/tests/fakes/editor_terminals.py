"""Terminals as an editor lends them: real processes, whose output it keeps."""

import asyncio
import os
import signal
from dataclasses import dataclass, field
from typing import Any

from acp.schema import (
    CreateTerminalResponse,
    EnvVariable,
    KillTerminalResponse,
    ReleaseTerminalResponse,
    TerminalOutputResponse,
    WaitForTerminalExitResponse,
)


@dataclass
class Lent:
    """One terminal and what runs in it."""

    argv: list[str]
    env: dict[str, str]
    cwd: str
    process: asyncio.subprocess.Process
    output: bytearray = field(default_factory=bytearray)
    is_released: bool = False
    reading: asyncio.Task[None] = field(init=False)

    async def read(self) -> None:
        assert self.process.stdout
        while piece := await self.process.stdout.read(4096):
            self.output += piece

    def kill(self) -> None:
        if self.process.returncode is None:
            os.killpg(self.process.pid, signal.SIGKILL)


class Terminals:
    """The part of an editor that lends them."""

    def __init__(self) -> None:
        self.lent: dict[str, Lent] = {}

    async def create_terminal(
        self,
        session_id: str,
        command: str,
        args: list[str] | None = None,
        env: list[EnvVariable] | None = None,
        cwd: str | None = None,
        output_byte_limit: int | None = None,
        **_: Any,
    ) -> CreateTerminalResponse:
        assert cwd
        given = {one.name: one.value for one in env or []}
        process = await asyncio.create_subprocess_exec(
            command,
            *(args or []),
            cwd=cwd,
            env={**os.environ, **given},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        one = Lent([command, *(args or [])], given, cwd, process)
        one.reading = asyncio.create_task(one.read())
        name = f"term_{len(self.lent) + 1}"
        self.lent[name] = one
        return CreateTerminalResponse(terminal_id=name)

    async def wait_for_terminal_exit(
        self, session_id: str, terminal_id: str, **_: Any
    ) -> WaitForTerminalExitResponse:
        one = self.lent[terminal_id]
        code = await one.process.wait()
        await one.reading
        if code < 0:
            return WaitForTerminalExitResponse(signal=signal.Signals(-code).name)
        return WaitForTerminalExitResponse(exit_code=code)

    async def terminal_output(
        self, session_id: str, terminal_id: str, **_: Any
    ) -> TerminalOutputResponse:
        text = bytes(self.lent[terminal_id].output).decode()
        return TerminalOutputResponse(output=text, truncated=False)

    async def kill_terminal(
        self, session_id: str, terminal_id: str, **_: Any
    ) -> KillTerminalResponse:
        self.lent[terminal_id].kill()
        return KillTerminalResponse()

    async def release_terminal(
        self, session_id: str, terminal_id: str, **_: Any
    ) -> ReleaseTerminalResponse:
        one = self.lent[terminal_id]
        one.kill()
        one.is_released = True
        return ReleaseTerminalResponse()
