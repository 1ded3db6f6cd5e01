"""The way to a server: one pool of connections, the secret, and errors that name their fix.

Imports httpx (80 ms): whoever may do without a server imports this lazily."""

import asyncio
import base64
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from ipaddress import ip_address
from typing import Any, cast
from urllib.parse import urlsplit

import httpx
import msgspec

from opencode.core import error as errors
from opencode.core.error import OpenCodeError, UsageError
from opencode.host.certificates import trusted

_CONNECT = 5.0
_SILENCE = 30.0
"""Seconds an event stream may say nothing, not even that it is alive."""
_JSON = {"content-type": "application/json"}


class Unreachable(OpenCodeError):
    """Nobody answers there, or the connection broke."""

    code = "remote.unreachable"


class Link:
    """Requests to one server. `secret` is tried as a bearer token and as `user`'s password."""

    def __init__(self, url: str, secret: str, user: str) -> None:
        self.url = _checked(url)
        self._user, self._secret = user, secret
        self._headers: dict[str, str] = {}
        self._http: httpx.AsyncClient | None = None

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[None]:
        """Connections live as long as the block."""
        context = await asyncio.to_thread(trusted)
        away = not self.is_here
        timeout = httpx.Timeout(None, connect=_CONNECT)
        async with httpx.AsyncClient(
            base_url=self.url, verify=context, trust_env=away, timeout=timeout
        ) as self._http:
            yield

    @property
    def is_here(self) -> bool:
        """Whether it runs on this machine."""
        return _is_here(urlsplit(self.url).hostname or "")

    async def greet(self) -> dict[str, Any]:
        """What `/global/health` says; settles which way the secret goes. UsageError when it is
        refused, or when no opencode is there."""
        for header in self._ways():
            self._headers = header
            answer = await self._send("GET", "/global/health")
            if answer.status_code != 401:
                break
        else:
            if self._secret:
                raise UsageError(
                    f"{self.url} knows another password.",
                    hint="Give --password, or set OPENCODE_API_KEY.",
                )
            raise UsageError(
                f"{self.url} wants a password.",
                hint="Give --password, or set OPENCODE_API_KEY.",
            )
        found = _json(answer)
        if answer.is_error and isinstance(found, dict) and "error" in found:
            raise _error(answer)
        if answer.is_error or not isinstance(found, dict) or "healthy" not in found:
            raise UsageError(
                f"{self.url} is no opencode server.",
                hint="Start one with `opencode serve`; it prints its address.",
            )
        return cast("dict[str, Any]", found)

    async def is_ours(self) -> bool:
        """Whether our own door is there; the original has none."""
        answer = await self._send("POST", "/door/isolation", {})
        kind = answer.headers.get("content-type", "")
        return answer.is_success and kind.startswith("application/json")

    async def ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> bytes:
        """The answer's bytes. OpenCodeErrors of the server come as they were raised there."""
        return (await self.ask_marked(method, path, body, headers))[0]

    async def ask_marked(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[bytes, str]:
        """The answer, and the event (`epoch-number`) after which it was so; "" when unknown."""
        answer = await self._send(method, path, body, headers)
        if answer.is_error:
            raise _error(answer)
        return answer.content, answer.headers.get("x-opencode-after", "")

    @asynccontextmanager
    async def lines(
        self, path: str, headers: Mapping[str, str] | None = None
    ) -> AsyncGenerator[httpx.Response]:
        """An event stream. Unreachable when it breaks or falls silent."""
        http, sent = self._open(), {**self._headers, **(headers or {})}
        timeout = httpx.Timeout(_SILENCE, connect=_CONNECT)
        try:
            async with http.stream("GET", path, headers=sent, timeout=timeout) as answer:
                if answer.is_error:
                    await answer.aread()
                    raise _error(answer)
                yield answer
        except httpx.HTTPError as error:
            raise self._lost(error) from None

    def _ways(self) -> list[dict[str, str]]:
        if not self._secret:
            return [{}]
        both = base64.b64encode(f"{self._user}:{self._secret}".encode()).decode()
        words = (f"Bearer {self._secret}", f"Basic {both}")
        return [{"authorization": word} for word in words]

    async def _send(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        content = None if body is None else msgspec.json.encode(body)
        sent = {**self._headers, **(_JSON if content else {}), **(headers or {})}
        try:
            return await self._open().request(method, path, content=content, headers=sent)
        except httpx.HTTPError as error:
            raise self._lost(error) from None

    def _lost(self, error: httpx.HTTPError) -> Unreachable:
        why = str(error) or type(error).__name__
        return Unreachable(f"{self.url} does not answer: {why}", hint="Is `opencode serve` on?")

    def _open(self) -> httpx.AsyncClient:
        assert self._http, "used outside of `opened`"
        return self._http


def _checked(url: str) -> str:
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"{url!r} is no address of a server.", hint="As http://127.0.0.1:4096")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None


def _error(answer: httpx.Response) -> OpenCodeError:
    found = _json(answer)
    entries = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
    told: Any = entries.get("error") or entries.get("data") or entries
    told = cast("dict[str, Any]", told) if isinstance(told, dict) else {}
    message = str(told.get("message") or f"{answer.url} answered {answer.status_code}.")
    hint: Any = told.get("details")
    hint = cast("dict[str, Any]", hint).get("hint", "") if isinstance(hint, dict) else ""
    name = str(entries.get("name") or entries.get("_tag"))
    kind = _KINDS.get(str(told.get("code"))) or _NAMES.get(name, OpenCodeError)
    return kind(message, hint=str(hint))


_KINDS: dict[str, type[OpenCodeError]] = {
    kind.code: kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, OpenCodeError)
}
"""Code → what is raised for it here."""
_NAMES: dict[str, type[OpenCodeError]] = {
    "NotFoundError": errors.SessionNotFound,
    "PermissionNotFoundError": errors.SessionNotFound,
    "QuestionNotFoundError": errors.SessionNotFound,
    "SessionBusyError": errors.SessionBusy,
}
"""The same for errors of the original, which have no code."""
