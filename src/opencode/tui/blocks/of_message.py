"""A stored message as blocks."""

import re
from collections.abc import Sequence

from msgspec.structs import replace

from opencode.core.delta import Usage
from opencode.core.display import Text
from opencode.core.message import FilePart, Message, ReasoningPart, TextPart, ToolPart
from opencode.i18n.catalog import t
from opencode.tui.blocks.block import (
    AnswerBlock,
    AnyBlock,
    EndBlock,
    NoticeBlock,
    ReasoningBlock,
    RuleBlock,
    ToolBlock,
    UserBlock,
)

_BRACKETS = re.compile(r"^\[|\]$", re.MULTILINE)
"""What our notes to models stand in."""

SHOWN = 60_000
"""Characters of an output that stay in memory for people."""


def blocks_of(message: Message) -> list[AnyBlock]:
    """What a person sees of a message; texts put in by others are left out."""
    if message.summary:
        return [RuleBlock(message.id, t("transcript.compacted"), _all_text(message))]
    if message.role == "user":
        return _of_user(message)
    blocks: list[AnyBlock] = []
    for number, part in enumerate(message.parts):
        key = f"{message.id}:{number}"
        match part:
            case TextPart() if part.text.strip():
                blocks.append(AnswerBlock(key, part.text))
            case ReasoningPart() if part.text.strip():
                blocks.append(ReasoningBlock(key, part.text))
            case ToolPart():
                shut_or_open = True if _is_by_hand(message) else None
                blocks.append(ToolBlock(f"call:{part.id}", slim(part), opened=shut_or_open))
            case _:
                pass
    if message.error:
        blocks.append(NoticeBlock(f"{message.id}:error", "error", message.error))
    return blocks


def _of_user(message: Message) -> list[AnyBlock]:
    chips = [part.name for part in message.parts if isinstance(part, FilePart)]
    blocks: list[AnyBlock] = []
    if message.text or chips:
        blocks.append(UserBlock(message.id, message.text, message.agent, chips))
    for number, part in enumerate(message.parts):
        if isinstance(part, TextPart) and part.origin == "nudge":
            words = _BRACKETS.sub("", part.text)
            blocks.append(NoticeBlock(f"{message.id}:{number}", "info", words))
    return blocks


def blocks_of_all(messages: Sequence[Message], *, busy: bool) -> list[AnyBlock]:
    """A conversation as it is stored; a line under the last answer to each prompt says what it
    took. While a run goes on (`busy`) the last answer has no such line yet."""
    blocks: list[AnyBlock] = []
    began: float | None = None
    spent = Usage()
    for index, message in enumerate(messages):
        if _is_prompt(message):
            began, spent = message.created, Usage()
        spent += message.usage
        blocks.extend(blocks_of(message))
        following = messages[index + 1] if index + 1 < len(messages) else None
        is_last = _is_prompt(following) or _is_by_hand(following) if following else not busy
        if is_last and message.role == "assistant" and not _is_by_hand(message):
            blocks.append(_end_of(message, began, spent))
    return blocks


def _is_by_hand(message: Message) -> bool:
    """A person ran a tool: no model made the call."""
    return message.role == "assistant" and not message.model and len(message.calls) == 1


def _is_prompt(message: Message) -> bool:
    """A person said it, no note of ours."""
    said = message.text or any(isinstance(part, FilePart) for part in message.parts)
    return message.role == "user" and bool(said)


def _end_of(message: Message, began: float | None, spent: Usage) -> EndBlock:
    return EndBlock(
        f"{message.id}:end",
        message.agent,
        message.model,
        message.ended - began if message.ended and began else None,
        spent.cost,
        spent.total,
        message.finish if message.finish in ("cancelled", "error") else "",
    )


def slim(part: ToolPart) -> ToolPart:
    """The call without what people never see: long outputs would fill the memory."""
    shown = [
        replace(d, text=d.text[:SHOWN]) if isinstance(d, Text) and len(d.text) > SHOWN else d
        for d in part.display
    ]
    output = "" if part.display and part.status == "completed" else part.output[:SHOWN]
    return replace(part, output=output, display=shown, files=[], meta={})


def _all_text(message: Message) -> str:
    return "\n\n".join(part.text for part in message.parts if isinstance(part, TextPart))
