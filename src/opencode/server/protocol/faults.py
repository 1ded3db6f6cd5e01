"""What a run or an answer ended with, under the names the protocol's clients tell apart."""

from typing import Any

from opencode.core.error import AuthError, ContextTooLong, RateLimited, Unavailable
from opencode.core.event import RunFinished
from opencode.core.message import Message
from opencode.server.errors import sentences
from opencode.server.protocol import wire

_RETRYABLE = (RateLimited.code, Unavailable.code)
_DECLINED = "The model declined to answer."


def of_message(message: Message) -> wire.Fault | None:
    """What went wrong with an answer; None when nothing did."""
    if message.finish == "cancelled":
        return wire.Fault("MessageAbortedError", {"message": "Cancelled."})
    if message.finish == "refused":
        return wire.Fault("ContentFilterError", {"message": message.error or _DECLINED})
    if not message.error:
        return None
    if not message.fault:
        return wire.Fault("UnknownError", {"message": message.error})
    if message.fault.code == "structured":
        told = {"message": message.error, "retries": message.fault.tries}
        return wire.Fault("StructuredOutputError", told)
    return _named(message.fault.code, message.fault.status, message.error, message.model)


def of_run(end: RunFinished, model: str, last: Message | None) -> wire.Fault | None:
    """What ended a run on that model, whose last answer is known; None when it ended well."""
    said = sentences(end.detail, end.hint)
    finish = last.finish if last else ""
    match end.reason:
        case "cancelled":
            return wire.Fault("MessageAbortedError", {"message": end.detail or "Cancelled."})
        case "error" if finish == "refused":
            return wire.Fault("ContentFilterError", {"message": said})
        case "error":
            return _named(end.code, end.status, said, model)
        case "limit" if last and last.fault and last.fault.code == "structured":
            return of_message(last)
        case "limit":
            name = "MessageOutputLengthError" if finish == "length" else "UnknownError"
            return wire.Fault(name, {"message": said})
        case _:
            return None


def _named(code: str, status: int, message: str, model: str) -> wire.Fault:
    said: dict[str, Any] = {"message": message}
    if code == ContextTooLong.code:
        return wire.Fault("ContextOverflowError", said)
    if code == AuthError.code and not status:  # there is no key; one that was refused has a status
        provider = model.partition("/")[0]
        return wire.Fault("ProviderAuthError", {"providerID": provider, **said})
    if not code.startswith("provider"):
        return wire.Fault("UnknownError", said)
    known = {"statusCode": status} if status else {}
    return wire.Fault("APIError", {**said, **known, "isRetryable": code in _RETRYABLE})
