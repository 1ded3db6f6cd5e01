"""Going back in a conversation: undo, redo and fork. The conversation as pure functions, and the
files with it."""

import re
from copy import deepcopy

from opencode.core.door import Restored
from opencode.core.error import UsageError
from opencode.core.ids import new_id, new_session_id
from opencode.core.message import Message
from opencode.core.session import Session, Undone
from opencode.session.index.rows import is_prompt
from opencode.session.undo.history import FileHistory

_NUMBERED = re.compile(r" \(fork #(\d+)\)$")


def prompt_at(session: Session, message_id: str = "") -> int:
    """Where the prompt to go back to stands: that message, or the last one a person typed."""
    for at in range(len(session.messages) - 1, -1, -1):
        message = session.messages[at]
        if message.id == message_id or (not message_id and is_prompt(message)):
            return at
    if message_id:
        raise UsageError(f"Session {session.id} has no message {message_id!r}.")
    raise UsageError("There is nothing to undo in this session.")


def groups_from(session: Session, at: int) -> list[str]:
    """The change groups of everything from there on: a group goes by its prompt's id."""
    return [message.id for message in session.messages[at:] if message.role == "user"]


def take_back(session: Session, at: int, change: str = "") -> Message | None:
    """Move the messages from there on to what redo brings again; returns the prompt."""
    gone = session.messages[at:]
    session.undone.append(Undone(gone, change))
    del session.messages[at:]
    return next((message for message in gone if message.role == "user"), None)


def bring_again(session: Session) -> Undone:
    """Put back what the last undo took; UsageError when there is nothing."""
    if not session.undone:
        raise UsageError("There is nothing to redo in this session.")
    undone = session.undone.pop()
    session.messages.extend(undone.messages)
    return undone


async def undo(session: Session, history: FileHistory, message_id: str = "") -> Restored:
    """Take back the last prompt, or all from a message on, with the files it changed. Save the
    session after it."""
    at = prompt_at(session, message_id)
    reverted = await history.undo(groups_from(session, at))
    prompt = take_back(session, at, reverted.change)
    return Restored(prompt, reverted.restored, reverted.conflicts)


async def redo(session: Session, history: FileHistory) -> Restored:
    """Bring back what the last undo took, files and messages. Save the session after it."""
    undone = bring_again(session)
    prompt = next((message for message in undone.messages if message.role == "user"), None)
    if not undone.change:
        return Restored(prompt)
    reverted = await history.undo([undone.change])
    return Restored(prompt, reverted.restored, reverted.conflicts)


def fork(session: Session, message_id: str = "") -> Session:
    """A copy of the conversation up to (not with) that message, or all of it, under new ids.
    Files stay as they are, and what the original changed is not undone through the copy."""
    end = prompt_at(session, message_id) if message_id else len(session.messages)
    messages = deepcopy(session.messages[:end])
    for message in messages:
        message.id = new_id("msg")
    copy = Session(
        new_session_id(),
        session.directory,
        title=_fork_title(session.title),
        titled_by=session.titled_by,
        agent=session.agent,
        model=session.model,
        effort=session.effort,
        messages=messages,
        todos=deepcopy(session.todos),
        plan=session.plan,
        prefix=session.prefix,
        parent="",
        origin="imported" if session.origin == "imported" else "forked",
    )
    copy.close_open_calls("cancelled", "Left open in the session this one was copied from.")
    return copy


def _fork_title(title: str) -> str:
    number = int(found[1]) + 1 if (found := _NUMBERED.search(title)) else 1
    return f"{_NUMBERED.sub('', title)} (fork #{number})".strip()
