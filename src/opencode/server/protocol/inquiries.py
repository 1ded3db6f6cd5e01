"""What waits for a person, in the protocol's words."""

from msgspec import UNSET

from opencode.core import event as happened
from opencode.core.ask import Ask
from opencode.server.protocol import spelling, wire
from opencode.server.stream.frame import Frame


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


def told(event: happened.AskRaised | happened.AskAnswered, place: str) -> list[Frame]:
    """That something is asked, by the call in the message `place`; or answered."""
    of = event.session
    if isinstance(event, happened.AskRaised):
        is_question = event.ask.kind == "question"
        worded = question if is_question else permission
        translated = worded(event.ask, place)
        kind = "question.asked" if is_question else "permission.asked"
        said = {field: getattr(translated, field) for field in translated.__struct_fields__}
        return [Frame(kind, said, session=of)]
    reply = event.reply
    said = {"sessionID": of, "requestID": event.id}
    if event.id.startswith("que_"):
        if reply.verdict == "reject":
            return [Frame("question.rejected", said, session=of)]
        return [Frame("question.replied", {**said, "answers": reply.answers}, session=of)]
    word = "reject" if reply.verdict == "reject" else "once"
    word = "always" if word == "once" and reply.scope != "once" else word
    return [Frame("permission.replied", {**said, "reply": word}, session=of)]
