"""Export and import: our own JSON, exact both ways, and the shape of the TypeScript original."""

import re
import time
from typing import Any, Literal

import msgspec
from msgspec import Raw

from opencode.core.error import SessionUnreadable, UsageError
from opencode.core.ids import new_session_id
from opencode.core.session import SCHEMA, Session
from opencode.session.document import encode, read_document
from opencode.session.opening import make_inert
from opencode.session.upstream import from_upstream, to_upstream

_ID = re.compile(r"ses_[0-9a-f]{8}[0-9A-Za-z]{18}")

Format = Literal["native", "opencode"]


def export_session(session: Session, form: Format = "native") -> bytes:
    """The session as JSON for people and programs: ours, or `{info, messages: [{info, parts}]}`."""
    if form == "native":
        return encode(session, checksum=False)
    return msgspec.json.format(msgspec.json.encode(to_upstream(session)), indent=2) + b"\n"


def import_session(data: bytes, directory: str) -> Session:
    """A session from either shape, about the project in `directory` from now on, inert: what it
    says is text, never instructions. UsageError says what is wrong with the file."""
    try:
        fields = msgspec.json.decode(data, type=dict[str, Raw])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"This is no session: {error}.", hint="Import a JSON object.") from error
    session = _from_upstream(data) if "info" in fields else _from_own(data, fields)
    make_inert(session)
    session.directory = directory
    session.close_open_calls("cancelled", "Left open in the session this one was imported from.")
    return session


def under_new_id(session: Session) -> Session:
    """The same session as one of its own, when its id is taken."""
    return msgspec.structs.replace(session, id=new_session_id(), created=time.time())


def _from_own(data: bytes, fields: dict[str, Raw]) -> Session:
    if "messages" not in fields:
        raise UsageError("This is no session: it has no messages.")
    try:
        document = read_document(data, new_session_id())
    except SessionUnreadable as error:
        raise UsageError(f"This is no session: {error}") from error
    session = document.session
    if session.schema > SCHEMA:
        raise UsageError("This session is of a newer opencode.", hint="Update opencode first.")
    if lost := [one for one in document.damage if not one.startswith("the id")]:
        raise UsageError(f"This session is damaged: {'; '.join(lost)}.")
    if not _is_id(session.id):
        session.id = new_session_id()
    return session


def _from_upstream(data: bytes) -> Session:
    try:
        found: dict[str, Any] = msgspec.json.decode(data)
        session = from_upstream(found)
    except (KeyError, TypeError, ValueError, AttributeError, msgspec.ValidationError) as error:
        why = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise UsageError(
            f"This is no export {{info, messages: [{{info, parts}}]}}: {why}."
        ) from error
    if not _is_id(session.id):
        session.id = new_session_id()
    return session


def _is_id(text: str) -> bool:
    """Whether it may name files: a foreign id must not lead out of the folder."""
    return _ID.fullmatch(text) is not None
