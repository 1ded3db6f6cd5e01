"""Our errors as the protocol's: a person reads them in the editor."""

from collections.abc import Generator
from contextlib import contextmanager

from acp import RequestError

from opencode.core.error import ConfigError, OpenCodeError, SessionNotFound, UsageError

_NOT_FOUND = -32002
_INVALID = -32602
_FAILED = -32603


@contextmanager
def spoken() -> Generator[None]:
    """Whatever we raise on purpose comes out as RequestError."""
    try:
        yield
    except OpenCodeError as error:
        raise refusal(error) from error


def refusal(error: OpenCodeError) -> RequestError:
    """The error with its fix in one line."""
    match error:
        case SessionNotFound():
            code = _NOT_FOUND
        case UsageError() | ConfigError():
            code = _INVALID
        case _:
            code = _FAILED
    return failed(error.message, error.hint, error.code, number=code)


def failed(text: str, hint: str, code: str, *, number: int = _FAILED) -> RequestError:
    """An error a person reads, with its fix."""
    return RequestError(number, sentences(text, hint), {"code": code})


def sentences(text: str, hint: str) -> str:
    """What went wrong and its fix as running text."""
    if hint and text and text[-1] not in ".!?…:":
        text += "."
    return f"{text} {hint}".strip()


def invalid(text: str) -> RequestError:
    """The editor asked for what cannot be."""
    return RequestError(_INVALID, text)
