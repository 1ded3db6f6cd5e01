"""A conversation of earlier, told as if it happened now, for an editor that opens it."""

from collections.abc import Iterator
from pathlib import Path

from acp import helpers
from acp.schema import UserMessageChunk

from opencode.acp import calls
from opencode.acp.narrate import Update, plan, planned, said, thought, usage
from opencode.core.message import FilePart, Message, ReasoningPart, TextPart, ToolPart
from opencode.core.session import Session


def replayed(session: Session, cwd: Path, window: int) -> Iterator[Update]:
    """Every update, in order: what was said, called and planned."""
    for message in session.messages:
        yield from _asked(message) if message.role == "user" else _answered(message, cwd)
    if session.todos:
        yield plan([(todo.text, todo.status) for todo in session.todos])
    last = next((m for m in reversed(session.messages) if m.usage.total), None)
    if last and window:
        yield usage(last.usage.total, window, session.usage.cost)


def _asked(message: Message) -> Iterator[Update]:
    for part in message.parts:
        if isinstance(part, TextPart) and not part.origin and part.text:
            block = helpers.text_block(part.text)
        elif isinstance(part, FilePart) and part.data and part.mime.startswith("image/"):
            block = helpers.image_block(part.data, part.mime)
        elif isinstance(part, FilePart):
            where = Path(part.path).absolute().as_uri() if part.path else f"file:///{part.name}"
            block = helpers.resource_link_block(part.name, where, mime_type=part.mime)
        else:
            continue
        yield UserMessageChunk(
            session_update="user_message_chunk", content=block, message_id=message.id
        )


def _answered(message: Message, cwd: Path) -> Iterator[Update]:
    for part in message.parts:
        match part:
            case TextPart() if part.text:
                yield said(part.text, message.id)
            case ReasoningPart() if part.text:
                yield thought(part.text, message.id)
            case ToolPart():
                yield helpers.start_tool_call(
                    part.id,
                    calls.title(part),
                    kind=calls.kind(part.tool),
                    status=calls.status(part),
                    content=calls.content(part, cwd),
                    locations=calls.locations(part, cwd),
                    raw_input=part.input,
                    raw_output={"output": part.output},
                )
                yield from planned(part)
            case _:
                continue
