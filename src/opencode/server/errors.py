"""What went wrong, in the shape each client reads: the protocol's, seed 004's, or OpenAI's."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from opencode.core.error import (
    AuthError,
    ContextTooLong,
    OpenCodeError,
    PermissionDenied,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    RequestRefused,
    SessionError,
    SessionNotFound,
    ToolError,
    UsageError,
)
from opencode.i18n.english import translated
from opencode.server.access import login
from opencode.server.protocol.tags import tagged

log = logging.getLogger(__name__)

_STATUS: tuple[tuple[type[OpenCodeError], int, str], ...] = (
    (SessionNotFound, 404, "NotFoundError"),
    (SessionError, 409, "ConflictError"),
    (PermissionDenied, 403, "PermissionDeniedError"),
    (RateLimited, 429, "APIError"),
    (QuotaExhausted, 429, "APIError"),
    (ContextTooLong, 400, "ContextOverflowError"),
    (RequestRefused, 400, "APIError"),
    (AuthError, 502, "ProviderAuthError"),
    (ProviderError, 503, "APIError"),
    (UsageError, 400, "BadRequest"),
    (ToolError, 400, "ToolError"),
)
_NAMES = {
    400: "BadRequest",
    401: "UnauthorizedError",
    403: "Forbidden",
    404: "NotFoundError",
    405: "MethodNotAllowed",
    413: "PayloadTooLarge",
    415: "UnsupportedMediaType",
    421: "MisdirectedRequest",
}
_TYPES = {401: "authentication_error", 404: "invalid_request_error", 429: "rate_limit_error"}
_CODES = {401: "invalid_api_key", 404: "not_found", 429: "rate_limit_exceeded", 504: "timeout"}


class NotThere(OpenCodeError):
    """What the path names does not exist."""

    code = "not_found"


def status_of(error: OpenCodeError) -> tuple[int, str]:
    """The HTTP status and the protocol's name of an error of ours."""
    if isinstance(error, NotThere):
        return 404, "NotFoundError"
    found = next(((s, n) for kind, s, n in _STATUS if isinstance(error, kind)), None)
    return found or (400, "UnknownError")


def openai_error(status: int, message: str, code: str = "", param: str | None = None) -> Any:
    """OpenAI's envelope."""
    chosen = code or _CODES.get(status) or None
    return {"error": {"message": message, "type": _type(status), "param": param, "code": chosen}}


def _type(status: int) -> str:
    return _TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")


def protocol_error(
    status: int, message: str, name: str = "", details: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The protocol's envelope with seed 004's beside it; who reads OpenAI's finds a type there."""
    name = name or _NAMES.get(status, "UnknownError")
    return {
        "name": name,
        "data": {"message": message, **(details or {})},
        "error": {
            "code": name,
            "message": message,
            "type": _type(status),
            "details": details or {},
        },
    }


def refusal(
    path: str,
    status: int,
    message: str,
    headers: Mapping[str, str] | None = None,
    name: str = "",
    tags: Mapping[str, Any] | None = None,
) -> Response:
    """An error as the clients of that path read it; `tags` as `tagged` makes them."""
    if path.startswith("/v1/"):
        body: dict[str, Any] = openai_error(status, message)
    else:
        details = _patience((headers or {}).get("retry-after", ""))
        body = protocol_error(status, message, name, details)
        tags = tags or tagged(path, status, body["name"], {}, session=False)
        body = {**tags, **body, "message": message}
    return Response(
        msgspec.json.encode(body), status, dict(headers or {}), media_type="application/json"
    )


def _patience(seconds: str) -> dict[str, Any]:
    """What seed 004's clients are told of a limit; how large it is, no provider's error says."""
    if not seconds.isdecimal():
        return {}
    until = datetime.now(UTC) + timedelta(seconds=int(seconds))
    return {
        "retry_after": int(seconds),
        "limit": None,
        "remaining": 0,
        "reset_at": until.isoformat(timespec="seconds"),
    }


async def on_http(request: Request, error: Exception) -> Response:
    """Unknown paths, wrong methods, bodies that are too large."""
    assert isinstance(error, HTTPException)
    known = {404: f"There is no {request.method} {request.url.path}.", 405: "Wrong method."}
    words = known.get(error.status_code, error.detail)
    return refusal(request.url.path, error.status_code, words, error.headers)


def sentences(message: str, hint: str) -> str:
    """What went wrong and what to do about it as running text."""
    if hint and message and (message[-1].isalnum() or message[-1] in "'\"`)]"):
        message += "."
    return f"{message} {hint}".strip()


async def on_ours(request: Request, error: Exception) -> Response:
    """What we raise on purpose."""
    assert isinstance(error, OpenCodeError)
    status, name = status_of(error)
    message, hint = error.message, error.hint
    if login.is_page(request.headers):
        language = login.spoken_by(request.headers)
        message, hint = translated(message, language), translated(hint, language)
    words = sentences(message, hint)
    wait = error.retry_after if isinstance(error, ProviderError) else None
    headers = {"retry-after": str(int(wait))} if wait is not None else {}
    lost = isinstance(error, SessionNotFound)
    tags = tagged(request.url.path, status, name, request.path_params, session=lost)
    return refusal(request.url.path, status, words, headers, name, tags)


async def on_bad_input(request: Request, error: Exception) -> Response:
    """Bodies and queries that do not fit."""
    return refusal(request.url.path, 400, f"The request does not fit: {error}")


async def on_gone(request: Request, error: Exception) -> Response:
    """Who left before the request was whole; nobody reads the answer."""
    log.info("%s %s: the caller left", request.method, request.url.path)
    return Response(status_code=400)


async def on_files(request: Request, error: Exception) -> Response:
    """What the file system refuses: no rights, a name that is too long, a full disk."""
    assert isinstance(error, OSError)
    log.warning("%s %s: %s", request.method, request.url.path, error)
    kinds = ((FileNotFoundError, 404), (PermissionError, 403))
    status = next((status for kind, status in kinds if isinstance(error, kind)), 400)
    return refusal(request.url.path, status, f"The file system says: {error.strerror or error}.")


async def on_bug(request: Request, error: Exception) -> Response:
    """A fault of ours: the log has it, the client gets no traceback."""
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return refusal(request.url.path, 500, "Unexpected error; the server's log has the details.")
