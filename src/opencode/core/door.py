"""The one door through which every face works; implemented by the workspace and over HTTP."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from msgspec import Struct, field

from opencode.core.agent import Agent
from opencode.core.ask import Ask, Reply
from opencode.core.command import Command
from opencode.core.event import Numbered
from opencode.core.message import Message, Part, ToolPart, Wish
from opencode.core.provider import ModelInfo
from opencode.core.review import Changed
from opencode.core.session import Session, SessionInfo
from opencode.core.shell import Isolation


class Restored(Struct, frozen=True):
    """What an undo or redo did."""

    prompt: Message | None
    """The user message that was taken back or brought again."""
    files: list[str] = field(default_factory=list)
    """Restored, relative to the project."""
    conflicts: list[str] = field(default_factory=list)
    """Left as they are: somebody else changed them since, or no copy was kept."""


class Along(Struct, frozen=True):
    """What programs may send along with a prompt."""

    id: str = ""
    """The message's own, made by the caller: `msg_`, letters and digits."""
    wish: Wish | None = None
    wants_answer: bool = True
    """False only adds the prompt; it is heard with the next one."""
    is_answer: bool = False
    """The words are an answer that was given elsewhere; it is added, and nothing runs."""


NOTHING_ALONG = Along()


class McpServer(Struct, frozen=True):
    """An MCP server as it stands, for faces that list them."""

    name: str
    state: str
    """waiting, starting, ready, restarting, login, failed or disabled."""
    detail: str = ""
    """Why it is in that state, with the fix where there is one."""
    how: str = ""
    """Its command line or address."""
    tools: list[tuple[str, str]] = field(default_factory=list)
    """(name as models know it, what it does)"""
    resources: list[tuple[str, str]] = field(default_factory=list)
    """(uri, name): what it lets read; prompts mention it as `@server:uri`"""


class Looking(Protocol):
    """What there is: a part of Door."""

    async def agents(self) -> list[Agent]:
        """Who can answer, the default one first."""
        ...

    async def commands(self) -> list[Command]:
        """What a prompt may call as `/name words`, by name."""
        ...

    async def models(self) -> list[ModelInfo]:
        """What can be asked, those with a key first."""
        ...

    async def default_model(self) -> ModelInfo:
        """Who answers when no model is named; its id is "" where that is not known."""
        ...

    async def mcp_servers(self) -> list[McpServer]:
        """Every MCP server of the settings, also those that are switched off."""
        ...

    async def turn_mcp_server(self, name: str, on: bool) -> None:
        """Start a server anew or end it, for as long as the workspace is open; the settings stay
        as they are. OpenCodeError when there is none of that name or it cannot be understood."""
        ...

    async def isolation(self) -> Isolation:
        """What stands between an agent's commands and the machine."""
        ...


class Reviewing(Protocol):
    """What a session changed, looked at and taken back one by one: a part of Door."""

    async def changes(self, session_id: str) -> list[Changed]:
        """Every file that is other than the session found it, by name."""
        ...

    async def revert(
        self, session_id: str, path: str, hunk: int | None = None, version: str = ""
    ) -> str:
        """Take a file's change back, or one hunk of it (counted from 0), as `version` of
        `changes` showed it. Returns the version that was there, for `restore`. StaleFile when
        somebody else changed the file since; the session must not be busy."""
        ...

    async def restore(self, session_id: str, path: str, version: str) -> None:
        """Bring a file to a version that `revert` returned; the same errors."""
        ...


class Sharing(Protocol):
    """Pages on which sessions are read: a part of Door."""

    async def share(self, session_id: str) -> str:
        """Let it be read on a page; returns the page's name: a server shows it at `/s/NAME`.
        UsageError when the settings say that nothing is shared."""
        ...

    async def unshare(self, session_id: str) -> bool:
        """Take the page away; False when there was none."""
        ...

    async def shares(self) -> dict[str, str]:
        """Every shared session and its page's name."""
        ...


class Door(Looking, Reviewing, Sharing, Protocol):
    """Nouns in, nouns out. Errors are OpenCodeErrors."""

    async def sessions(self, query: str = "", limit: int = 0) -> list[SessionInfo]:
        """Newest first; with a query, those whose title or text holds all its words."""
        ...

    async def session(self, session_id: str) -> Session:
        """The conversation; any unique prefix of an id and the short id are accepted."""
        ...

    async def create(
        self, *, agent: str = "", model: str = "", title: str = "", parent: str = ""
    ) -> Session:
        """A new conversation in this project; with a parent it is listed below that session."""
        ...

    async def prompt(
        self,
        session_id: str,
        text: str,
        parts: Sequence[Part] = (),
        *,
        agent: str = "",
        model: str = "",
        along: Along = NOTHING_ALONG,
    ) -> Message:
        """Say something: starts a run, or queues for the one that is busy. Returns at once."""
        ...

    async def cancel(self, session_id: str) -> bool:
        """Stop the run; False when none was running. The history stays valid."""
        ...

    async def answer(self, ask_id: str, reply: Reply) -> bool:
        """Answer a question; the first answer wins, later ones get False."""
        ...

    async def asks(self) -> list[Ask]:
        """Everything that waits for a person, oldest first."""
        ...

    def subscribe(
        self, epoch: str = "", after: int | None = None
    ) -> AbstractAsyncContextManager[AsyncIterator[Numbered]]:
        """Events of the whole workspace, from now on or from a number on (see core.bus)."""
        ...

    async def update(
        self,
        session_id: str,
        *,
        title: str = "",
        agent: str = "",
        model: str = "",
        effort: str | None = None,
    ) -> Session:
        """Rename, or let another agent or model answer from now on."""
        ...

    async def withdraw(self, session_id: str, message_id: str) -> Message:
        """Take a queued prompt back before it is read."""
        ...

    async def undo(self, session_id: str, message_id: str = "") -> Restored:
        """Take back the last prompt (or all from `message_id` on) with the files it changed."""
        ...

    async def redo(self, session_id: str) -> Restored:
        """Bring back what the last undo took."""
        ...

    async def fork(self, session_id: str, message_id: str = "") -> Session:
        """A copy of the conversation up to (not with) that message; files stay as they are."""
        ...

    async def compact(self, session_id: str, focus: str = "") -> None:
        """Fold the conversation to make room, and wait; `focus` says what matters most. No run
        follows. SessionError when there is too little to fold."""
        ...

    async def delete(self, session_id: str) -> None:
        """To the trash, for 30 days."""
        ...

    async def tool(self, session_id: str, name: str, input: dict[str, Any]) -> ToolPart:
        """Run one tool through the gate; its failure is in the part."""
        ...

    async def idle(self, session_id: str) -> None:
        """Return when no run of that session is going on."""
        ...
