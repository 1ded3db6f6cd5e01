import time
from email.utils import formatdate

import pytest

from opencode.core.error import (
    AuthError,
    ContextTooLong,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    RequestRefused,
    Unavailable,
)
from opencode.providers.errors import error_from, error_of, failed_frame, seconds_of
from opencode.providers.worker.frames import Route

ROUTE = Route("anthropic/m", "Anthropic", id="anthropic", key_env="ANTHROPIC_API_KEY")


class BadRequestError(Exception):
    status_code = 400


class ContextWindowExceededError(BadRequestError):
    pass


class RateLimitError(Exception):
    status_code = 429
    litellm_response_headers: dict[str, str] | None = None


class MidStreamFallbackError(Exception):
    status_code = 503
    original_exception: Exception | None = None


class AuthenticationError(Exception):
    status_code = 401


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (ContextWindowExceededError("too much"), ContextTooLong),
        (BadRequestError("This model's maximum context length is 8192 tokens"), ContextTooLong),
        (BadRequestError("input token count (9) exceeds the maximum"), ContextTooLong),
        (BadRequestError("bad tool schema"), RequestRefused),
        (RateLimitError("slow down"), RateLimited),
        (RateLimitError("Request too large for m on tokens per min (TPM)"), ContextTooLong),
        (RateLimitError("insufficient_quota"), QuotaExhausted),
        (RateLimitError("try again in 16 days"), QuotaExhausted),
        (RateLimitError("GenerateRequestsPerDayPerProject"), QuotaExhausted),
        (BadRequestError("Your credit balance is too low"), QuotaExhausted),
        (AuthenticationError("invalid x-api-key"), AuthError),
        (ConnectionResetError("reset by peer"), Unavailable),
        (RuntimeError("Error parsing chunk"), Unavailable),
        (KeyError("choices"), Unavailable),
        (Unavailable("our own"), Unavailable),
    ],
)
def test_each_failure_has_its_class(failure: Exception, expected: type[ProviderError]) -> None:
    assert type(error_of(failure, ROUTE)) is expected


def test_a_failure_in_the_middle_is_judged_by_its_cause() -> None:
    wrapped = MidStreamFallbackError("fallback")
    wrapped.original_exception = RateLimitError("slow down")
    assert type(error_of(wrapped, ROUTE)) is RateLimited


def test_the_wait_asked_for_is_found_in_litellms_headers() -> None:
    failure = RateLimitError("slow down")
    failure.litellm_response_headers = {"Retry-After": "12"}
    assert error_of(failure, ROUTE).retry_after == 12.0


def test_a_wait_of_hours_is_a_quota() -> None:
    failure = RateLimitError("slow down")
    failure.litellm_response_headers = {"retry-after": "86400"}
    assert type(error_of(failure, ROUTE)) is QuotaExhausted


def test_all_forms_of_the_header_are_read() -> None:
    assert seconds_of({"Retry-After": "2.5"}) == 2.5
    assert seconds_of({"retry-after-ms": "1500"}) == 1.5
    later = seconds_of({"retry-after": formatdate(time.time() + 100, usegmt=True)})
    assert later is not None
    assert 90 < later <= 100
    assert seconds_of({"retry-after": "soon"}) is None
    assert seconds_of({}) is None


def test_advice_names_the_variable_and_the_command() -> None:
    hint = error_of(AuthenticationError("no"), ROUTE).hint
    assert "ANTHROPIC_API_KEY" in hint
    assert "opencode auth set anthropic" in hint


def test_a_key_that_a_gateway_says_back_is_blacked_out() -> None:
    headers = {"X-Api-Key": "headers-own-1", "X-Title": "my program"}
    route = Route("openai/m", "OpenAI", api_key="plain-words-key", headers=headers)
    said = "Incorrect API key provided: plain-words-key (headers-own-1) by my program"
    error = error_of(AuthenticationError(said), route)
    assert error.message == "OpenAI: Incorrect API key provided: [hidden] ([hidden]) by my program"


def test_wrapping_of_the_library_is_taken_off() -> None:
    text = 'litellm.BadRequestError: OpenAIException - {"error": {"message": "No \\"x\\" here"}}'
    assert error_of(BadRequestError(text), ROUTE).message == 'Anthropic: No "x" here'
    text = "litellm.InternalServerError: AzureException APIConnectionError - Nobody listens."
    assert error_of(BadRequestError(text), ROUTE).message == "Anthropic: Nobody listens."
    text = "Cannot connect to host a:443 [Name not known]. Handle with `InternalServerError`."
    assert error_of(ConnectionError(text), ROUTE).message.endswith("host a:443 [Name not known]")


@pytest.mark.parametrize(
    "error", [RateLimited("m", retry_after=3.0), AuthError("a", hint="b", status=401)]
)
def test_an_error_crosses_the_pipe_whole(error: ProviderError) -> None:
    arrived = error_from(failed_frame(1, error))
    assert type(arrived) is type(error)
    assert (arrived.message, arrived.hint, arrived.status, arrived.retry_after) == (
        error.message,
        error.hint,
        error.status,
        error.retry_after,
    )
