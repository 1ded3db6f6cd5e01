"""Who may speak to the server: Host, Origin, password, content type, size; before any routing."""

import base64
import binascii
import hmac
import logging
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from opencode.server.access import login
from opencode.server.access.peer import is_stranger
from opencode.server.access.tickets import Tickets
from opencode.server.errors import refusal

log = logging.getLogger(__name__)

_LOCAL = ("127.0.0.1", "localhost", "[::1]")
_SAFE = ("GET", "HEAD", "OPTIONS")
_ALLOWED = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"


@dataclass(frozen=True)
class Rules:
    """What a request must fulfil. Without a secret only loopback callers get here."""

    secret: str = ""
    user: str = "opencode"
    bearer_only: bool = False
    """The secret is a key no browser sends by itself: with one, any Host and Origin will do."""
    hosts: tuple[str, ...] = ()
    """Further names it may be reached by, with or without a port."""
    origins: tuple[str, ...] = ()
    """Web pages elsewhere that may call it: `scheme://host[:port]`, compared exactly."""
    open_paths: tuple[str, ...] = ()
    """Answered without the secret."""
    wide: bool = False
    """Bound beyond loopback: addresses written as numbers are its own names, too."""
    body_limit: int = 32 * 1024 * 1024
    ticket: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    """What the web page's cookie holds once the password was given; lives as long as the server."""

    tickets: Tickets = field(default_factory=Tickets)
    """Each lets one WebSocket through."""

    @property
    def by_key(self) -> bool:
        """Whether the key alone decides."""
        return self.bearer_only and bool(self.secret)


class Guard:
    """Stands before the app; nothing is routed, read or upgraded that does not pass."""

    def __init__(self, app: ASGIApp, rules: Rules) -> None:
        self._app = app
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request or one WebSocket."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin", "")
        cors = self._cors(origin)
        if scope["type"] == "http" and scope["method"] == "OPTIONS" and cors:
            await _preflight(send, cors, headers)
            return
        if cors:  # its page reads a refusal, too
            send = _with_headers(send, cors)
        refused = self._refused(scope, headers)
        if refused:
            log.info("refused %s %s: %s", scope.get("method", "WS"), scope["path"], refused[1])
            await self._refuse(scope, receive, send, refused)
            return
        if log.isEnabledFor(logging.DEBUG):
            send = _noted(send, scope)
        scope["opencode.ticket"] = self._rules.ticket if self._rules.secret else ""
        limited = _Limited(receive, self._rules.body_limit) if scope["type"] == "http" else receive
        await self._app(scope, limited, send)

    def _refused(self, scope: Scope, headers: Headers) -> tuple[int, str] | None:
        rules = self._rules
        if not rules.by_key:
            host = headers.get("host", "")
            if not self._is_own_host(host, scope):
                return 421, f"This server does not go by the name {host!r}; see --allow-host."
            if complaint := self._foreign(headers, host):
                return 403, complaint
        if not rules.secret and is_stranger(scope.get("client"), scope.get("server")):
            return 403, "Only who started this server may call it without a password."
        ticket = _ticket(scope)
        if ticket:
            good = rules.tickets.take(ticket, scope["path"])
            return None if good else (401, "The ticket was used, is too old or of another path.")
        open_to_all = scope["path"] in rules.open_paths
        if rules.secret and not open_to_all and not self._is_known(scope, headers):
            return 401, (
                "Authorization: Bearer KEY is missing or KEY is not the one the server was "
                "started with."
                if rules.bearer_only
                else "The password is missing or wrong: Basic (user and password) or Bearer."
            )
        return _bad_body(scope, headers, rules.body_limit)

    def _is_own_host(self, host: str, scope: Scope) -> bool:
        rules = self._rules
        name, _, port = host.rpartition(":") if _has_port(host) else (host, "", "")
        if host in rules.hosts or name in rules.hosts:
            return True
        server = scope.get("server")
        if server and server[1] and (port or "80") != str(server[1]):
            return False
        return name.lower() in _LOCAL or (rules.wide and _is_number(name))

    def _foreign(self, headers: Headers, host: str) -> str:
        origin = headers.get("origin")
        if origin is not None:
            own = (f"http://{host}", f"https://{host}")
            if origin in own or origin in self._rules.origins:
                return ""
            return f"Pages of {origin!r} may not call this server; see --cors."
        if headers.get("sec-fetch-site", "none") in ("cross-site", "same-site"):
            return "Pages of other sites may not call this server; see --cors."
        return ""

    def _cors(self, origin: str) -> str:
        """The origin to be named in the answer; "" for none."""
        by_key = self._rules.by_key and origin not in ("", "null")
        return origin if by_key or origin in self._rules.origins else ""

    def _is_known(self, scope: Scope, headers: Headers) -> bool:
        rules = self._rules
        said = [headers.get("authorization", "")]
        if not rules.bearer_only and scope.get("method", "GET") in _SAFE:
            query = parse_qs(scope["query_string"].decode("latin-1"))
            said += [f"Basic {token}" for token in query.get("auth_token", [])]
        good = [f"Bearer {rules.secret}"]
        if not rules.bearer_only:
            good.append(f"{rules.user}:{rules.secret}")
        by_page = not rules.bearer_only and _same(_cookie(scope, headers), rules.ticket)
        return any([_same(_plain(one), wanted) for one in said for wanted in good]) or by_page

    async def _refuse(
        self, scope: Scope, receive: Receive, send: Send, why: tuple[int, str]
    ) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": why[1][:120]})
            return
        headers = Headers(scope=scope)
        if why[0] == 401 and not self._rules.bearer_only and login.is_browser(headers):
            await login.form(headers, self._rules.user)(scope, receive, send)
            return
        no_dialog = self._rules.bearer_only or login.is_page(headers)
        realm = "Bearer" if no_dialog else 'Basic realm="opencode", charset="UTF-8"'
        extra = {"www-authenticate": realm} if why[0] == 401 else {}
        extra |= {"connection": "close"} if why[0] == 400 else {}
        await refusal(scope["path"], why[0], why[1], extra)(scope, receive, send)


class _Limited:
    """Reads no more of a body than allowed."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._left = limit

    async def __call__(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise HTTPException(413, "The body is too large.")
        return message


def _bad_body(scope: Scope, headers: Headers, limit: int) -> tuple[int, str] | None:
    if scope["type"] != "http" or scope["method"] in _SAFE:
        return None
    length = headers.get("content-length", "0")
    is_chunked = "transfer-encoding" in headers
    if is_chunked and "content-length" in headers:
        return 400, "A body has one length: Content-Length or Transfer-Encoding, not both."
    has_body = is_chunked or length != "0"
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if has_body and kind != "application/json":
        return 415, "Bodies are JSON: send Content-Type: application/json."
    if not length.isdigit() or int(length) > limit:
        return 413, f"Bodies have at most {limit // 1024 // 1024} MB."
    return None


def _has_port(host: str) -> bool:
    return host.rpartition(":")[2].isdigit() and not host.endswith("]")


def _is_number(name: str) -> bool:
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _plain(said: str) -> str:
    """`Bearer x` as it is, Basic as `user:password`."""
    scheme, _, rest = said.partition(" ")
    if scheme.lower() == "bearer":
        return f"Bearer {rest.strip().encode('latin-1').decode('utf-8', 'replace')}"
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(rest.strip() + "=" * (-len(rest.strip()) % 4)).decode()
    except (binascii.Error, ValueError):
        return ""


def _cookie(scope: Scope, headers: Headers) -> str:
    """What the web page's cookie holds; "" when there is none."""
    server = scope.get("server") or ("", 0)
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(login.cookie_name(server[1] or 0))
    except CookieError:
        return ""
    return found.value if found else ""


def _ticket(scope: Scope) -> str:
    """That of a WebSocket; "" when it has none."""
    query = scope["query_string"].decode("latin-1") if scope["type"] == "websocket" else ""
    return parse_qs(query).get("ticket", [""])[0]


def _same(said: str, wanted: str) -> bool:
    return hmac.compare_digest(said.encode(), wanted.encode())


def _noted(send: Send, scope: Scope) -> Send:
    """A line of the log for every answer, when it begins."""

    async def answer(message: Message) -> None:
        step = message["type"].rpartition(".")[2]
        if step in ("start", "accept") or message["type"] == "websocket.close":
            said = message.get("status", step)
            log.debug("%s %s %s", scope.get("method", "WS"), scope["path"], said)
        await send(message)

    return answer


def _with_headers(send: Send, origin: str) -> Send:
    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), *_named(origin)]
        await send(message)

    return answer


def _named(origin: str) -> list[tuple[bytes, bytes]]:
    return [(b"access-control-allow-origin", origin.encode("latin-1")), (b"vary", b"Origin")]


async def _preflight(send: Send, origin: str, headers: Headers) -> None:
    asked = headers.get("access-control-request-headers", "authorization, content-type")
    lines = [
        *_named(origin),
        (b"access-control-allow-methods", _ALLOWED.encode()),
        (b"access-control-allow-headers", asked.encode("latin-1")),
        (b"access-control-max-age", b"600"),
    ]
    await send({"type": "http.response.start", "status": 204, "headers": lines})
    await send({"type": "http.response.body", "body": b""})


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server bound to that address."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def checked_origins(origins: Iterable[str]) -> tuple[str, ...]:
    """Origins as browsers write them; ValueError names one that is none."""
    for origin in origins:
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or f"{parts.scheme}://{parts.netloc}" != origin:
            raise ValueError(f"{origin!r} is no origin: write scheme://host[:port]")
    return tuple(origins)
