"""One client for the web: proxies, company certificates, checked addresses, bounded size and time.

Imports httpx (80 ms): whoever may do without it imports this lazily."""

import asyncio
import json
import ssl
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
from msgspec import Struct

from opencode.core.error import ToolError
from opencode.host.addresses import looks_private, refuse_never, resolve
from opencode.host.certificates import trusted
from opencode.host.network import proxy_for

_AGENT = "opencode (coding agent; fetches what its user asks for)"
_HOPS = 10
_MOST_ADDRESSES = 4
_MOVED = (301, 302, 303, 307, 308)
_MIB = 1024 * 1024


class Page(Struct, frozen=True):
    """What came back. `moved` is the address on another host it points to; then it has no body."""

    url: str
    status: int
    mime: str = ""
    charset: str = ""
    body: bytes = b""
    moved: str = ""


class Refused(ToolError):
    """A service answered with an error; `status` is the HTTP one."""

    status = 0


async def fetch(
    url: str, *, accept: str, private: bool = False, limit: int = 5 * _MIB, seconds: float = 30.0
) -> Page:
    """GET a page. Each hop's name is resolved, checked, and connected to at that very address.

    Plain http is tried as https first. Redirects are followed on the same host; one to another
    host is handed back as `moved`. ToolError for whatever fails, is too large (`limit` bytes,
    unpacked) or takes longer than `seconds`; PrivateAddress see `host.addresses`."""
    try:
        async with asyncio.timeout(seconds):
            return await _follow(readable(url), accept, private, limit)
    except TimeoutError:
        raise ToolError(f"{url} did not answer whole within {seconds:.0f} s.") from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise ToolError(f"{url} could not be fetched: {_why(error)}") from None


async def call_api(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: Any = None,
    query: Mapping[str, str] | None = None,
    seconds: float = 30.0,
) -> Any:
    """The JSON a configured service answers with. ToolError names the service's own words."""
    content = json.dumps(body).encode() if body is not None else None
    kind = {"Content-Type": "application/json"} if body is not None else {}
    context = await asyncio.to_thread(trusted)
    try:
        async with (
            asyncio.timeout(seconds),
            httpx.AsyncClient(verify=context, headers={"User-Agent": _AGENT}) as client,
        ):
            sent = {**kind, **headers}
            got = await _whole(
                client,
                client.build_request(method, url, headers=sent, content=content, params=query),
            )
    except TimeoutError:
        raise ToolError(f"{url} did not answer within {seconds:.0f} s.") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ToolError(f"{url} could not be reached: {_why(error)}") from None
    if got.status_code >= 400:
        refused = " Check its key." if got.status_code in (401, 403) else ""
        error = Refused(f"{url} answered {got.status_code}.{refused} {got.text[:300]}".strip())
        error.status = got.status_code
        raise error
    try:
        return got.json()
    except ValueError:
        raise ToolError(f"{url} did not answer with JSON.") from None


async def _whole(client: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
    """The answer with its body, which is bounded like that of a page."""
    got = await client.send(request, stream=True)
    try:
        body = await _body(got, 5 * _MIB)
    finally:
        await got.aclose()
    return httpx.Response(got.status_code, content=body, request=request)


def readable(url: str) -> httpx.URL:
    """The URL, parsed; ToolError when it is none of the web or carries a password."""
    try:
        parsed = httpx.URL(url.strip())
    except (httpx.InvalidURL, ValueError) as error:
        raise ToolError(f"{url} is no URL: {error}") from None
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise ToolError(f"Only http and https URLs can be fetched, not {url}")
    if parsed.userinfo:
        raise ToolError("URLs with a name or password in them are not fetched.")
    return parsed.copy_with(fragment=None)


async def _follow(url: httpx.URL, accept: str, private: bool, limit: int) -> Page:
    context = await asyncio.to_thread(trusted)
    plain = url.scheme == "http" and url.port is None and not looks_private(url.host)
    page: Page | None = None
    if plain:
        try:
            page = await _get(url.copy_with(scheme="https"), accept, private, limit, context)
        except httpx.TransportError:
            page = None  # it speaks http only
    page = page or await _get(url, accept, private, limit, context)
    for _ in range(_HOPS):
        if not page.moved:
            return page
        target = readable(page.moved)
        down = page.url.startswith("https:") and target.scheme == "http"
        if down or not _is_same_site(httpx.URL(page.url), target):
            refuse_never(target.host)
            return Page(page.url, page.status, moved=str(target))
        page = await _get(target, accept, private, limit, context)
    raise ToolError(f"{url} redirects more than {_HOPS} times.")


def _is_same_site(one: httpx.URL, other: httpx.URL) -> bool:
    """The same host and port; `www.` and the step from http to https make no other site."""
    hosts = {u.host.removeprefix("www.") for u in (one, other)}
    return len(hosts) == 1 and (one.port == other.port or (one.port or other.port) is None)


async def _get(
    url: httpx.URL, accept: str, private: bool, limit: int, context: ssl.SSLContext
) -> Page:
    port = url.port or (443 if url.scheme == "https" else 80)
    proxy = proxy_for(url.scheme, url.host)
    if proxy:
        try:
            await resolve(url.host, port, private=private)
        except ToolError as error:
            if "has no address" not in error.message:
                raise  # behind some proxies names can only be resolved by them
        return await _read(url, url, accept, limit, context, proxy)
    last: httpx.TransportError | None = None
    for address in (await resolve(url.host, port, private=private))[:_MOST_ADDRESSES]:
        try:
            return await _read(url, url.copy_with(host=address), accept, limit, context, "")
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            last = error
    raise last or httpx.ConnectError(f"{url.host} has no address")


async def _read(
    url: httpx.URL,
    pinned: httpx.URL,
    accept: str,
    limit: int,
    context: ssl.SSLContext,
    proxy: str,
) -> Page:
    headers = {"Host": url.netloc.decode("ascii"), "Accept": accept, "User-Agent": _AGENT}
    async with _client(context, proxy) as client:
        extensions = {"sni_hostname": url.host} if url.scheme == "https" else {}
        request = client.build_request("GET", pinned, headers=headers, extensions=extensions)
        answer = await client.send(request, stream=True)
        try:
            kind = answer.headers.get("content-type", "")
            mime, charset = kind.partition(";")[0].strip().lower(), answer.charset_encoding or ""
            place = answer.headers.get("location", "")
            if answer.status_code in _MOVED and place:
                return Page(str(url), answer.status_code, moved=str(url.join(place)))
            body = await _body(answer, limit)
            return Page(str(url), answer.status_code, mime, charset, body)
        finally:
            await answer.aclose()


@asynccontextmanager
async def _client(context: ssl.SSLContext, proxy: str) -> AsyncGenerator[httpx.AsyncClient]:
    timeout = httpx.Timeout(20.0, connect=8.0)
    async with httpx.AsyncClient(
        verify=context, proxy=proxy or None, trust_env=False, timeout=timeout
    ) as client:
        yield client


async def _body(answer: httpx.Response, limit: int) -> bytes:
    told = answer.headers.get("content-length", "")
    body = bytearray()
    if not (told.isdigit() and int(told) > limit):
        async for chunk in answer.aiter_bytes(65_536):
            body += chunk
            if len(body) > limit:
                break
        else:
            return bytes(body)
    raise ToolError(f"The answer is larger than {limit / _MIB:.0f} MB; download it with bash.")


def _why(error: Exception) -> str:
    return str(error) or type(error).__name__
