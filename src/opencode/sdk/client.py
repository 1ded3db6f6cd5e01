"""The client of the HTTP API: one pool of connections, typed answers, streams, a log, figures."""

import json
import logging
import os
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from time import perf_counter
from typing import Any, Self
from urllib.parse import quote

import httpx

from opencode.sdk.errors import OpenCodeAPIError
from opencode.sdk.nouns import Metrics, OpenCodeSession, session_from
from opencode.sdk.redact import logger, redacted

_HERE = "http://localhost:4096"
_CONNECT, _QUICK = 5.0, 30.0


class OpenCodeSDK:
    """Speaks with `opencode serve`. Close it, or use it as `async with OpenCodeSDK() as sdk:`.

    Without `base_url` it is OPENCODE_BASE_URL or port 4096 of this machine, without `api_key` it
    is OPENCODE_API_KEY. Every method raises OpenCodeAPIError (an httpx.HTTPStatusError) for what
    the server refuses, and httpx.TransportError when it cannot be reached."""

    def __init__(self, base_url: str | None = None, api_key: str | None = None) -> None:
        self.base_url = (base_url or os.environ.get("OPENCODE_BASE_URL") or _HERE).rstrip("/")
        self.api_key = api_key or os.environ.get("OPENCODE_API_KEY")
        self.metrics = Metrics()
        self.client = httpx.AsyncClient(
            base_url=self.base_url,
            headers={"Authorization": f"Bearer {self.api_key}"} if self.api_key else {},
            limits=httpx.Limits(
                max_keepalive_connections=10, max_connections=20, keepalive_expiry=30
            ),
            timeout=httpx.Timeout(_QUICK, connect=_CONNECT),
            trust_env=not _is_here(httpx.URL(self.base_url).host),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection."""
        await self.client.aclose()

    # The server

    async def get_app_info(self) -> dict[str, Any]:
        """Its name, version and state."""
        return await self._ask("GET", "/app")

    async def init_app(self) -> bool:
        """True when it is ready."""
        return await self._ask("POST", "/app/init")

    async def health_check(self) -> bool:
        """Whether it answers; never raises."""
        try:
            await self.get_app_info()
        except (httpx.HTTPError, ValueError):
            return False
        return True

    async def get_config(self) -> dict[str, Any]:
        """The settings in effect, without keys."""
        return await self._ask("GET", "/config")

    async def get_providers(self) -> dict[str, Any]:
        """`providers`, each with its models, and the `default` model of each."""
        return await self._ask("GET", "/config/providers")

    async def set_auth(self, provider: str, credentials: dict[str, str]) -> bool:
        """Store a provider's key: `set_auth("openai", {"apiKey": "sk-…"})`."""
        return await self._ask("PUT", f"/auth/{quote(provider, '')}", json=credentials)

    # Conversations

    async def create_session(
        self, model: str | None = None, agent: str = "default", prompt: str | None = None
    ) -> OpenCodeSession:
        """A new one; a `prompt` is begun at once, and its answer comes as events."""
        body = {"model": model, "agent": agent, "prompt": prompt}
        return session_from(await self._ask("POST", "/session", json=body))

    async def list_sessions(self) -> list[OpenCodeSession]:
        """The newest hundred, newest first."""
        return [session_from(item) for item in await self._ask("GET", "/session")]

    async def get_session(self, session_id: str) -> dict[str, Any]:
        """One, with the last of its `messages`."""
        return await self._ask("GET", _of(session_id))

    async def delete_session(self, session_id: str) -> bool:
        """To the trash."""
        return await self._ask("DELETE", _of(session_id))

    async def send_message(
        self, session_id: str, content: str, role: str = "user"
    ) -> dict[str, Any]:
        """Say something and wait for the whole answer, however long the work takes; `content`
        is what the model said last."""
        patient = httpx.Timeout(None, connect=_CONNECT)
        body = {"content": content, "role": role}
        return await self._ask("POST", f"{_of(session_id)}/message", json=body, timeout=patient)

    async def abort_session(self, session_id: str) -> bool:
        """Stop what it is doing."""
        return await self._ask("POST", f"{_of(session_id)}/abort")

    async def list_permissions(self) -> list[dict[str, Any]]:
        """Calls that wait for a person's word."""
        return await self._ask("GET", "/permission")

    async def reply_permission(self, request_id: str, reply: str, message: str = "") -> bool:
        """Answer one: `once`, `always` (in this session) or `reject`, with a word to the model."""
        body = {"reply": reply, "message": message}
        return await self._ask("POST", f"/permission/{quote(request_id, '')}/reply", json=body)

    # Streams

    async def stream_events(self) -> AsyncIterator[dict[str, Any]]:
        """Everything that happens from now on, as `{"event": name, "data": …}`, until the server
        ends; the first is `server.connected`."""
        async with self._stream("/event") as response:
            name, data = "message", ""
            async for line in response.aiter_lines():
                field, _, value = line.partition(":")
                if field == "event":
                    name = value.strip()
                elif field == "data":
                    data += value.removeprefix(" ")
                elif not line and data:
                    yield {"event": name, "data": json.loads(data)}
                    name, data = "message", ""

    async def with_streaming_response(self, session_id: str) -> AsyncIterator[str]:
        """The lines of one session's event stream until its run is over."""
        async with self._stream(f"{_of(session_id)}/stream") as response:
            async for line in response.aiter_lines():
                yield line

    # How requests go out

    async def _ask(self, method: str, path: str, **options: Any) -> Any:
        async with self._told(method, path, options.get("json")) as told:
            told.response = response = await self.client.request(method, path, **options)
            if response.is_error:
                raise OpenCodeAPIError(response)
        return response.json()

    @asynccontextmanager
    async def _stream(self, path: str) -> AsyncGenerator[httpx.Response]:
        timeout = httpx.Timeout(None, connect=_CONNECT)
        request = self.client.build_request("GET", path, timeout=timeout)
        async with self._told("GET", path, None) as told:
            response = await self.client.send(request, stream=True)
            if response.is_error:
                await response.aread()
                told.response = response
                raise OpenCodeAPIError(response)
        try:
            yield response
        finally:
            await response.aclose()

    @asynccontextmanager
    async def _told(self, method: str, path: str, body: Any) -> AsyncGenerator["_Told"]:
        """Counts the request, and writes it and its answer into the log."""
        is_logged, told = logger.isEnabledFor(logging.DEBUG), _Told()
        if is_logged:
            shown = {"headers": redacted(dict(self.client.headers)), "json": redacted(body or {})}
            await self._log_request(method, f"{self.base_url}{path}", **shown)
        began, failed = perf_counter(), True
        try:
            yield told
            failed = False
        finally:
            self.metrics.record_request(perf_counter() - began, failed)
            if is_logged and told.response is not None:
                await self._log_response(told.response)

    async def _log_request(self, method: str, url: str, **kwargs: Any) -> None:
        """Called at DEBUG with redacted `headers` and `json`; a subclass may write its own."""
        logger.debug("Request: %s %s %s", method, url, kwargs.get("json", {}))

    async def _log_response(self, response: httpx.Response) -> None:
        """Called at DEBUG with whole answers; a subclass may write its own."""
        try:
            body: Any = redacted(response.json())
        except ValueError:
            body = response.text[:200]
        logger.debug("Response: %s %s %s", response.status_code, response.url, body)


class _Told:
    """What came back, for the log."""

    response: httpx.Response | None = None


def _of(session_id: str) -> str:
    return f"/session/{quote(session_id, '')}"


def _is_here(host: str) -> bool:
    """Whether it is this machine, which no proxy reaches."""
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
