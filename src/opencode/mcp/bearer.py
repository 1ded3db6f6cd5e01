"""Puts a fresh token on every request: refreshed before it ends, by one process for all of them."""

import asyncio
import base64
import time
from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import quote

import httpx2
import msgspec

from opencode.host.certificates import trusted
from opencode.host.files import FileLock
from opencode.mcp import tokens
from opencode.mcp.tokens import Grant

_EARLY = 60.0
"""Seconds before its end at which a token is renewed; half of its life if that is less."""


class Bearer(httpx2.Auth):
    """Reads the stored tokens anew whenever the file changed, so that a login or a refresh by
    another process is used at once."""

    def __init__(self, name: str, url: str) -> None:
        self.name, self.url = name, url
        self.refused = False
        """The server wanted a login and none that is stored would do."""
        self._stamp = -1
        self._grant: Grant | None = None
        self._one = asyncio.Lock()

    async def async_auth_flow(
        self, request: httpx2.Request
    ) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        """See httpx2.Auth."""
        grant = await self._fresh(stale="")
        sent = self._dress(request, grant)
        response = yield request
        if response.status_code == 401:
            grant = await self._fresh(stale=sent)
            if grant is not None and grant.access_token != sent:
                self._dress(request, grant)
                response = yield request
        self.refused = response.status_code == 401

    def _dress(self, request: httpx2.Request, grant: Grant | None) -> str:
        if grant is None or not grant.access_token:
            return ""
        request.headers["Authorization"] = f"Bearer {grant.access_token}"
        return grant.access_token

    async def _fresh(self, stale: str) -> Grant | None:
        """The stored grant; renewed when it is about to end or its token is the `stale` one."""
        async with self._one:
            grant = await asyncio.to_thread(self._read)
            if grant is None or not _wants_renewal(grant, stale):
                return grant
            held = await asyncio.to_thread(_lock)
            try:
                grant = await asyncio.to_thread(self._read)
                if grant is None or not _wants_renewal(grant, stale):
                    return grant  # another process was faster
                renewed = await renew(grant)
                if renewed is not None:
                    await asyncio.to_thread(tokens.keep, self.name, renewed)
                return renewed or grant
            finally:
                await asyncio.to_thread(held.release)

    def _read(self) -> Grant | None:
        if (now := tokens.stamp()) != self._stamp:
            self._stamp, self._grant = now, tokens.grant_of(self.name, self.url)
        return self._grant


async def renew(grant: Grant) -> Grant | None:
    """Trade the refresh token for new ones; None when the server will not."""
    client: dict[str, Any] = msgspec.json.decode(grant.client or "{}")
    data = {
        "grant_type": "refresh_token",
        "refresh_token": grant.refresh_token,
        "client_id": str(client.get("client_id", "")),
    }
    if grant.resource:
        data["resource"] = grant.resource
    secret = client.get("client_secret")
    headers = {"Accept": "application/json"}
    if secret and client.get("token_endpoint_auth_method") == "client_secret_basic":
        pair = ":".join(quote(part, safe="") for part in (data["client_id"], str(secret)))
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    elif secret:
        data["client_secret"] = str(secret)
    try:
        async with httpx2.AsyncClient(timeout=20.0, verify=trusted()) as http:
            response = await http.post(grant.token_endpoint, data=data, headers=headers)
        answer: dict[str, Any] = response.json() if response.status_code == 200 else {}
    except (httpx2.HTTPError, ValueError):
        return None
    if not answer.get("access_token"):
        return None
    return msgspec.structs.replace(
        grant,
        access_token=str(answer["access_token"]),
        refresh_token=str(answer.get("refresh_token") or grant.refresh_token),
        expires=ends_at(answer.get("expires_in")),
        life=float(answer.get("expires_in") or 0),
        scope=str(answer.get("scope") or grant.scope),
    )


def ends_at(seconds: Any) -> float:
    """The moment a token of that many seconds ends; 0 when nothing was said."""
    return time.time() + float(seconds) if isinstance(seconds, int | float) and seconds else 0.0


def _wants_renewal(grant: Grant, stale: str) -> bool:
    if not grant.refresh_token or not grant.token_endpoint:
        return False
    early = min(_EARLY, grant.life / 2)
    ending = bool(grant.expires) and time.time() > grant.expires - early
    return ending or (bool(stale) and grant.access_token == stale)


def _lock() -> FileLock:
    held = FileLock(tokens.lock_file(), "mcp tokens")
    held.acquire(30.0)
    return held
