"""What was said, changed by hand."""

from msgspec import Struct

from opencode.core.message import Message
from opencode.server.errors import NotThere
from opencode.server.protocol import translate, wire
from opencode.server.route import Call, Route
from opencode.server.stream.frames import part_frame, removed, removed_part


class NewWords(Struct):
    """A part as a client changed it: only the words of a text or thought count."""

    text: str = ""


async def drop(call: Call) -> bool:
    """Take a message out."""
    message = await _message(call)
    await call.state.door.drop(call.session, message.id)
    call.state.feed.publish(removed(message.id, call.session))
    return True


async def drop_part(call: Call) -> bool:
    """Take a part out. Those behind it move up, so all are told anew."""
    message = await _message(call)
    before = {part.id for part in translate.parts(message, call.session)}
    name = call.path["partID"]
    mark = translate.mark_of(message, name) if name in before else None
    await call.state.door.drop_part(call.session, message.id, mark or _place(call, message))
    after = translate.parts(await _message(call), call.session)
    for gone in sorted(before - {part.id for part in after}):
        call.state.feed.publish(removed_part(gone, message.id, call.session))
    for part in after:
        call.state.feed.publish(part_frame(part, call.session))
    return True


async def reword(call: Call) -> wire.Part | None:
    """Other words."""
    message = await _message(call)
    place = _place(call, message)
    await call.state.door.reword(call.session, message.id, place, call.body.text)
    part = translate.part(await _message(call), call.session, place)
    if part is not None:
        call.state.feed.publish(part_frame(part, call.session))
    return part


async def _message(call: Call) -> Message:
    wanted = call.path["messageID"]
    session = await call.state.settled(call.session)
    found = next((m for m in session.messages if m.id == wanted), None)
    if found is None:
        raise NotThere(f"There is no message {wanted!r}.")
    return found


def _place(call: Call, message: Message) -> int:
    wanted = call.path["partID"]
    places = range(len(message.parts))
    found = next((at for at in places if translate.part_id(message.id, at + 1) == wanted), None)
    if found is None:
        raise NotThere(f"{message.id} has no part {wanted!r} that can be changed.")
    return found


_ID = "/session/{sessionID}/message/{messageID}"
ROUTES = (
    Route("DELETE", _ID, drop, "Take a message out.", answer=bool),
    Route("DELETE", _ID + "/part/{partID}", drop_part, "Take a part out.", answer=bool),
    Route("PATCH", _ID + "/part/{partID}", reword, "Other words.", NewWords),
)
