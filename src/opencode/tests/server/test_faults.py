import pytest

from opencode.core.event import RunFinished
from opencode.core.message import Fault, Message
from opencode.server.protocol.faults import of_message, of_run


@pytest.mark.parametrize(
    ("code", "status", "name", "told"),
    [
        ("provider.auth", 0, "ProviderAuthError", {"providerID": "openai"}),
        ("provider.auth", 401, "APIError", {"statusCode": 401, "isRetryable": False}),
        ("provider.unavailable", 503, "APIError", {"statusCode": 503, "isRetryable": True}),
        ("provider.context", 400, "ContextOverflowError", {}),
        ("bug", 0, "UnknownError", {}),
    ],
)
def test_a_fault_has_the_name_clients_tell_it_by(
    code: str, status: int, name: str, told: dict[str, object]
) -> None:
    fault = Fault(code, status)
    message = Message(
        "msg_1", "assistant", model="openai/x", finish="error", error="No", fault=fault
    )
    end = RunFinished("ses_1", "error", "No", code, status=status)
    for found in (of_message(message), of_run(end, "openai/x", message)):
        assert found
        assert (found.name, found.data) == (name, {"message": "No", **told})


def test_a_declined_and_a_cut_answer_have_names_of_their_own() -> None:
    declined = Message("msg_1", "assistant", finish="refused")
    cut = Message("msg_1", "assistant", finish="length")
    ends = [RunFinished("ses_1", "error", "No", "provider.refused"), RunFinished("ses_1", "limit")]
    found = [of_run(end, "", last) for end, last in zip(ends, (declined, cut), strict=True)]
    assert [one.name for one in (of_message(declined), *found) if one] == [
        "ContentFilterError",
        "ContentFilterError",
        "MessageOutputLengthError",
    ]
