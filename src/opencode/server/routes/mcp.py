"""MCP servers: how they stand, one more, on and off."""

import asyncio
import contextlib
from typing import Any

from msgspec import UNSET, Struct, UnsetType

from opencode.core.door import McpServer
from opencode.core.error import UsageError
from opencode.server.errors import NotThere
from opencode.server.route import Call, Route

_MOMENT = 2.0
_PATIENCE = 10.0
_STATES = {"ready": "connected", "disabled": "disabled", "login": "needs_auth"}


class McpStatus(Struct):
    """How one stands, in the protocol's words; one that is starting has not failed."""

    status: str
    error: str | UnsetType = UNSET


class McpResource(Struct):
    """Something a server lets read; `client` is the server's name."""

    name: str
    uri: str
    client: str


class NewServer(Struct):
    """A server as the original's settings write it."""

    name: str
    config: dict[str, Any]


async def all_of_them(call: Call) -> dict[str, McpStatus]:
    """By name. Clients ask once and have no word for one that is starting: what can be known in
    a moment is waited for."""
    await call.state.door.rooms.joining.servers.tried(_MOMENT)
    return {one.name: status_of(one) for one in await call.state.door.mcp_servers()}


async def resources(call: Call) -> dict[str, McpResource]:
    """What the servers let read, by `server:name`."""
    return {
        f"{one.name}:{name or uri}": McpResource(name or uri, uri, one.name)
        for one in await call.state.door.mcp_servers()
        for uri, name in one.resources
    }


async def add(call: Call) -> dict[str, McpStatus]:
    """One more, for as long as the server runs; it starts at once."""
    body: NewServer = call.body
    if not body.name.replace("-", "").replace("_", "").isalnum():
        raise UsageError(f"{body.name!r} is no name: letters, digits, - and _.")
    await call.state.door.add_mcp_server(body.name, body.config)
    await _tried(call, body.name)
    return await all_of_them(call)


async def connect(call: Call) -> bool:
    """Start it, anew when it runs."""
    return await _turn(call, on=True)


async def disconnect(call: Call) -> bool:
    """End it."""
    return await _turn(call, on=False)


async def _turn(call: Call, *, on: bool) -> bool:
    name, door = call.path["name"], call.state.door
    if name not in {one.name for one in await door.mcp_servers()}:
        raise NotThere(f"There is no MCP server {name!r}.")
    await door.turn_mcp_server(name, on)
    await _tried(call, name)
    return True


async def _tried(call: Call, name: str) -> None:
    """Its start has ended, well or not, or takes too long to be waited for."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE):
            await call.state.door.rooms.joining.tried(name)


def status_of(one: McpServer) -> McpStatus:
    """One of them, in the protocol's words."""
    if one.state in _STATES:
        return McpStatus(_STATES[one.state])
    return McpStatus("failed", one.detail or f"It is {one.state}.")


ROUTES = (
    Route("GET", "/mcp", all_of_them, "MCP servers by name.", answer=dict[str, McpStatus]),
    Route(
        "GET",
        "/experimental/resource",
        resources,
        "What they let read.",
        answer=dict[str, McpResource],
    ),
    Route("POST", "/mcp", add, "One more, until the server ends.", NewServer, dict[str, McpStatus]),
    Route("POST", "/mcp/{name}/connect", connect, "Start it.", answer=bool),
    Route("POST", "/mcp/{name}/disconnect", disconnect, "End it.", answer=bool),
)
