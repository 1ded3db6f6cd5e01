"""Undo and redo on the original's server, which hides the end of a conversation at first."""

from opencode.core.door import Restored
from opencode.core.error import UsageError
from opencode.core.message import Message
from opencode.core.session import Session, Undone
from opencode.remote.original.looking import diffs_of
from opencode.remote.original.plain import Json, inner
from opencode.remote.original.reading import message_of
from opencode.remote.original.wire import Wire


def hide(session: Session, until: str) -> None:
    """Keep what is taken back, prompt by prompt, apart from what is there."""
    at = next((n for n, one in enumerate(session.messages) if one.id == until), None)
    if at is None:
        return
    gone, session.messages = session.messages[at:], session.messages[:at]
    groups: list[list[Message]] = []
    for message in gone:
        if message.role == "user" or not groups:
            groups.append([])
        groups[-1].append(message)
    session.undone = [Undone(group, "") for group in reversed(groups)]


async def undo(wire: Wire, session_id: str, message_id: str) -> Restored:
    """Take back the last prompt that is there, or all from one on."""
    said, until = await _read(wire, session_id)
    there = said[: _place(said, until)] if until else said
    prompts = [message for _, message in there if _is_prompt(message)]
    chosen = [one for one in prompts if one.id == message_id] if message_id else prompts[-1:]
    if not chosen:
        raise UsageError("There is nothing to undo in this session.")
    await wire.post(f"/session/{session_id}/revert", {"messageID": chosen[0].id})
    gone = there[_place(there, chosen[0].id) :]
    return Restored(chosen[0], _files([info for info, _ in gone]))


async def redo(wire: Wire, session_id: str) -> Restored:
    """Bring back the prompt that was taken last."""
    said, until = await _read(wire, session_id)
    if not until:
        raise UsageError("There is nothing to redo in this session.")
    gone = said[_place(said, until) :]
    later = next((n for n, (_, one) in enumerate(gone) if n and _is_prompt(one)), None)
    if later is None:
        await wire.post(f"/session/{session_id}/unrevert")
    else:
        await wire.post(f"/session/{session_id}/revert", {"messageID": gone[later][1].id})
    back = gone[:later]
    return Restored(back[0][1] if back else None, _files([info for info, _ in back]))


async def _read(wire: Wire, session_id: str) -> tuple[list[tuple[Json, Message]], str]:
    one: Json = await wire.get(f"/session/{session_id}")
    said: list[Json] = await wire.get(f"/session/{session_id}/message")
    until = str(inner(one, "revert").get("messageID") or "")
    return [(entry["info"], message_of(entry)) for entry in said], until


def _place(said: list[tuple[Json, Message]], name: str) -> int:
    return next((n for n, (info, _) in enumerate(said) if info["id"] == name), len(said))


def _is_prompt(message: Message) -> bool:
    """Whether a person said it; the original writes down marks of its own as a person's, too."""
    return message.role == "user" and bool(message.parts)


def _files(infos: list[Json]) -> list[str]:
    names = [str(one.get("file") or "") for info in infos for one in diffs_of(info)]
    return [*dict.fromkeys(filter(None, names))]
