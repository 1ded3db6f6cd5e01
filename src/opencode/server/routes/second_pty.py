"""Pseudo-terminals as the protocol's second generation names them: the very same ones."""

from starlette.responses import Response

from opencode.server.route import Call, Route, Socket
from opencode.server.routes import pty
from opencode.server.routes.second import Located, here


async def all_of_them(call: Call) -> Located:
    """The oldest first."""
    return Located(here(call), await pty.all_of_them(call))


async def start(call: Call) -> Located:
    """Start a program in the project."""
    return Located(here(call), await pty.start(call))


async def one(call: Call) -> Located:
    """One."""
    return Located(here(call), await pty.one(call))


async def change(call: Call) -> Located:
    """Another title or size."""
    return Located(here(call), await pty.change(call))


async def remove(call: Call) -> Response:
    """End it."""
    await pty.remove(call)
    return Response(status_code=204)


async def token(call: Call) -> Located:
    """A ticket for `connect`."""
    return Located(here(call), await pty.token(call))


_ALL, _ONE = "/api/pty", "/api/pty/{ptyID}"
ROUTES = (
    Route("GET", _ALL, all_of_them, "Terminals.", answer=Located),
    Route("POST", _ALL, start, "Start a program on a new one.", pty.NewPty, Located),
    Route("GET", _ONE, one, "One terminal.", answer=Located),
    Route("PUT", _ONE, change, "Another title or size.", pty.PtyChange, Located),
    Route("DELETE", _ONE, remove, "End it.", answer=Response),
    Route("POST", f"{_ONE}/connect-token", token, "A ticket to connect.", answer=Located),
)
SOCKETS = (Socket(f"{_ONE}/connect", pty.connect, "Look at it and type."),)
