"""What waits for a person, in the protocol's words."""

from msgspec import UNSET

from opencode.core.ask import Ask
from opencode.server import spelling, wire


def permission(ask: Ask, message: str = "") -> wire.PermissionRequest:
    """A question about a call. `message` is the answer the call stands in, when it is known."""
    return wire.PermissionRequest(
        ask.id,
        ask.session,
        spelling.tool_name(ask.tool),
        [request.target for request in ask.requests],
        {"title": ask.text, "reasons": ask.reasons, "warnings": ask.warnings},
        [rule.target for rule in ask.rules],
        wire.CallPlace(message, ask.call) if message else UNSET,
    )


def question(ask: Ask, message: str = "") -> wire.QuestionRequest:
    """Questions of a model."""
    asked = [
        wire.Question(
            one.text,
            one.header,
            [wire.QuestionOption(o.label, o.description) for o in one.options],
            one.multiple,
        )
        for one in ask.questions
    ]
    where = wire.CallPlace(message, ask.call) if message else UNSET
    return wire.QuestionRequest(ask.id, ask.session, asked, where)
