"""A server at an address: streamable HTTP, or SSE for those that speak nothing newer."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx2
from mcp.client._transport import TransportStreams
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client

from opencode.host.certificates import trusted
from opencode.mcp.bearer import Bearer
from opencode.mcp.entry import Entry

_CONNECT = 15.0
_SILENT = 600.0
"""Seconds a stream may say nothing; calls have their own, shorter clocks."""


@asynccontextmanager
async def http_streams(
    entry: Entry, kind: str, bearer: Bearer | None
) -> AsyncGenerator[TransportStreams]:
    """The two directions of a connection to `entry.url`."""
    if kind == "sse":
        async with sse_client(
            entry.url, dict(entry.headers), _CONNECT, _SILENT, _client, auth=bearer
        ) as streams:
            yield streams
        return
    clocks = httpx2.Timeout(_CONNECT, read=_SILENT)
    async with (
        _client(entry.headers, clocks, bearer) as client,
        streamable_http_client(entry.url, http_client=client) as streams,
    ):
        yield streams


def _client(
    headers: dict[str, str] | None = None,
    timeout: httpx2.Timeout | None = None,
    auth: httpx2.Auth | None = None,
) -> httpx2.AsyncClient:
    """Through the user's proxy, trusting whom the user's system trusts."""
    return httpx2.AsyncClient(headers=headers, auth=auth, timeout=timeout, verify=trusted())


def bearer_of(entry: Entry) -> Bearer | None:
    """Stored tokens, unless the entry brings its own or wants none."""
    own = any(name.lower() == "authorization" for name in entry.headers)
    return None if own or entry.oauth is False else Bearer(entry.name, entry.url)
