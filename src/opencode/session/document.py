"""The session file: readable JSON, one message a line, so that damage stays where it is."""

import json
import re
import zlib
from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
from msgspec import Raw, Struct, field
from msgspec.json import decode
from msgspec.json import encode as to_json

from opencode.core.error import SessionUnreadable
from opencode.core.message import Message, OpaquePart, Part
from opencode.core.session import SCHEMA, Session, Undone

_SUM = b',\n  "sum": "'
_HEAD_LINE = re.compile(rb'"(\w+)": (.*)')


class Document(Struct):
    """A session as read, and what is wrong with its file."""

    session: Session
    intact: bool = True
    """Whether the bytes are those that were written; if not, they are kept before a new write."""
    damage: list[str] = field(default_factory=list)
    """What could not be read, one sentence each; the rest is in `session`."""


def encode(session: Session, *, checksum: bool = True) -> bytes:
    """The whole file: a field a line, then a message a line, then the checksum of all that."""
    lines = [b'  "%b": %b' % (name.encode(), value) for name, value in encode_head(session).items()]
    messages = b",\n    ".join(map(encode_message, session.messages))
    lines.append(b'  "messages": [\n    %b\n  ]' % messages if messages else b'  "messages": []')
    body = b"{\n" + b",\n".join(lines)
    return body + (b'%b%08x"\n}\n' % (_SUM, zlib.crc32(body)) if checksum else b"\n}\n")


def encode_head(session: Session) -> dict[str, bytes]:
    """Every field but the messages, each as its JSON."""
    head = {name: _json(getattr(session, name)) for name in head_fields()}
    if session.queued:
        head["queued"] = b"[%b]" % b",".join(map(encode_message, session.queued))
    if session.undone:
        head["undone"] = b"[%b]" % b",".join(map(_encode_undone, session.undone))
    return head


def encode_message(message: Message) -> bytes:
    """One message; parts of an unknown kind go out as they came in."""
    if any(type(part) is OpaquePart for part in message.parts):
        parts: Any = [p.raw if isinstance(p, OpaquePart) else p for p in message.parts]
        return _json(msgspec.structs.replace(message, parts=parts))
    return _json(message)


def _json(value: Any) -> bytes:
    """As JSON; halves of characters, which UTF-8 cannot say, become question marks."""
    try:
        return to_json(value)
    except UnicodeEncodeError:
        text = json.dumps(msgspec.to_builtins(value), ensure_ascii=False)
        return msgspec.json.format(text.encode("utf-8", "replace"), indent=-1)


def _encode_undone(undone: Undone) -> bytes:
    messages = b",".join(map(encode_message, undone.messages))
    return b'{"messages":[%b],"change":%b}' % (messages, to_json(undone.change))


@cache
def head_fields() -> dict[str, Any]:
    """Names and types of the fields beside the messages, in the order they are written."""
    kinds = {f.name: f.type for f in msgspec.structs.fields(Session) if f.name != "messages"}
    first = ("id", "title")
    return {name: kinds[name] for name in (*first, *(n for n in kinds if n not in first))}


def decode_message(raw: bytes | Raw) -> Message:
    """One message; a part this version cannot read becomes opaque. msgspec.DecodeError when it
    is no message at all."""
    try:
        return decode(raw, type=Message)
    except msgspec.ValidationError:
        fields = decode(raw, type=dict[str, Raw])
        parts = decode(fields.pop("parts", Raw(b"[]")), type=list[Raw])
        message = decode(to_json(fields), type=Message)
        message.parts = [_decode_part(part) for part in parts]
        return message


def _decode_part(raw: Raw) -> Part:
    try:
        return decode(raw, type=Part)
    except msgspec.ValidationError:
        return OpaquePart(raw.copy())


def decode_field(name: str, raw: bytes | Raw) -> Any:
    """One field of the head; msgspec.DecodeError when it does not fit."""
    match name:
        case "queued":
            return [decode_message(message) for message in decode(raw, type=list[Raw])]
        case "undone":
            return [
                Undone(
                    [
                        decode_message(message)
                        for message in decode(one["messages"], type=list[Raw])
                    ],
                    decode(one["change"], type=str),
                )
                for one in decode(raw, type=list[dict[str, Raw]])
            ]
        case _:
            return decode(raw, type=head_fields()[name])


def read_document(data: bytes, session_id: str = "") -> Document:
    """Decode a session file and save what is whole of a damaged one; `session_id` stands in when
    its own cannot be read. SessionUnreadable when nothing can be."""
    intact = _is_intact(data)
    try:
        session = decode(data, type=Session)
        if intact or session.schema > SCHEMA or not _strange_fields(data):
            return Document(session, intact)
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    try:
        fields = decode(data, type=dict[str, Raw])
    except (msgspec.DecodeError, UnicodeDecodeError):
        document = _read_fields(_salvage(data), session_id)
        document.damage.append("the file is no JSON any more")
    else:
        document = _read_fields(_one_by_one(fields), session_id)
        document.damage += [f"field {name!r} is unknown" for name in _strange_fields(data)]
    document.intact = intact and not document.damage
    return document


def _strange_fields(data: bytes) -> list[str]:
    """Fields this version never wrote."""
    known = {*head_fields(), "messages", "sum"}
    return [name for name in decode(data, type=dict[str, Raw]) if name not in known]


def _is_intact(data: bytes) -> bool:
    at = data.rfind(_SUM, len(data) - 64 if len(data) > 64 else 0)
    return at >= 0 and data[at + len(_SUM) :] == b'%08x"\n}\n' % zlib.crc32(data[:at])


def _one_by_one(fields: dict[str, Raw]) -> Iterator[tuple[str, bytes | Raw]]:
    """(name, value) of each field of a file that is JSON; messages come singly."""
    for name, value in fields.items():
        if name != "messages":
            yield name, value
            continue
        try:
            yield from (("messages", message) for message in decode(value, type=list[Raw]))
        except msgspec.ValidationError:
            yield "messages", value


def _salvage(data: bytes) -> Iterator[tuple[str, bytes | Raw]]:
    """(name, value) of each line of a file that is no JSON any more."""
    for line in map(bytes.strip, data.splitlines()):
        if match := _HEAD_LINE.fullmatch(line):
            name = match[1].decode()
            if name not in ("sum", "messages"):
                yield name, match[2].removesuffix(b",")
        elif len(line) > 2:
            yield "messages", line.removesuffix(b",")


def _read_fields(fields: Iterator[tuple[str, bytes | Raw]], session_id: str) -> Document:
    values: dict[str, Any] = {}
    messages: list[Message] = []
    damage: list[str] = []
    for name, raw in fields:
        try:
            if name == "messages":
                messages.append(decode_message(raw))
            elif name in head_fields():
                values[name] = decode_field(name, raw)
        except (msgspec.DecodeError, UnicodeDecodeError, KeyError) as error:
            what = f"message {len(messages) + 1}" if name == "messages" else f"field {name!r}"
            damage.append(f"{what} cannot be read: {error}")
    if not values and not messages:
        raise SessionUnreadable("Nothing in the file can be read.")
    if "id" not in values:
        damage.append("the id cannot be read")
    session = Session(
        values.pop("id", session_id), values.pop("directory", ""), messages=messages, **values
    )
    return Document(session, damage=damage)
