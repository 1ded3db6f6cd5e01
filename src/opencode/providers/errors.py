"""What went wrong at a provider, as a table: litellm's classes in, ours with advice out."""

import re
import time
from collections.abc import Iterator, Mapping
from typing import Any

from opencode.core.error import (
    AuthError,
    ContextTooLong,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    RequestRefused,
    Unavailable,
)
from opencode.host.log import redact
from opencode.providers.worker.frames import Failed, Route

ERRORS: dict[str, type[ProviderError]] = {
    kind.code: kind
    for kind in (
        ProviderError,
        AuthError,
        RateLimited,
        QuotaExhausted,
        ContextTooLong,
        Unavailable,
        RequestRefused,
    )
}
"""Ours, by the word they go by on the way from the worker and in scripts."""

LONGEST_PATIENCE = 300.0
"""Seconds; a provider that asks for a longer wait has run out of quota, not of breath."""

_CLASSES: tuple[tuple[str, type[ProviderError]], ...] = (
    ("ContextWindowExceededError", ContextTooLong),
    ("ContentPolicyViolationError", RequestRefused),
    ("PaymentRequiredError", QuotaExhausted),
    ("BudgetExceededError", QuotaExhausted),
    ("AuthenticationError", AuthError),
    ("PermissionDeniedError", AuthError),
    ("RateLimitError", RateLimited),
    ("Timeout", Unavailable),
    ("TimeoutException", Unavailable),
    ("TimeoutError", Unavailable),
    ("TransportError", Unavailable),
    ("ClientError", Unavailable),
    ("APIConnectionError", Unavailable),
    ("ServiceUnavailableError", Unavailable),
    ("BadGatewayError", Unavailable),
    ("InternalServerError", Unavailable),
    ("NotFoundError", RequestRefused),
    ("UnprocessableEntityError", RequestRefused),
    ("BadRequestError", RequestRefused),
)
"""By the name of the class or of one it descends from; the first row that fits speaks."""

_STATUSES: Mapping[int, type[ProviderError]] = {
    401: AuthError,
    402: QuotaExhausted,
    403: AuthError,
    408: Unavailable,
    409: Unavailable,
    413: ContextTooLong,
    425: Unavailable,
    429: RateLimited,
}

_LOCKED_OUT = frozenset(
    (
        *("RefreshError", "DefaultCredentialsError", "MalformedError"),
        *("ProfileNotFound", "NoCredentialsError", "PartialCredentialsError"),
        *("CredentialRetrievalError", "TokenRetrievalError", "UnauthorizedSSOTokenError"),
        *("SSOTokenLoadError", "ConfigParseError"),
    )
)
"""What the clouds' libraries raise before anything is sent, for want of good credentials."""

_CONTEXT = re.compile(
    r"context[_ ]length|context[_ ]window|maximum context|prompt is too long"
    r"|too many (input )?tokens|input (token count|is too long)|request too large"
    r"|exceeds? the (maximum|model'?s) .{0,40}tokens",
    re.IGNORECASE,
)
_QUOTA = re.compile(
    r"insufficient_quota|exceeded your (current|monthly) quota|billing|credit balance"
    r"|out of credits|insufficient (balance|funds|credits)|usage limit|per[_ ]?day|daily limit"
    r"|(in|after) \d+ (day|hour|week|month)s?\b",
    re.IGNORECASE,
)
_RATE = re.compile(r"rate[_ ]?limit|too many requests|resource_?exhausted", re.IGNORECASE)
_BUSY = re.compile(
    r"overloaded|over capacity|try again later|temporarily|unavailable", re.IGNORECASE
)
_UNREACHED = re.compile(
    r"cannot connect|nobody answers|connect(ion)? (refused|error|call failed)|name or service"
    r"|getaddrinfo|network is unreachable|no route|certificate|ssl|connecterror",
    re.IGNORECASE,
)
_BROKEN = re.compile(
    r"payload is not completed|reset by peer|peer closed|incomplete (chunked )?read|disconnected",
    re.IGNORECASE,
)
_CRASHED = re.compile(r"unexpected response from", re.IGNORECASE)
_NO_ENTRY = re.compile(r"unable to load vertex credentials|service account info", re.IGNORECASE)
_NO_MODEL = re.compile(
    r"model.{0,80}(not found|does not exist|not exist|unknown)|not_found_error",
    re.IGNORECASE | re.DOTALL,
)
_INSIDES = re.compile(r" ssl:(<[^>]*>|\w+)|\b\w+_(?=Cannot connect)|\.? Handle with `\w+`\.?")
"""Names of classes and objects in what the network says."""
_USER = re.compile(r"//[^/@]*@")
_KEY_NAMES = ("key", "token", "secret", "password", "authorization", "credentials")
_NOBODY = "nobody answers there"
_NOBODY_THERE = re.compile(r"Cannot connect to host \S+ \[.*Connect call failed.*\]")
_TRUST = (
    "A company's own certificate? Name its file in [network] certificates or SSL_CERT_FILE; "
    "`opencode doctor` says what is trusted."
)
_WRAPPING = re.compile(
    r"(litellm\.|APIError: |[A-Za-z]+Exception (?:[A-Za-z]+Error )?- |[A-Za-z]+Error: )+"
)


def error_of(failure: BaseException, route: Route) -> ProviderError:
    """Our error for whatever came out of litellm or the network under it."""
    for layer in _layers(failure):
        if isinstance(layer, ProviderError):
            return layer
        if type(layer).__name__ in _LOCKED_OUT:
            return advised(AuthError, _text(layer), route)
    root = getattr(failure, "original_exception", None) or failure
    status = _status(root) or _status(failure)
    text = _text(root)
    kind = _kind(root, status, text)
    return advised(kind, text, route, status=status, retry_after=_retry_after(failure))


def advised(
    kind: type[ProviderError],
    text: str,
    route: Route,
    *,
    status: int = 0,
    retry_after: float | None = None,
) -> ProviderError:
    """An error of that kind with the sentence that says what to do."""
    if kind is RateLimited and retry_after is not None and retry_after > LONGEST_PATIENCE:
        kind = QuotaExhausted
    where = _USER.sub("//", route.base_url) or f"the address of {route.provider}"
    text = redact(text, _keys_of(route))  # some gateways say which key they refused
    message, hint = f"{route.provider}: {text}", ""
    if kind is AuthError:
        hint = _key_advice(route)
    elif kind is QuotaExhausted:
        hint = (
            "Waiting a minute does not help: check the plan and credits, or choose another model."
        )
    elif kind is ContextTooLong:
        hint = "Compact the session, or choose a model with a larger window."
    elif kind is Unavailable and _UNREACHED.search(text):
        message = f"{route.provider} cannot be reached at {where}: {text}"
        hint = "Check that it is running, the address (base_url) and the network or proxy."
        if "certificate" in text.lower():
            kind, hint = ProviderError, _TRUST  # asking again would not change it
    elif kind is RequestRefused and _NO_MODEL.search(text):
        hint = f"`opencode models {route.id}` lists the models; asked for was {route.model}."
    return kind(message, hint=hint, status=status, retry_after=retry_after)


def _keys_of(route: Route) -> list[str]:
    """All that lets us in."""
    given = {**route.more, **route.headers}
    return [route.api_key, *(v for name, v in given.items() if name.lower().endswith(_KEY_NAMES))]


def unheard(route: Route) -> ProviderError:
    """The error where nobody listens."""
    return advised(Unavailable, _NOBODY, route)


def _key_advice(route: Route) -> str:
    if route.initiator:
        return f"Run `opencode auth login {route.id}`."
    if route.more and not route.api_key:
        return f"Check {route.key_env} and what else lets you in to {route.provider}."
    if not route.key_env:
        return f"Store a key with `opencode auth set {route.id}`."
    return f"Check {route.key_env}, or store a key with `opencode auth set {route.id}`."


def _layers(failure: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while failure is not None and id(failure) not in seen:
        seen.add(id(failure))
        yield failure
        failure = (
            getattr(failure, "original_exception", None) or failure.__cause__ or failure.__context__
        )


def _kind(failure: BaseException, status: int, text: str) -> type[ProviderError]:
    found = AuthError if _NO_ENTRY.search(text) else _plain(failure, status)
    if found is ContextTooLong or _is_too_long(status, text):
        return ContextTooLong
    if _CRASHED.search(str(failure)) or (
        found is AuthError and status == 403 and _BUSY.search(text)
    ):
        return Unavailable
    if found in (RateLimited, RequestRefused) and status != 404 and _QUOTA.search(text):
        return QuotaExhausted
    if found is RequestRefused and status in (0, 400) and _RATE.search(text):
        return RateLimited
    return found


def _plain(failure: BaseException, status: int) -> type[ProviderError]:
    """By class and status, before the text is read."""
    ancestors = {ancestor.__name__ for ancestor in type(failure).__mro__}
    named = next((kind for name, kind in _CLASSES if name in ancestors), None)
    if named in (ContextTooLong, QuotaExhausted):
        return named
    if status in _STATUSES:
        return _STATUSES[status]
    if status >= 500:
        return Unavailable
    return named or (RequestRefused if status >= 400 else Unavailable)


def _is_too_long(status: int, text: str) -> bool:
    if status in (413, 429):  # more than a minute's allowance at once: waiting does not help
        return "too large" in text.lower()
    return status in (0, 400, 422, 500) and _CONTEXT.search(text) is not None


def _status(failure: BaseException) -> int:
    for name in ("status_code", "status", "code"):
        value: object = getattr(failure, name, None)
        if isinstance(value, int) and 100 <= value < 600:
            return value
        if isinstance(value, str) and value.isdigit() and 100 <= int(value) < 600:
            return int(value)
    return 0


def _text(failure: BaseException) -> str:
    message: object = getattr(failure, "message", "") or str(failure) or type(failure).__name__
    text = _INSIDES.sub("", _WRAPPING.sub("", str(message))).strip()
    text = _NOBODY_THERE.sub(_NOBODY, text)
    inner = re.search(r"""["'](?:message|error)["']:\s*["']((?:[^"\\]|\\.)+?)["']\s*[,}]""", text)
    text = re.sub(r"\\n", " ", re.sub(r"\\+([\"'])", r"\1", inner.group(1) if inner else text))
    if _BROKEN.search(text):
        return "the connection broke in the middle of the reply"
    return text.split("\n")[0][:500] or type(failure).__name__


def _retry_after(failure: BaseException) -> float | None:
    for layer in _layers(failure):
        headers: Any = getattr(layer, "litellm_response_headers", None) or getattr(
            layer, "headers", None
        )
        response = getattr(layer, "response", None)
        for source in (headers, getattr(response, "headers", None)):
            if source and (seconds := seconds_of(dict(source))) is not None:
                return seconds
    return None


def seconds_of(headers: Mapping[str, Any]) -> float | None:
    """How long a provider asks us to wait; both of the header's forms and the milliseconds one."""
    low = {str(key).lower(): str(value) for key, value in headers.items()}
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = low.get(name, low.get(f"llm_provider-{name}", "")).strip()
        if not value:
            continue
        try:
            return max(0.0, float(value) * unit)
        except ValueError:
            pass
        from email.utils import parsedate_to_datetime  # noqa: PLC0415 - 3 ms, seldom needed

        try:
            return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
        except ValueError:
            continue
    return None


def failed_frame(call: int, error: ProviderError) -> Failed:
    """The error as it crosses from the worker."""
    return Failed(call, error.code, error.message, error.hint, error.status, error.retry_after)


def error_from(frame: Failed) -> ProviderError:
    """The error as it arrives."""
    kind = ERRORS.get(frame.code, ProviderError)
    return kind(frame.message, hint=frame.hint, status=frame.status, retry_after=frame.retry_after)
