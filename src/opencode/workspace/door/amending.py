"""What was said, changed by hand: messages and parts taken out, words replaced."""

from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from opencode.core.error import UsageError
from opencode.core.event import SessionReplaced
from opencode.core.message import Mark, Message, ReasoningPart, TextPart
from opencode.workspace.live import Live

Replaced = Callable[[Live, SessionReplaced], Awaitable[None]]


class Amending:
    """The history as a person mends it, while nothing runs. Files stay as they are."""

    def __init__(self, idle: Callable[[str], Awaitable[Live]], replaced: Replaced) -> None:
        self._idle, self._replaced = idle, replaced

    async def drop(self, session_id: str, message_id: str) -> None:
        """Take a message out for good."""
        live = await self._idle(session_id)
        live.session.messages.remove(_message(live, message_id))
        await self._done(live)

    async def drop_part(self, session_id: str, message_id: str, place: int | Mark) -> None:
        """Take the part at that place, or a mark, out of a message for good."""
        live = await self._idle(session_id)
        message = _message(live, message_id)
        if isinstance(place, str):
            changed = replace(message, unmarked=[*(message.unmarked or []), place])
        else:
            _check(message, place)
            left = [*message.parts[:place], *message.parts[place + 1 :]]
            changed = replace(message, parts=left)
        _put(live, message, changed)
        await self._done(live)

    async def reword(self, session_id: str, message_id: str, place: int, text: str) -> None:
        """Other words in the text or thought at that place."""
        live = await self._idle(session_id)
        message = _message(live, message_id)
        _check(message, place)
        part = message.parts[place]
        if not isinstance(part, TextPart | ReasoningPart):
            raise UsageError("Only texts and thoughts can be changed.")
        changed = replace(part, text=text)
        parts = [changed if one is part else one for one in message.parts]
        _put(live, message, replace(message, parts=parts))
        await self._done(live)

    async def let_be(self, session_id: str) -> None:
        """Forget what undo took: it cannot be brought again."""
        live = await self._idle(session_id)
        live.session.undone.clear()
        await self._done(live)

    async def _done(self, live: Live) -> None:
        await self._replaced(live, SessionReplaced(live.session.id, "amended"))


def _message(live: Live, message_id: str) -> Message:
    found = next((m for m in live.session.messages if m.id == message_id), None)
    if found is None:
        raise UsageError(f"There is no message {message_id!r}.")
    return found


def _put(live: Live, message: Message, changed: Message) -> None:
    """Another message in its place: what goes to models is worked out once of each."""
    messages = live.session.messages
    place = next(place for place, one in enumerate(messages) if one is message)
    messages[place] = changed


def _check(message: Message, place: int) -> None:
    if not 0 <= place < len(message.parts):
        raise UsageError(f"{message.id} has no such part.")
