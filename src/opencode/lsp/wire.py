"""One language server as a child process: pygls over its pipes, and an end in any case."""

import asyncio
import contextlib
import itertools
import logging
import sys
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from threading import Event
from typing import Any, TypeVar, cast

from lsprotocol import types
from pygls.client import JsonRPCClient
from pygls.exceptions import JsonRpcException
from pygls.io_ import run_async
from pygls.protocol import JsonRPCNotification, JsonRPCProtocol, JsonRPCRequestMessage

from opencode.core.error import ToolError
from opencode.host.complaint import complaint_of
from opencode.host.processes import keeper
from opencode.lsp.protocol import ODD, new_converter

log = logging.getLogger(__name__)

_T = TypeVar("_T")
_LONGEST = 64 * 1024 * 1024
_GRACE = 2.0
_LAST = 8192
_ENDED = "The language server has ended."
_UNKNOWN = "The language server answered in an unknown form."


class Wire(JsonRPCClient):
    """Requests and notifications, both ways. pygls frames them, numbers and pairs them, and calls
    what `on` was given; `on_end` hears that the server is gone. Neither may block."""

    def __init__(self, on_end: Callable[[], None]) -> None:
        logging.getLogger("pygls").setLevel(logging.CRITICAL)  # it would log whole documents
        self._converter = new_converter()
        super().__init__(_Protocol, lambda: self._converter)
        self._on_end = on_end
        self._numbers = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._is_silent = False
        self._said = b""
        """The end of what it wrote to stderr."""

    @property
    def is_open(self) -> bool:
        """Whether it can be spoken to; its keeper may live a moment longer."""
        process = self._process
        return process is not None and process.returncode is None and not self._is_silent

    @property
    def last_words(self) -> str:
        """Why it ended, as far as it said so."""
        return complaint_of(self._said.decode(errors="replace").splitlines())

    async def start_io(self, cmd: str, *args: str, **kwargs: Any) -> None:
        """Start the program; OSError when it cannot be. pygls' own start reads no stderr, which
        stops a server that writes much there, and does not see a server that closes its pipe."""
        self._process = process = await asyncio.create_subprocess_exec(
            *keeper(),
            cmd,
            *args,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=_LONGEST,
            start_new_session=sys.platform != "win32",
            **kwargs,
        )
        assert process.stdin
        assert process.stdout
        assert process.stderr
        self.protocol.set_writer(process.stdin)
        self._tasks = [
            asyncio.create_task(self._read(process.stdout)),
            asyncio.create_task(self._listen(process.stderr)),
        ]

    def on(self, method: str, answer: Callable[[Any], object]) -> None:
        """Call `answer` with what the server says or asks by this method; its result goes back."""
        self.feature(method)(partial(answer))  # pygls writes on it, which methods do not take

    def read(self, found: Any, kind: type[_T]) -> _T:
        """A message's part in lsprotocol's type; ToolError when it has not its form."""
        try:
            return self._converter.structure(found, kind)
        except ODD as error:
            raise ToolError(f"{_UNKNOWN} {error}") from None

    def readable(self, found: Any, kind: type[_T]) -> list[_T]:
        """Those items of a list that have the form of the type; ToolError when none has."""
        if not isinstance(found, list | None):
            raise ToolError(_UNKNOWN)
        given = cast("list[Any]", found or [])
        items: list[_T] = []
        for one in given:
            with contextlib.suppress(ToolError):
                items.append(self.read(one, kind))
        if given and not items:
            raise ToolError(_UNKNOWN)
        return items

    async def ask(self, method: str, params: object, seconds: float) -> Any:
        """What the server answers, as JSON. ToolError when it refuses, is gone, or takes too long;
        the server is then told that nobody waits."""
        self._must_be_open()
        number = f"our-{next(self._numbers)}"  # pygls keeps both sides' in one table
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        sent = self.protocol.send_request(method, params, msg_id=number)
        sent.add_done_callback(partial(_pass_on, answer))
        try:
            async with asyncio.timeout(seconds):
                return await answer
        except TimeoutError:
            self._forget(number)
            raise ToolError(f"The server did not answer {method} in {seconds:.0f} s.") from None
        except asyncio.CancelledError:
            self._forget(number)
            raise
        except JsonRpcException as error:
            raise ToolError(error.message) from None
        finally:
            del self._waiting[number]

    def tell(self, method: str, params: object) -> None:
        """Tell it something; nothing happens when it is gone."""
        if self.is_open:
            with contextlib.suppress(OSError):
                self.protocol.notify(method, params)

    async def stop(self, *, politely: bool = True) -> None:
        """End the process and all it started: politely, unless it never answered, then by
        force. pygls' own waits for the server for ever."""
        process = self._process
        if process is None:
            return
        if self.is_open and politely:
            with contextlib.suppress(ToolError):
                await self.ask(types.SHUTDOWN, None, _GRACE)
            self.tell(types.EXIT, None)
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

    def _must_be_open(self) -> None:
        if not self.is_open:
            raise ToolError(_ENDED)

    def _forget(self, number: str) -> None:
        self.tell(types.CANCEL_REQUEST, types.CancelParams(number))

    async def _read(self, stream: asyncio.StreamReader) -> None:
        try:
            await run_async(Event(), _Headers(stream), self.protocol)
        except (asyncio.IncompleteReadError, OSError, ValueError) as error:
            log.info("language server: %s", error)
        finally:
            self._is_silent = True
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(ToolError(_ENDED))
            self._on_end()

    async def _listen(self, stream: asyncio.StreamReader) -> None:
        """Keep the end of what it says to people; a full pipe would stop it."""
        while data := await stream.read(65_536):
            self._said = (self._said + data)[-_LAST:]


class _Headers:
    """What a server says, its headers written as pygls wants them to be."""

    def __init__(self, stream: asyncio.StreamReader) -> None:
        self.readexactly = stream.readexactly
        self._stream = stream

    async def readline(self) -> bytes:
        """A line; ValueError when it announces what nobody would read."""
        line = await self._stream.readline()
        name, _, value = line.partition(b":")
        if name.strip().lower() != b"content-length":
            return line
        if (size := int(value)) > _LONGEST:
            raise ValueError(f"a message of {size} bytes")
        return b"Content-Length: %d\r\n" % size


class _Protocol(JsonRPCProtocol):
    """Reads of a message what it is, and leaves what it holds to whoever uses it: pygls' own
    structures all of it, and whatever asked waits for ever when that fails."""

    def structure_message(self, data: dict[str, Any]) -> Any:
        """As it is; every part of a message comes by here."""
        return data

    def handle_message(self, message: Any) -> None:
        """Give the message to whom it is for."""
        match message:
            case {"id": int() | str() as number, "method": str(method)}:
                params = message.get("params")
                super().handle_message(JsonRPCRequestMessage(number, method, "2.0", params))
            case {"method": str(method)}:
                super().handle_message(JsonRPCNotification(method, "2.0", message.get("params")))
            case {"id": str(number)}:
                # its own reading forgets the type, its own dispatch costs as much as all the rest
                self._result_types.pop(number, None)
                self._handle_response(number, message.get("result"), _refusal(message))
            case _:
                log.debug("no message: %r", message)


def _pass_on(answer: asyncio.Future[Any], sent: Future[Any]) -> None:
    """asyncio's own way between the two kinds of futures wakes the loop for it."""
    if answer.done():
        return
    if error := sent.exception():
        answer.set_exception(error)
    else:
        answer.set_result(sent.result())


def _refusal(message: dict[str, Any]) -> types.ResponseError | None:
    match message:
        case {"error": {"message": str(said)}}:
            return types.ResponseError(types.LSPErrorCodes.RequestFailed, said)
        case {"error": odd} if odd is not None:
            return types.ResponseError(types.LSPErrorCodes.RequestFailed, str(odd))
        case _:
            return None
