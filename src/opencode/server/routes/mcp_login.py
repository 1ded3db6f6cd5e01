"""Logging in to MCP servers: a person's browser goes there, the code comes back here."""

import asyncio
import contextlib
import webbrowser
from collections.abc import Awaitable
from typing import TypeVar

from msgspec import Struct
from starlette.responses import Response

from opencode.core.error import AuthError, UsageError
from opencode.mcp import tokens
from opencode.mcp.login import Login
from opencode.server.across import at_home
from opencode.server.errors import NotThere, protocol_error
from opencode.server.route import Call, Route, json
from opencode.server.routes.mcp import McpStatus, status_of
from opencode.server.stream.frame import Frame

_T = TypeVar("_T")
_SETTLED = 15.0
"""Seconds a server may take to start after a login before the answer says how it stands."""


class Started(Struct):
    """Where the person goes."""

    authorizationUrl: str
    oauthState: str


class Code(Struct):
    """What the browser came back with: the code, or the whole address it ended at."""

    code: str


class Removed(Struct):
    """It is forgotten."""

    success: bool = True


class Unsupported(UsageError):
    """A server without logins; clients read this one error's `error` as a text."""


def _unsupported(error: Unsupported) -> Response:
    return json({**protocol_error(400, error.message), "error": error.message}, 400)


async def begin(call: Call) -> Started | Response:
    """Begin a login; one that was under way is given up."""
    try:
        address, state = await _told((await _begun(call)).address())
    except Unsupported as error:
        return _unsupported(error)
    return Started(address, state)


async def finish(call: Call) -> McpStatus:
    """Bring the code, wait for the tokens, start the server with them."""
    name = call.path["name"]
    if name not in call.state.mcp_logins:
        if call.state.door.rooms.joining.entry(name) is None:
            raise NotThere(f"There is no MCP server {name!r}.")
        raise UsageError(f"No login to {name} was begun.", hint=f"POST /mcp/{name}/auth first.")
    login, _ = call.state.mcp_logins[name]
    await _told(login.bring(call.body.code))
    return await _finished(call, login)


async def authenticate(call: Call) -> McpStatus | Response:
    """The whole of it: open a browser on this machine and wait for the person."""
    try:
        login = await _begun(call)
    except Unsupported as error:
        return _unsupported(error)
    address, _ = await _told(login.address())
    if not await asyncio.to_thread(webbrowser.open, address):
        said = {"mcpName": call.path["name"], "url": address}
        call.state.feed.publish(Frame("mcp.browser.open.failed", said))
    return await _finished(call, login)


async def remove(call: Call) -> Removed:
    """Forget the login; what is under way is given up."""
    name = call.path["name"]
    known = {one.name for one in await call.state.door.mcp_servers()}
    if not await asyncio.to_thread(tokens.forget, name) and name not in known:
        raise NotThere(f"There is no MCP server {name!r}.")
    await _given_up(call, name)
    return Removed()


async def _begun(call: Call) -> Login:
    name, state = call.path["name"], call.state
    entry = state.door.rooms.joining.entry(name)
    if entry is None:
        raise NotThere(f"There is no MCP server {name!r}.")
    if not entry.url or entry.oauth is False:
        raise Unsupported(f"{name} takes no login: it is no server at an address, or wants none.")
    await _given_up(call, name)
    login = Login(entry)
    state.mcp_logins[name] = login, state.spawn(login.run())
    return login


async def _given_up(call: Call, name: str) -> None:
    if under_way := call.state.mcp_logins.pop(name, None):
        under_way[1].cancel()
        await asyncio.wait([under_way[1]])


async def _finished(call: Call, login: Login) -> McpStatus:
    """How the server stands once it was started with what the login gave."""
    name, state = call.path["name"], call.state
    await _told(login.ended())
    state.mcp_logins.pop(name, None)
    await state.door.turn_mcp_server(name, True)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_SETTLED):
            await at_home(state.door, lambda door: door.rooms.joining.tried(name))
    return status_of(next(one for one in await state.door.mcp_servers() if one.name == name))


async def _told(work: Awaitable[_T]) -> _T:
    """A login that does not work is no fault of a model's provider."""
    try:
        return await work
    except AuthError as error:
        raise UsageError(error.message, hint=error.hint) from None


_AUTH = "/mcp/{name}/auth"
ROUTES = (
    Route("POST", _AUTH, begin, "Begin a login: where the person goes.", answer=Started),
    Route("DELETE", _AUTH, remove, "Forget the login.", answer=Removed),
    Route("POST", f"{_AUTH}/callback", finish, "Finish it with the code.", Code, McpStatus),
    Route(
        "POST",
        f"{_AUTH}/authenticate",
        authenticate,
        "Log in with a browser on the server's machine.",
        answer=McpStatus,
    ),
)
