"""A session as rows of the index. Pure."""

import time
import zlib
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from opencode.core.delta import Usage
from opencode.core.message import FilePart, Message, TextPart
from opencode.core.session import Session, SessionInfo

_LONGEST = 100_000
"""Characters of one message that can be found by search."""


class MessageRow(Struct, frozen=True):
    """A message as lists and searches see it."""

    id: str
    role: str
    created: float
    text: str
    prompt: bool
    """Typed by a person, not put in by rules, nudges or compaction."""
    check: int
    """Changes with the text."""


def info_of(
    session: Session, path: Path, *, damaged: str = "", foreign: bool = False
) -> SessionInfo:
    """What lists show of a session."""
    return replace(session.info(str(path)), damaged=damaged, foreign=foreign)


def is_prompt(message: Message) -> bool:
    """Whether a person said it: own words or an attachment, no text of rules or nudges alone."""
    return message.role == "user" and any(
        isinstance(part, FilePart) or (isinstance(part, TextPart) and not part.origin)
        for part in message.parts
    )


def message_rows(session: Session) -> list[MessageRow]:
    """All messages; other people's words in them are found, too."""
    rows: list[MessageRow] = []
    for message in session.messages:
        words = "\n".join(part.text for part in message.parts if isinstance(part, TextPart))
        text = words[:_LONGEST]
        check = zlib.crc32(text.encode("utf-8", "replace"))
        rows.append(
            MessageRow(message.id, message.role, message.created, text, is_prompt(message), check)
        )
    return rows


def usage_rows(session: Session) -> list[tuple[str, str, int, Usage]]:
    """(day, model, messages, usage) of the answers, days in local time."""
    sums: dict[tuple[str, str], tuple[int, Usage]] = {}
    for message in _own(session):
        if message.role == "assistant" and message.usage.total:
            day = _day(message)
            count, usage = sums.get((day, message.model), (0, Usage()))
            sums[day, message.model] = (count + 1, usage + message.usage)
    return [(day, model, count, usage) for (day, model), (count, usage) in sums.items()]


def call_rows(session: Session) -> list[tuple[str, str, int, int, float]]:
    """(day, tool, calls, of which failed, seconds) of the tool calls."""
    sums: dict[tuple[str, str], tuple[int, int, float]] = {}
    for message in _own(session):
        for call in message.calls:
            count, failed, seconds = sums.get((_day(message), call.tool), (0, 0, 0.0))
            took = call.ended - call.started if call.ended and call.started else 0.0
            bad = call.status in ("error", "denied", "cancelled")
            sums[_day(message), call.tool] = (count + 1, failed + bad, seconds + took)
    return [(day, tool, *found) for (day, tool), found in sums.items()]


def _own(session: Session) -> list[Message]:
    """The messages that were not copied from another session, where they count already."""
    if session.origin != "forked":
        return session.messages
    return [message for message in session.messages if message.created >= session.created]


def _day(message: Message) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(message.created))


def metadata_of(session: Session) -> str:
    """The metadata column of the `sessions` view, as JSON."""
    return msgspec.json.encode(
        {
            "title": session.title,
            "directory": session.directory,
            "usage": session.usage,
            "meta": session.meta,
        }
    ).decode()
