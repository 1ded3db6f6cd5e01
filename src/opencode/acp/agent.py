"""The agent an editor talks to: what the protocol asks for, done through the workspace."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from acp import RequestError
from acp.interfaces import Client
from acp.schema import (
    AuthenticateResponse,
    ClientCapabilities,
    CloseSessionResponse,
    FileSystemCapabilities,
    ForkSessionResponse,
    Implementation,
    InitializeResponse,
    ListSessionsResponse,
    LoadSessionResponse,
    NewSessionResponse,
    PromptResponse,
    ResumeSessionResponse,
    SessionInfo,
    SetSessionConfigOptionResponse,
    SetSessionModeResponse,
)

from opencode.acp import choices
from opencode.acp.abilities import abilities
from opencode.acp.asking import Person
from opencode.acp.buffers import EditorFiles
from opencode.acp.errors import invalid, spoken
from opencode.acp.letters import DELETE
from opencode.acp.narrate import iso, meta_flag
from opencode.acp.project import Project
from opencode.acp.projects import Projects
from opencode.acp.prompt import Block
from opencode.acp.servers import McpServer, entries
from opencode.acp.terminals import EditorTerminals
from opencode.acp.thread import Thread
from opencode.core.error import SessionNotFound
from opencode.core.session import Session
from opencode.workspace.open import Opening

_PAGE = 100


class EditorAgent:
    """Implements `acp.interfaces.Agent` for one connection; `close` when that has ended."""

    def __init__(
        self, opening: Callable[[Path], Opening], *, lends_terminals: bool = False
    ) -> None:
        """`opening` says how a folder is to be opened; `lends_terminals`, that commands shall run
        in the editor's terminals if it has some."""
        self._opening, self._lends_terminals = opening, lends_terminals
        self._can = ClientCapabilities()
        self._threads: dict[str, tuple[Project, Thread]] = {}
        self._telling: set[asyncio.Task[None]] = set()
        self._client: Client
        self._person: Person
        self._terminals: EditorTerminals
        self._projects: Projects

    def on_connect(self, conn: Client) -> None:
        """The editor, to be told and asked."""
        self._client = conn
        self._person = Person(conn)
        self._terminals = EditorTerminals(conn)
        self._projects = Projects(self._open, self._person)

    async def close(self) -> None:
        """Cancel what runs, save it, end every child."""
        telling = [*self._telling]
        for task in telling:
            task.cancel()
        await asyncio.gather(*telling, return_exceptions=True)
        self._threads.clear()
        await self._projects.close()

    async def initialize(
        self,
        protocol_version: int,
        client_capabilities: ClientCapabilities | None = None,
        client_info: Implementation | None = None,
        **more: Any,
    ) -> InitializeResponse:
        """What we can. The editor's abilities are used for everything opened from now on."""
        del protocol_version, client_info, more  # there is one version, and one way to speak it
        self._can = client_capabilities or ClientCapabilities()
        elicits = self._can.elicitation
        self._person.fills_forms = elicits is not None and elicits.form is not None
        return abilities()

    async def authenticate(self, method_id: str, **more: Any) -> AuthenticateResponse | None:
        """Keys are no matter of the editor."""
        del more
        raise invalid(f"There is no method {method_id!r}: run `opencode auth login`.")

    async def new_session(
        self,
        cwd: str,
        additional_directories: list[str] | None = None,
        mcp_servers: list[McpServer] | None = None,
        **more: Any,
    ) -> NewSessionResponse:
        """A conversation in that folder."""
        del additional_directories, more  # not announced
        with spoken():
            async with self._projects.using(cwd, entries(mcp_servers)) as project:
                thread = await self._begin(project, await project.door.create())
                return NewSessionResponse(session_id=thread.id, **await self._choices(thread))

    async def load_session(
        self,
        cwd: str,
        session_id: str,
        mcp_servers: list[McpServer] | None = None,
        additional_directories: list[str] | None = None,
        **more: Any,
    ) -> LoadSessionResponse | None:
        """Open one of earlier and tell all that was said."""
        del additional_directories, more
        with spoken():
            async with self._projects.using(cwd, entries(mcp_servers)) as project:
                thread = await self._reopen(project, session_id)
                await thread.replay()
                return LoadSessionResponse(**await self._choices(thread))

    async def resume_session(
        self,
        session_id: str,
        cwd: str,
        additional_directories: list[str] | None = None,
        mcp_servers: list[McpServer] | None = None,
        **more: Any,
    ) -> ResumeSessionResponse:
        """Open one of earlier; the editor knows what was said."""
        del additional_directories, more
        with spoken():
            async with self._projects.using(cwd, entries(mcp_servers)) as project:
                thread = await self._reopen(project, session_id)
                return ResumeSessionResponse(**await self._choices(thread))

    async def fork_session(
        self,
        session_id: str,
        cwd: str,
        additional_directories: list[str] | None = None,
        mcp_servers: list[McpServer] | None = None,
        **more: Any,
    ) -> ForkSessionResponse:
        """A copy of a conversation, to go on differently."""
        del additional_directories, more
        with spoken():
            async with self._projects.using(cwd, entries(mcp_servers)) as project:
                thread = await self._begin(project, await project.door.fork(session_id))
                return ForkSessionResponse(session_id=thread.id, **await self._choices(thread))

    async def list_sessions(
        self, cwd: str | None = None, cursor: str | None = None, **more: Any
    ) -> ListSessionsResponse:
        """Those of a folder, or all of the user's, newest first; sub-agents' are left out."""
        del more
        if cursor and not cursor.isdecimal():
            raise invalid(f"{cursor!r} is no cursor of ours.")
        start = int(cursor or 0)
        with spoken():
            async with self._projects.using(cwd or str(Path.cwd())) as project:
                store, here = project.door.store, str(project.door.rooms.place.cwd)
                found = await asyncio.to_thread(store.infos, everywhere=cwd is None)
        own = [info for info in found if not (info.parent or info.damaged or info.foreign)]
        page = [
            SessionInfo(
                session_id=info.id,
                cwd=cwd if cwd and info.directory == here else info.directory,
                title=info.title or None,
                updated_at=iso(info.updated),
            )
            for info in own[start : start + _PAGE]
        ]
        following = str(start + _PAGE) if len(own) > start + _PAGE else None
        return ListSessionsResponse(sessions=page, next_cursor=following)

    async def close_session(self, session_id: str, **more: Any) -> CloseSessionResponse | None:
        """Cancel what runs in it and let it go; it stays on disk."""
        del more
        self._thread(session_id)
        with spoken():
            await self._forget(session_id)
        return CloseSessionResponse()

    async def prompt(self, session_id: str, prompt: list[Block], **more: Any) -> PromptResponse:
        """Say something and wait for the end of the run."""
        del more
        project, thread = self._thread(session_id)
        return await thread.prompt(prompt, project.servers_tried)

    async def cancel(self, session_id: str, **more: Any) -> None:
        """Stop the run; its prompt returns `cancelled`."""
        del more
        await self._thread(session_id)[1].cancel()

    async def set_session_mode(
        self, session_id: str, mode_id: str, **more: Any
    ) -> SetSessionModeResponse | None:
        """Another agent."""
        del more
        with spoken():
            await self._thread(session_id)[1].set("mode", mode_id)
        return SetSessionModeResponse()

    async def set_config_option(
        self, config_id: str, session_id: str, value: str | bool, **more: Any
    ) -> SetSessionConfigOptionResponse | None:
        """Another agent, model or effort; returns everything that can be set."""
        del more
        _, thread = self._thread(session_id)
        if config_id not in ("mode", "model", "effort") or not isinstance(value, str):
            raise invalid(f"There is no option {config_id!r} with the value {value!r}.")
        with spoken():
            await thread.set(config_id, value)
            return SetSessionConfigOptionResponse(config_options=[*await thread.options()])

    async def ext_method(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """What the library does not route: a session goes to the trash, for 30 days."""
        if method != DELETE:
            raise RequestError.method_not_found(f"_{method}")
        name = str(params.get("sessionId") or "")
        with spoken():
            if name in self._threads:
                await self._forget(name)
            async with self._projects.using(str(Path.cwd())) as project:
                if not await asyncio.to_thread(project.door.store.has, name):
                    raise SessionNotFound(f"There is no session {name!r}.")
                await project.door.delete(name)
        return {}

    async def ext_notification(self, method: str, params: dict[str, Any]) -> None:
        """None is understood."""

    def _open(self, folder: Path, cwd: Path) -> Opening:
        can = self._can.fs or FileSystemCapabilities()
        lent = self._terminals if self._lends_terminals and self._can.terminal else None
        buffers = EditorFiles(self._client, can, folder, cwd)
        return replace(self._opening(folder), buffers=buffers, terminals=lent)

    def _thread(self, session_id: str) -> tuple[Project, Thread]:
        found = self._threads.get(session_id)
        if found is None or found[0].is_over:
            raise invalid(f"The session {session_id} is not open; load it first.")
        return found

    async def _begin(self, project: Project, session: Session) -> Thread:
        draws = meta_flag(self._can.field_meta, "terminal_output")
        thread = Thread(
            self._client,
            project.door,
            session,
            project.cwd,
            draws_terminals=draws,
            terminals=self._terminals.shown,
        )
        await thread.measure(session)
        project.threads[thread.id] = thread
        self._threads[thread.id] = (project, thread)
        return thread

    async def _reopen(self, project: Project, session_id: str) -> Thread:
        session = await project.door.session(session_id)
        before = self._threads.get(session.id)
        if before and before[0] is project:
            return before[1]
        if before:  # other MCP servers this time
            await self._forget(session.id)
        return await self._begin(project, session)

    async def _forget(self, session_id: str) -> None:
        project, thread = self._threads.pop(session_id)
        await project.door.let_go(session_id)
        project.threads.pop(session_id, None)
        thread.fail("The session was closed.")
        await self._projects.leave(project)

    async def _choices(self, thread: Thread) -> dict[str, Any]:
        """What a session begins with; the commands follow."""
        project, _ = self._threads[thread.id]
        session = await project.door.session(thread.id)
        found = {
            "modes": await choices.modes(project.door, session),
            "config_options": await choices.options(project.door, session),
        }
        # its first step is taken when this one is done: after the response that names the session
        task = asyncio.create_task(thread.tell_commands())
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)
        return found
