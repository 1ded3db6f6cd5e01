"""What a person typed, understood: an agent's name, a command, mentions; and made a message."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from opencode.agent.agents import agent_named
from opencode.core.door import Along
from opencode.core.error import SessionError, UsageError
from opencode.core.ids import new_id
from opencode.core.mention import agent_prefix
from opencode.core.message import Message, Part, TextPart, user_message
from opencode.core.session import Session
from opencode.workspace.door.attach import attachments
from opencode.workspace.door.commands import Called, called
from opencode.workspace.kit import told_now
from opencode.workspace.rooms import Rooms


@dataclass(frozen=True)
class Heard:
    """A prompt before it is a message."""

    words: str
    """As typed, without an agent's name in front."""
    command: Called | None = None
    agent: str = ""
    """To answer from now on; "" leaves the session's. So with `model`."""
    model: str = ""

    def check(self, *, is_busy: bool) -> None:
        """SessionError when it cannot wait in the queue of a busy session."""
        if is_busy and self.command and self.command.runs_shell:
            raise SessionError(
                f"/{self.command.command.name} runs shell commands and cannot wait in the queue.",
                hint="Call it when the run is over.",
            )


def understood(text: str, rooms: Rooms, agent: str, model: str) -> Heard:
    """The prompt taken apart; what the caller names wins over what the text says."""
    named, words = agent_prefix(text, rooms.agents)
    command = called(words, rooms.commands, rooms.agents)
    if command:
        named, model = named or command.command.agent, model or command.command.model
    return Heard(words, command, agent or named, model)


async def message_of(
    heard: Heard, session: Session, parts: Sequence[Part], rooms: Rooms, along: Along
) -> Message:
    """The message with all it brings along. UsageError when it cannot go by the given id."""
    _check_id(along.id, session)
    if along.is_answer:
        name = along.id or new_id("msg")
        given = Message(name, "assistant", [*parts], session.agent, session.model, finish="stop")
        given.ended = given.created
        return given
    servers = rooms.joining.servers
    if heard.command:
        text, said = heard.command.text, heard.words
        parts = [TextPart(text, origin="command"), *parts]
    else:
        text = said = await servers.expanded(heard.words)
    mentioned = await attachments(text, rooms.place) + await servers.mentioned(text)
    brought = [part for part in mentioned if part not in parts]  # clients send what they name
    who = agent_named(session.agent, rooms.agents)
    message = user_message(said, *parts, *brought, agent=who.name, model=session.model)
    message.parts.extend(told_now(session, who))
    message.id, message.wish = along.id or message.id, along.wish
    return message


def _check_id(given: str, session: Session) -> None:
    if not given:
        return
    if not re.fullmatch(r"msg_[A-Za-z0-9_-]{1,120}", given):
        raise UsageError(f"{given!r} is no id of a message: `msg_`, then letters and digits.")
    if any(message.id == given for message in (*session.messages, *session.queued)):
        raise UsageError(f"There is a message {given} already.")
