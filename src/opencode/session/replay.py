"""A session as it was at its last record: the file, and then what the journal says."""

from pathlib import Path
from typing import Any

import msgspec
from msgspec import Raw
from msgspec.json import decode

from opencode.core.error import SessionNotFound, SessionUnreadable
from opencode.core.message import Message
from opencode.core.session import Session
from opencode.session.document import (
    Document,
    decode_field,
    decode_message,
    encode_message,
    head_fields,
    read_document,
)
from opencode.session.journal import read_records
from opencode.session.places import FILE_NAME, journal_of


def read_session(path: Path, session_id: str = "", records: list[bytes] | None = None) -> Document:
    """File and journal of the session at `path`, whose id is `session_id` if the file cannot say.

    Nothing is changed on disk. SessionNotFound, or SessionUnreadable when nothing is whole.
    """
    found = read_records(journal_of(path)).whole if records is None else records
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise SessionNotFound(f"There is no session file {path}.") from None
    except OSError as error:
        raise SessionUnreadable(f"{path} cannot be read: {error.strerror}.") from error
    match = FILE_NAME.fullmatch(path.name)
    fallback = session_id or f"ses_{match[1] if match else path.stem}"
    try:
        document = read_document(data, fallback)
    except SessionUnreadable:
        if not found:
            raise SessionUnreadable(
                f"{path} is damaged and nothing in it can be read.",
                hint="The file is kept as it is; put back a copy of it if you have one.",
            ) from None
        lost = ["the file cannot be read; what its journal holds is here"]
        document = Document(Session(fallback, ""), intact=False, damage=lost)
    for payload in found:
        apply_record(document.session, payload)
    return document


def make_record(head: dict[str, bytes], keep: str | None, messages: list[Message]) -> bytes:
    """What changed, as one record: fields of the head, the id of the last message that stays
    (None: all stay; "": none), and messages that are new or replace those of their id."""
    changed: dict[str, Any] = {"head": {name: Raw(value) for name, value in head.items()}}
    if keep is not None:
        changed["keep"] = keep
    if messages:
        changed["messages"] = [Raw(encode_message(message)) for message in messages]
    return msgspec.json.encode(changed)


def apply_record(session: Session, payload: bytes) -> None:
    """Bring the session to the state after the record. Doing so twice does no harm."""
    record = decode(payload, type=dict[str, Raw])
    for name, raw in decode(record.get("head", Raw(b"{}")), type=dict[str, Raw]).items():
        if name in head_fields():
            setattr(session, name, decode_field(name, raw))
    if "keep" in record:
        _cut_after(session, decode(record["keep"], type=str))
    fresh = [
        decode_message(raw) for raw in decode(record.get("messages", Raw(b"[]")), type=list[Raw])
    ]
    for message in fresh:
        _put(session.messages, message)


def _cut_after(session: Session, keep: str) -> None:
    if not keep:
        session.messages.clear()
        return
    for at in range(len(session.messages) - 1, -1, -1):
        if session.messages[at].id == keep:
            del session.messages[at + 1 :]
            return


def _put(messages: list[Message], fresh: Message) -> None:
    """Replace the message of that id, looking from the end, or append."""
    for at in range(len(messages) - 1, -1, -1):
        if messages[at].id == fresh.id:
            messages[at] = fresh
            return
    messages.append(fresh)
