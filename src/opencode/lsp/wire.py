"""One language server as a child process: JSON-RPC over its pipes, and an end in any case."""

import asyncio
import contextlib
import itertools
import logging
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from opencode.core.error import ToolError
from opencode.host.processes import house_program

log = logging.getLogger(__name__)

_LONGEST = 64 * 1024 * 1024
_GRACE = 2.0
_NO_METHOD = -32601
_ODD = (LookupError, TypeError, AttributeError, ValueError, msgspec.MsgspecError)
"""What comes of a message that is not of the form we know."""


class NoMethod(Exception):
    """The server asked for something we do not do."""


class Wire:
    """Requests and notifications, both ways. `on_request` answers the server's requests (its
    result goes back, NoMethod refuses), `on_notice` takes its notifications, `on_end` hears that
    it is gone. None of the three may block."""

    def __init__(
        self,
        on_request: Callable[[str, Any], Any],
        on_notice: Callable[[str, Any], None],
        on_end: Callable[[], None],
    ) -> None:
        self._on_request, self._on_notice, self._on_end = on_request, on_notice, on_end
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._is_silent = False
        self.said: deque[str] = deque(maxlen=20)
        """The end of what it wrote to stderr."""

    @property
    def is_open(self) -> bool:
        """Whether it can be spoken to; its keeper may live a moment longer."""
        process = self._process
        return process is not None and process.returncode is None and not self._is_silent

    async def start(self, command: Sequence[str], cwd: Path, env: Mapping[str, str]) -> None:
        """Start the program; OSError when it cannot be."""
        keeper = [] if sys.platform == "win32" else house_program("keeper")
        self._process = await asyncio.create_subprocess_exec(
            *keeper,
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=cwd,
            env=dict(env),
            limit=_LONGEST,
            start_new_session=sys.platform != "win32",
        )
        self._tasks = [
            asyncio.create_task(self._read(self._process)),
            asyncio.create_task(self._listen(self._process)),
        ]

    async def request(self, method: str, params: Any, seconds: float) -> Any:
        """What the server answers. ToolError when it refuses, is gone, or takes too long; the
        server is then told that nobody waits."""
        number = next(self._numbers)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        try:
            self._send({"id": number, "method": method, "params": params})
            async with asyncio.timeout(seconds):
                return await future
        except TimeoutError:
            self.notify("$/cancelRequest", {"id": number})
            raise ToolError(f"The server did not answer {method} in {seconds:.0f} s.") from None
        except asyncio.CancelledError:
            self.notify("$/cancelRequest", {"id": number})
            raise
        finally:
            self._waiting.pop(number, None)

    def notify(self, method: str, params: Any) -> None:
        """Tell it something; nothing happens when it is gone."""
        with contextlib.suppress(ToolError):
            self._send({"method": method, "params": params})

    async def stop(self, *, politely: bool = True) -> None:
        """End the process and all it started: politely, unless it never answered, then by
        force."""
        process = self._process
        if process is None:
            return
        if self.is_open and politely:
            with contextlib.suppress(ToolError):
                await self.request("shutdown", None, _GRACE)
            self.notify("exit", None)
        if process.stdin:
            process.stdin.close()
        grace = _GRACE if politely else 0.0
        for patience, force in ((grace, process.terminate), (4.0, process.kill)):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await process.wait()
            if process.returncode is not None:
                break
            with contextlib.suppress(ProcessLookupError):
                force()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        transport = getattr(process, "_transport", None)
        if isinstance(transport, asyncio.SubprocessTransport):
            transport.close()  # a pipe a stranger still holds would keep it open

    def _send(self, message: dict[str, Any]) -> None:
        if not self.is_open or self._process is None or self._process.stdin is None:
            raise ToolError("The language server has ended.")
        data = msgspec.json.encode({"jsonrpc": "2.0", **message})
        with contextlib.suppress(OSError, RuntimeError):
            self._process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(data), data))

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout
        try:
            while (size := await _size(process.stdout)) is not None:
                if size > _LONGEST:
                    break
                self._take(msgspec.json.decode(await process.stdout.readexactly(size)))
        except (asyncio.IncompleteReadError, OSError, ValueError, msgspec.DecodeError) as error:
            log.info("language server: %s", error)
        finally:
            self._is_silent = True
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(ToolError("The language server has ended."))
            self._on_end()

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        """Keep the end of what it says to people; a full pipe would stop it."""
        assert process.stderr
        while data := await process.stderr.read(65_536):
            self.said.extend(line[-500:] for line in data.decode(errors="replace").splitlines())

    def _take(self, message: Any) -> None:
        match message:
            case {"id": number, "method": str(method)}:
                self._answer(number, method, message.get("params"))
            case {"method": str(method)}:
                try:
                    self._on_notice(method, message.get("params"))
                except _ODD as error:
                    log.info("%s of an unknown form: %r", method, error)
            case {"id": int(number)}:
                future = self._waiting.get(number)
                if future and not future.done():
                    if error := message.get("error"):
                        future.set_exception(ToolError(str(error.get("message", error))))
                    else:
                        future.set_result(message.get("result"))
            case _:
                log.debug("no message: %r", message)

    def _answer(self, number: Any, method: str, params: Any) -> None:
        try:
            reply = {"id": number, "result": self._on_request(method, params)}
        except (NoMethod, *_ODD):
            reply = {"id": number, "error": {"code": _NO_METHOD, "message": f"no {method} here"}}
        with contextlib.suppress(ToolError):
            self._send(reply)


async def _size(stream: asyncio.StreamReader) -> int | None:
    """The length of the next message, from its header; None at the end."""
    size: int | None = None
    while line := (await stream.readline()):
        if line in (b"\r\n", b"\n"):
            if size is not None:
                return size
            continue
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            size = int(value)
    return None
