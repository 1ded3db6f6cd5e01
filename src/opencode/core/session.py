"""One conversation and all of it that must survive a restart."""

import time
from typing import Any, Literal

from msgspec import Struct, field

from opencode.core.delta import Usage
from opencode.core.ids import new_id, new_session_id
from opencode.core.message import Message, open_calls
from opencode.core.provider import ToolSpec

SCHEMA = 1
"""Version of the session file; migrations copy, never move."""

ARCHIVED = "archived"
"""In a session's `meta`: when a client put it away."""

TodoStatus = Literal["pending", "in_progress", "completed", "cancelled"]


class Todo(Struct):
    """One task of the session's list."""

    text: str
    status: TodoStatus = "pending"


class Prefix(Struct, frozen=True):
    """The system text and tools of the first request, sent again byte for byte (provider caches).

    `breaks` counts the allowed breaks so far: another model, compaction, joining tools."""

    model: str
    system: str
    tools: list[ToolSpec]
    breaks: list[str] = field(default_factory=list)
    lean: bool = False
    """Short words and few tools, for a small model."""


class Undone(Struct):
    """Messages an undo took back, kept so that redo can bring them again."""

    messages: list[Message]
    change: str
    """The file changes in the undo store that went back with them; "" when there were none."""


class Session(Struct):
    """A conversation. During a run the run is its only writer, else the workspace.

    Grants, undo bytes and trust are NOT here: they live in the user's data folder, since a
    cloned repository may hold session files."""

    id: str
    directory: str
    title: str = ""
    titled_by: Literal["", "words", "model", "person"] = ""
    agent: str = "build"
    model: str = ""
    effort: str = ""
    messages: list[Message] = field(default_factory=list)
    queued: list[Message] = field(default_factory=list)
    """Prompts typed while a run was busy; they join between steps."""
    undone: list[Undone] = field(default_factory=list)
    todos: list[Todo] = field(default_factory=list)
    plan: str = ""
    usage: Usage = field(default_factory=Usage)
    """Of everything: answers, titles, compactions, retries and sub-agents."""
    prefix: Prefix | None = None
    parent: str = ""
    origin: Literal["", "imported", "forked"] = ""
    created: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)
    meta: dict[str, Any] = field(default_factory=dict)
    """Small settings of faces (share id, pinned); never instructions."""
    schema: int = SCHEMA

    @property
    def last_prompt(self) -> str:
        """The id of what was asked last; "" where nothing was."""
        return next((m.id for m in reversed(self.messages) if m.role == "user"), "")

    def begin_answer(self, agent: str, model: str) -> Message:
        """Append an empty assistant message and return it."""
        message = Message(new_id("msg"), "assistant", agent=agent, model=model)
        self.messages.append(message)
        self.updated = message.created
        return message

    def take_queued(self) -> list[Message]:
        """Move the queued prompts into the conversation; returns them."""
        joined, self.queued = self.queued, []
        self.messages.extend(joined)
        return joined

    def info(self, path: str = "") -> "SessionInfo":
        """As lists show it; `path` is where its file lies."""
        return SessionInfo(
            self.id,
            self.title,
            self.directory,
            path,
            self.agent,
            self.model or next((m.model for m in reversed(self.messages) if m.model), ""),
            len(self.messages),
            self.parent,
            self.created,
            self.updated,
            self.usage,
            archived=int(self.meta.get(ARCHIVED) or 0),
        )

    def close_open_calls(self, status: Literal["cancelled", "error"], output: str) -> list[Message]:
        """Give every open call an outcome, so that the history stays valid; returns the touched."""
        touched = [m for m in self.messages if any(call.is_open for call in m.calls)]
        for call in open_calls(touched):
            call.close(status, output)
        return touched


def new_session(
    directory: str, *, agent: str = "build", model: str = "", parent: str = ""
) -> Session:
    """A fresh conversation about the project in `directory`."""
    return Session(new_session_id(), directory, agent=agent, model=model, parent=parent)


class SessionInfo(Struct, frozen=True):
    """What lists show of a session, without opening it."""

    id: str
    title: str
    directory: str
    path: str
    agent: str = ""
    model: str = ""
    messages: int = 0
    parent: str = ""
    created: float = 0.0
    updated: float = 0.0
    usage: Usage = field(default_factory=Usage)
    damaged: str = ""
    """Why the file cannot be opened; such a session is listed, never hidden."""
    foreign: bool = False
    """Not written by this user's opencode (a cloned repository held it); opens inert."""
    archived: int = 0
    """When a client put it away, in milliseconds since 1970; 0 when none did."""
