"""A server's wish to have a model answer, as a request of ours, and the answer as it wants it."""

import mcp_types as types

from opencode.core.ask import Option, Question
from opencode.core.ids import new_id
from opencode.core.message import FilePart, Message, Part, TextPart
from opencode.core.provider import ModelRequest

ONCE, ALWAYS, NO = "Once", "As long as this server runs", "No"
_SHOWN = 2000
_MOST = 16_000
"""Tokens of one such answer."""


def question_of(server: str, params: types.CreateMessageRequestParams) -> Question:
    """Whether the model may answer, with what it is asked."""
    words = "\n".join(
        part.text
        for message in request_of(params).messages
        for part in message.parts
        if isinstance(part, TextPart)
    )
    shown = words if len(words) <= _SHOWN else f"{words[:_SHOWN]}\n[{len(words)} characters]"
    system = f"As: {params.system_prompt[:300]}\n" if params.system_prompt else ""
    said = f"{server} wants your model to answer, at your cost:\n{system}{shown}"
    return Question(said, server, [Option(ONCE), Option(ALWAYS), Option(NO)])


def request_of(params: types.CreateMessageRequestParams) -> ModelRequest:
    """The request without a model: ours is taken, whatever the server would prefer."""
    return ModelRequest(
        "",
        params.system_prompt or "",
        [_message(one) for one in params.messages],
        max_tokens=min(params.max_tokens, _MOST),
        temperature=params.temperature,
    )


def result_of(answer: Message) -> types.CreateMessageResult:
    """The answer as the server gets it."""
    return types.CreateMessageResult(
        role="assistant",
        content=types.TextContent(type="text", text=answer.text),
        model=answer.model,
        stop_reason="maxTokens" if answer.finish == "length" else "endTurn",
    )


def _message(one: types.SamplingMessage) -> Message:
    parts: list[Part] = []
    for block in one.content_as_list:
        match block:
            case types.TextContent():
                parts.append(TextPart(block.text))
            case types.ImageContent():
                parts.append(FilePart("picture", block.mime_type, block.data))
            case _:
                parts.append(TextPart(f"[{block.type}]"))
    return Message(new_id("msg"), one.role, parts)
