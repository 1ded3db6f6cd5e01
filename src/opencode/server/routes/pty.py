"""Pseudo-terminals: make one, look at it over a WebSocket, type, resize, end."""

import asyncio
import os
import re
import shutil
from pathlib import Path

import msgspec
from msgspec import UNSET, Struct, UnsetType, field
from starlette.websockets import WebSocket, WebSocketDisconnect

from opencode.server.access.tickets import SECONDS
from opencode.server.errors import NotThere
from opencode.server.project_files import inside
from opencode.server.pty import Output, Terminal
from opencode.server.route import Call, Route, Socket
from opencode.server.state import State
from opencode.server.stream.frame import Frame

_CHUNK = 64 * 1024
_CURSOR = re.compile(r"-?[0-9]{1,18}")


class PtyInfo(Struct):
    """A terminal."""

    id: str
    title: str
    command: str
    args: list[str]
    cwd: str
    status: str
    pid: int
    exitCode: int | UnsetType = UNSET


class NewPty(Struct):
    """What is started; the person's shell when nothing is said."""

    command: str = ""
    args: list[str] = field(default_factory=list)
    cwd: str = ""
    title: str = ""
    env: dict[str, str] = field(default_factory=dict)


class Size(Struct):
    """Of its window."""

    rows: int
    cols: int


class PtyChange(Struct):
    """Another title or size."""

    title: str = ""
    size: Size | None = None


class Token(Struct):
    """A ticket for one connection, and the seconds it is good for."""

    ticket: str
    expires_in: int


class Shell(Struct):
    """A shell of this machine."""

    path: str
    name: str
    acceptable: bool


async def all_of_them(call: Call) -> list[PtyInfo]:
    """The oldest first; ended ones until they are removed."""
    return [info(one) for one in call.state.terminals.all()]


async def start(call: Call) -> PtyInfo:
    """Start a program in the project."""
    body: NewPty = call.body
    cwd = inside(call.state.directory, body.cwd or ".")
    args = body.args if body.command else ["-l"]
    one = await call.state.terminals.start(
        body.command or _own_shell(), args, cwd, body.title, body.env
    )
    call.state.feed.publish(Frame("pty.created", {"info": info(one)}))
    return info(one)


async def one(call: Call) -> PtyInfo:
    """One."""
    return info(_found(call.state, call.path["ptyID"]))


async def change(call: Call) -> PtyInfo:
    """Another title or size."""
    body: PtyChange = call.body
    found = _found(call.state, call.path["ptyID"])
    if body.size:
        found.resize(body.size.rows, body.size.cols)
    if body.title:
        found.title = body.title
    call.state.feed.publish(Frame("pty.updated", {"info": info(found)}))
    return info(found)


async def remove(call: Call) -> bool:
    """End it."""
    found = _found(call.state, call.path["ptyID"])
    await call.state.terminals.remove(found)
    call.state.feed.publish(Frame("pty.deleted", {"id": found.id}))
    return True


async def token(call: Call) -> Token:
    """A ticket for `connect`, for clients that cannot send a password with a WebSocket."""
    _found(call.state, call.path["ptyID"])
    path = call.request.url.path.removesuffix("-token")
    return Token(call.state.tickets.give(path), SECONDS)


async def shells(call: Call) -> list[Shell]:
    """Those of /etc/shells that are there."""
    del call
    return await asyncio.to_thread(_shells)


async def connect(state: State, socket: WebSocket) -> None:
    """What was printed since `?cursor=` (all that is kept without one), then a binary frame 0x00
    and `{"cursor": n}`, then all that is printed. What comes in is typed."""
    found = state.terminals.get(socket.path_params["ptyID"])
    if found is None:
        await socket.close(1008, "There is no such terminal.")
        return
    await socket.accept()
    text = socket.query_params.get("cursor", "0")
    with found.looking() as output:
        past, mark = found.since(int(text) if _CURSOR.fullmatch(text) else 0), found.cursor
        for at in range(0, len(past), _CHUNK):
            await socket.send_text(past[at : at + _CHUNK])
        await socket.send_bytes(b"\0" + msgspec.json.encode({"cursor": mark}))
        showing = asyncio.create_task(_show(socket, output))
        typing = asyncio.create_task(_type(socket, found))
        await asyncio.wait((showing, typing), return_when=asyncio.FIRST_COMPLETED)
        for task in (showing, typing):
            task.cancel()
        await asyncio.gather(showing, typing, return_exceptions=True)


async def _show(socket: WebSocket, output: Output) -> None:
    while (text := await output.get()) is not None:
        await socket.send_text(text)
    await socket.close()


async def _type(socket: WebSocket, found: Terminal) -> None:
    try:
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text") or (message.get("bytes") or b"").decode("utf-8", "replace")
            await found.write(text)
    except WebSocketDisconnect:
        return


def info(one: Terminal) -> PtyInfo:
    """A terminal in the protocol's words."""
    ended = one.exit_code is not None
    return PtyInfo(
        one.id,
        one.title,
        one.command,
        one.args,
        str(one.cwd),
        "exited" if ended else "running",
        one.process.pid,
        UNSET if one.exit_code is None else one.exit_code,
    )


def _found(state: State, name: str) -> Terminal:
    found = state.terminals.get(name)
    if found is None:
        raise NotThere(f"There is no terminal {name!r}.")
    return found


def _own_shell() -> str:
    return os.environ.get("SHELL") or shutil.which("bash") or "/bin/sh"


def _shells() -> list[Shell]:
    try:
        lines = Path("/etc/shells").read_text("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    named = [_own_shell(), *(line.strip() for line in lines if line.startswith("/"))]
    there = [path for path in dict.fromkeys(named) if os.access(path, os.X_OK)]
    return [Shell(path, Path(path).name, True) for path in there]


_ID = "/pty/{ptyID}"
ROUTES = (
    Route("GET", "/pty/shells", shells, "Shells of this machine.", answer=list[Shell]),
    Route("GET", "/pty", all_of_them, "Terminals.", answer=list[PtyInfo]),
    Route("POST", "/pty", start, "Start a program on a new one.", NewPty, PtyInfo),
    Route("GET", _ID, one, "One terminal.", answer=PtyInfo),
    Route("PUT", _ID, change, "Another title or size.", PtyChange, PtyInfo),
    Route("DELETE", _ID, remove, "End it.", answer=bool),
    Route("POST", f"{_ID}/connect-token", token, "A ticket to connect.", answer=Token),
)
SOCKETS = (Socket(f"{_ID}/connect", connect, "Look at it and type."),)
