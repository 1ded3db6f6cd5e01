"""A server as a child process: messages by lines, bounded, and nothing of it outlives us."""

import asyncio
import logging
import os
import shutil
import sys
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import anyio
import mcp_types as types
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.client._transport import TransportStreams
from mcp.client.stdio import StdioServerParameters, get_default_environment, stdio_client
from mcp.shared.message import SessionMessage

from opencode.host.processes import keeper
from opencode.mcp.entry import Entry
from opencode.mcp.nouns import NotInstalled

log = logging.getLogger(__name__)

LONGEST = 16 * 1024 * 1024
"""Bytes of one message; a server that sends more is cut off."""
_GRACE = 1.5
"""Seconds a server may take to end by itself."""


class Child:
    """What is known of the process while it runs and after."""

    def __init__(self, lost: Callable[[str], None]) -> None:
        self.lost = lost
        self.said: deque[str] = deque(maxlen=20)
        """The last lines it wrote to stderr."""

    def why(self, reason: str) -> str:
        """The reason, with the server's own last words."""
        words = " / ".join(line for line in list(self.said)[-3:] if line)
        return f"{reason}: {words[-400:]}" if words else reason


def program_of(entry: Entry, root: Path) -> tuple[str, dict[str, str], str]:
    """The command's full path, its environment and its folder. NotInstalled when the command
    is not there."""
    env = get_default_environment() | entry.env
    cwd = str((root / Path(entry.cwd).expanduser()).resolve()) if entry.cwd else str(root)
    if not Path(cwd).is_dir():
        raise NotInstalled(f"MCP server {entry.name}: its folder {cwd} does not exist.")
    command = str(Path(entry.command).expanduser())
    if os.sep in command and not Path(command).is_absolute():
        command = str(Path(cwd) / command)
    found = shutil.which(command, path=env.get("PATH"))
    if found is None:
        why = f"{entry.command!r} was not found"
        raise NotInstalled(
            f"MCP server {entry.name} failed to connect: {why} (tried: {entry.how}).",
            hint="Install it, or give its full path as `command`.",
        )
    return found, env, cwd


@asynccontextmanager
async def child_streams(entry: Entry, root: Path, child: Child) -> AsyncGenerator[TransportStreams]:
    """The pipes of a started server; with the block its whole family ends."""
    command, env, cwd = program_of(entry, root)
    if sys.platform == "win32":
        given = StdioServerParameters(command=command, args=entry.args, env=entry.env, cwd=cwd)
        errors = await asyncio.to_thread(Path(os.devnull).open, "w")
        async with stdio_client(given, errlog=errors) as streams:
            yield streams
        return
    process = await asyncio.create_subprocess_exec(
        *keeper(),
        command,
        *entry.args,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=env,
        cwd=cwd,
        limit=LONGEST,
        start_new_session=True,
    )
    to_us, ours = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    theirs, to_it = anyio.create_memory_object_stream[SessionMessage](0)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_read, process, to_us, child)
        tasks.start_soon(_listen, process, child, entry.name)
        tasks.start_soon(_write, process, to_it)
        try:
            yield ours, theirs
        finally:
            with anyio.CancelScope(shield=True):
                await _end(process)
            tasks.cancel_scope.cancel()
            for stream in (ours, theirs):
                stream.close()


async def _read(
    process: asyncio.subprocess.Process,
    to_us: MemoryObjectSendStream[SessionMessage | Exception],
    child: Child,
) -> None:
    assert process.stdout
    why = "it ended"
    async with to_us:
        try:
            while line := await process.stdout.readline():
                if not line.lstrip().startswith((b"{", b"[")):
                    log.debug("no message on stdout: %r", line[:200])
                    continue
                if (message := _message(line)) is None:
                    why = "it sent what is no message of the protocol"
                    break
                await to_us.send(message)
        except (anyio.ClosedResourceError, anyio.BrokenResourceError):
            return
        except ValueError:
            why = f"it sent a message of more than {LONGEST // 2**20} MB"
        if why == "it ended":
            with suppress(TimeoutError):
                async with asyncio.timeout(0.5):
                    why = f"it ended with exit code {await process.wait()}"
        child.lost(child.why(why))


def _message(line: bytes) -> SessionMessage | None:
    try:
        return SessionMessage(types.jsonrpc_message_adapter.validate_json(line, by_name=False))
    except ValueError:
        return None


async def _listen(process: asyncio.subprocess.Process, child: Child, name: str) -> None:
    """Keep the end of what it says to people; a full pipe would stop it."""
    assert process.stderr
    rest = b""
    while data := await process.stderr.read(65536):
        *lines, rest = (rest + data[-65536:]).split(b"\n")
        rest = rest[-2000:]
        for line in lines[-20:]:
            text = line[-500:].decode(errors="replace").rstrip()
            child.said.append(text)
            log.debug("%s: %s", name, text)


async def _write(
    process: asyncio.subprocess.Process, to_it: MemoryObjectReceiveStream[SessionMessage]
) -> None:
    assert process.stdin
    async with to_it:
        with suppress(OSError):
            async for sent in to_it:
                text = sent.message.model_dump_json(by_alias=True, exclude_unset=True)
                process.stdin.write(text.encode() + b"\n")
                await process.stdin.drain()


async def _end(process: asyncio.subprocess.Process) -> None:
    """Close its stdin, wait, then have its keeper end the whole family."""
    assert process.stdin
    process.stdin.close()
    for patience, force in ((_GRACE, process.terminate), (4.0, process.kill)):
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await process.wait()
        if process.returncode is not None:
            break
        with suppress(ProcessLookupError):
            force()
    transport = getattr(process, "_transport", None)
    if isinstance(transport, asyncio.SubprocessTransport):
        transport.close()  # a pipe a stranger still holds would keep it open
