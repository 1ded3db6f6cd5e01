"""MCP servers an editor brings along, as entries of our settings that are never written down."""

from collections.abc import Sequence
from typing import Any

from acp import RequestError
from acp.schema import AcpMcpServer, HttpMcpServer, McpServerStdio, SseMcpServer

McpServer = HttpMcpServer | SseMcpServer | AcpMcpServer | McpServerStdio


def entries(servers: Sequence[McpServer] | None) -> dict[str, dict[str, Any]]:
    """The entries by name. RequestError for a transport that is not announced."""
    return {server.name: _entry(server) for server in servers or ()}


def _entry(server: McpServer) -> dict[str, Any]:
    match server:
        case McpServerStdio():
            env = {variable.name: variable.value for variable in server.env}
            return {"command": server.command, "args": [*server.args], "env": env}
        case HttpMcpServer() | SseMcpServer():
            headers = {header.name: header.value for header in server.headers}
            return {"type": server.type, "url": server.url, "headers": headers}
        case AcpMcpServer():
            raise RequestError(-32602, "MCP over ACP is not offered here; use stdio, http or sse.")
