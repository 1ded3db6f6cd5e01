"""A person logs in to a server: the browser, a page that catches the code, stored tokens."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from mcp.client.auth import OAuthClientProvider
from mcp.client.auth.exceptions import OAuthFlowError
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthToken,
)
from pydantic import AnyUrl

from opencode.core.error import AuthError, OpenCodeError
from opencode.host.certificates import trusted
from opencode.mcp import tokens
from opencode.mcp.bearer import ends_at
from opencode.mcp.entry import Entry
from opencode.mcp.tokens import Grant

_PATIENCE = 300.0
"""Seconds a person may take."""
Came = asyncio.Future[AuthorizationCodeResult]
"""The code, once somebody brought it."""
_PAGE = (
    "HTTP/1.1 {}\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n\r\n"
    "<!doctype html><title>opencode</title><p>{}</p>"
)
_HELLO = {
    "jsonrpc": "2.0",
    "id": 0,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "opencode", "version": "0"},
    },
}


class _Memory:
    """What the library learns during one login; kept only when all of it went well."""

    def __init__(self, client: OAuthClientInformationFull | None) -> None:
        self.client = client
        self.token: OAuthToken | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return None

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.token = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


async def log_in(
    entry: Entry, show: Callable[[str], Awaitable[None]], came: Came | None = None
) -> Grant:
    """Have a person log in; `show` brings the address before them. The grant is stored. The code
    comes by a page on loopback, or by whoever holds `came`. AuthError says why it did not work."""
    settings: dict[str, Any] = entry.oauth if isinstance(entry.oauth, dict) else {}
    came = came or asyncio.get_running_loop().create_future()
    async with _callback(entry, int(settings.get("port", 0)), came) as (address, code):
        metadata = OAuthClientMetadata(
            client_name="opencode",
            redirect_uris=[AnyUrl(address)],
            grant_types=["authorization_code", "refresh_token"],
            response_types=["code"],
            scope=settings.get("scope"),
        )
        memory = _Memory(_known_client(settings, address))
        provider = OAuthClientProvider(entry.url, metadata, memory, show, code)
        try:
            async with asyncio.timeout(_PATIENCE):
                status = await _knock(entry, provider)
        except TimeoutError:
            raise _failed(entry, "nobody logged in within five minutes") from None
        except (OAuthFlowError, httpx2.HTTPError, ValueError) as error:
            raise _failed(entry, str(error) or type(error).__name__) from None
    if memory.token is None or memory.client is None:
        raise _failed(entry, f"the server answered {status} and asked for no login")
    grant = _grant(entry, provider, memory.token, memory.client)
    await asyncio.to_thread(_keep, entry.name, grant)
    return grant


def _grant(
    entry: Entry,
    provider: OAuthClientProvider,
    token: OAuthToken,
    client: OAuthClientInformationFull,
) -> Grant:
    about = provider.context.oauth_metadata
    parts = urlsplit(entry.url)
    endpoint = str(about.token_endpoint) if about else f"{parts.scheme}://{parts.netloc}/token"
    return Grant(
        url=entry.url,
        access_token=token.access_token,
        refresh_token=token.refresh_token or "",
        expires=ends_at(token.expires_in),
        life=float(token.expires_in or 0),
        scope=token.scope or "",
        token_endpoint=endpoint,
        resource=provider.context.get_resource_url(),
        client=client.model_dump_json(exclude_none=True),
    )


def _keep(name: str, grant: Grant) -> None:
    with tokens.changing():
        tokens.keep(name, grant)


async def _knock(entry: Entry, provider: OAuthClientProvider) -> int:
    """Any request will do: the server's refusal begins the login."""
    headers = {**entry.headers, "Accept": "application/json, text/event-stream"}
    async with httpx2.AsyncClient(
        auth=provider, headers=headers, timeout=30.0, verify=trusted()
    ) as http:
        if entry.kind == "sse":
            async with http.stream("GET", entry.url) as answer:
                return answer.status_code
        async with http.stream("POST", entry.url, json=_HELLO) as answer:
            return answer.status_code


def _known_client(settings: dict[str, Any], address: str) -> OAuthClientInformationFull | None:
    """A client registered by hand; without one the library registers itself."""
    if not settings.get("client_id"):
        return None
    return OAuthClientInformationFull(
        client_id=str(settings["client_id"]),
        client_secret=settings.get("client_secret"),
        redirect_uris=[AnyUrl(address)],
        token_endpoint_auth_method="client_secret_post"
        if settings.get("client_secret")
        else "none",
    )


@asynccontextmanager
async def _callback(
    entry: Entry, port: int, came: Came
) -> AsyncGenerator[tuple[str, Callable[[], Awaitable[AuthorizationCodeResult]]]]:
    """A page on loopback that takes the code the browser brings."""

    async def code() -> AuthorizationCodeResult:
        return await came

    page = _Page(came)
    try:
        server = await asyncio.start_server(page.visit, "127.0.0.1", port)
    except OSError as error:
        raise _failed(entry, f"port {port}: {error.strerror}") from None
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/callback", code
    finally:
        server.close()
        came.cancel()
        await page.close()


class _Page:
    """What the browser sees that comes back with the code."""

    def __init__(self, came: Came) -> None:
        self._came = came
        self._visits: set[asyncio.Task[None]] = set()

    async def visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection; browsers open some that say nothing."""
        visit = asyncio.current_task()
        assert visit
        self._visits.add(visit)
        try:
            async with asyncio.timeout(10):
                line = (await reader.readline()).decode("latin-1").split(" ")
            writer.write(self._answer(line[1] if len(line) > 1 else "").encode())
            await writer.drain()
        except (OSError, TimeoutError, ValueError):
            pass  # a browser that went away, or no browser at all
        finally:
            self._visits.discard(visit)
            writer.close()

    async def close(self) -> None:
        """No connection outlives the login; answers under way may end."""
        if self._visits:
            _, left = await asyncio.wait(self._visits, timeout=0.2)
            for visit in left:
                visit.cancel()

    def _answer(self, target: str) -> str:
        match found := _read(target):
            case None:
                return _PAGE.format("404 Not Found", "Nothing is here.")
            case AuthorizationCodeResult():
                if not self._came.done():
                    self._came.set_result(found)
                return _PAGE.format("200 OK", "Logged in. You can close this page.")
            case str():
                if not self._came.done():
                    self._came.set_exception(OAuthFlowError(found))
                return _PAGE.format("400 Bad Request", "The login was refused.")


def bring(came: Came, code: str, state: str) -> None:
    """The code, or the whole address the browser ended at; a second one changes nothing."""
    found = _read(code) if "://" in code else None
    if came.done():
        return
    if isinstance(found, str):
        came.set_exception(OAuthFlowError(found))
    else:
        came.set_result(found or AuthorizationCodeResult(code=code, state=state))


def _read(target: str) -> AuthorizationCodeResult | str | None:
    """The code, the reason of a refusal, or None for any other page."""
    parts = urlsplit(target)
    if parts.path != "/callback":
        return None
    query = {key: values[0] for key, values in parse_qs(parts.query).items()}
    if "error" in query:
        return f"{query['error']} {query.get('error_description', '')}".strip()
    if "code" not in query:
        return None
    return AuthorizationCodeResult(
        code=query["code"], state=query.get("state"), iss=query.get("iss")
    )


def _failed(entry: Entry, why: str) -> OpenCodeError:
    return AuthError(
        f"Logging in to MCP server {entry.name} did not work: {why}.",
        hint=f"Try again: opencode mcp auth {entry.name}",
    )
