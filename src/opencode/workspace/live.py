"""Sessions that are open here: where conversation, files and run meet."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from opencode.agent.context.history import Sound
from opencode.agent.wishes import Wishes
from opencode.config import paths
from opencode.core.event import Event, FilesChanged, RunFinished
from opencode.core.message import Wish
from opencode.core.session import Session
from opencode.session.store import SessionStore
from opencode.session.undo.history import FileHistory
from opencode.session.undo.path_locks import PathLocks
from opencode.workspace.opening.project import told_rules


@dataclass
class Live:
    """An open session. During a run the run is the session's only writer, else the workspace."""

    session: Session
    files: FileHistory
    told: set[str] = field(default_factory=set[str])
    """Rules files the model has read already."""
    unlooked: list[Path] = field(default_factory=list[Path])
    """Changed files of which language servers had nothing to say in time."""
    sound: Sound = field(default_factory=Sound)
    """The beginning of its requests."""
    wishes: Wishes = field(default_factory=Wishes)
    run: asyncio.Task[Any] | None = None
    hands: set[asyncio.Task[Any]] = field(default_factory=set[asyncio.Task[Any]])
    """Calls by hand that go on."""
    title: asyncio.Task[None] | None = None
    is_guest: bool = False
    """The files are another session's: a sub-agent's changes are undone with its root's."""

    window: int = 0
    """Tokens the model reads that was asked last; 0 when unknown."""
    closing: bool = False
    """The run has said its last word and only writes itself down."""
    ended: RunFinished | None = None
    """How the last run ended, for who comes later; None while one goes on."""

    @property
    def is_answering(self) -> bool:
        """Derived from the living task, never stored, so it cannot be wrong after a crash."""
        return self.run is not None and not self.run.done() and not self.closing

    @property
    def is_busy(self) -> bool:
        """A run or a call by hand goes on; what is said waits."""
        return self.is_answering or bool(self.hands)

    @property
    def going(self) -> list[asyncio.Task[Any]]:
        """What a person may stop."""
        return [task for task in (self.run, *self.hands) if task and not task.done()]

    @property
    def wish(self) -> Wish:
        """What a program asked for along with the newest prompt."""
        return self.wishes.now(self.session.messages)

    def begin(self, run: asyncio.Task[Any]) -> None:
        """Take up a run."""
        self.run, self.closing, self.ended = run, False, None

    async def stop_run(self) -> None:
        """Cancel the run, or calls by hand, and wait until they are written down; the title goes
        on."""
        await _stopped(self.going)

    async def stop(self) -> None:
        """Cancel what goes on and wait until it has written itself down."""
        naming = [self.title] if self.title and not self.title.done() else []
        await _stopped([*self.going, *naming])


async def _stopped(going: list[asyncio.Task[Any]]) -> None:
    for task in going:
        task.cancel()
    if going:
        await asyncio.wait(going)


class Lives:
    """Every open session of a workspace, each once, each under its lock."""

    def __init__(
        self,
        store: SessionStore,
        project: Path,
        model: str,
        tell: Callable[[str], None],
        emit: Callable[[Event], None],
    ) -> None:
        """`model` goes on with conversations that name none, as imported ones may."""
        self._model = model
        self._store, self._project, self._tell, self._emit = store, project, tell, emit
        self._locks = PathLocks()
        self._open: dict[str, Live] = {}
        self._opening = asyncio.Lock()

    def held(self, session_id: str) -> Live | None:
        """The session if it is open; any unique prefix of its id will do."""
        if found := self._open.get(session_id):
            return found
        start = session_id if session_id.startswith("ses_") else f"ses_{session_id}"
        fits = [live for name, live in self._open.items() if session_id and name.startswith(start)]
        return fits[0] if len(fits) == 1 else None

    def below(self, session_id: str) -> list[str]:
        """The open sessions of its sub-agents, theirs first."""
        found: list[str] = []
        for name, live in self._open.items():
            if live.session.parent == session_id:
                found += [*self.below(name), name]
        return found

    async def get(self, session_id: str, files: FileHistory | None = None) -> Live:
        """The session, opened if need be, with files of its own or those of whom it works for.
        SessionBusy when another process writes it."""
        async with self._opening:
            if live := self.held(session_id):
                return live
            session = await asyncio.to_thread(self._store.open, session_id)
            if lost := self._store.lost.get(session.id):
                self._tell(f"This session is damaged: {lost}.")
            return self._add(session, files)

    async def create(self, session: Session, files: FileHistory | None = None) -> Live:
        """Take up a new session."""
        return self._add(await asyncio.to_thread(self._store.create, session), files)

    async def let_go(self, session_id: str) -> None:
        """Close one session, its sub-agents' first; nothing happens when it is not open."""
        for one in (*self.below(session_id), session_id):
            if live := self._open.pop(one, None):
                await self._close(live)

    async def close(self) -> None:
        """Close them all."""
        for session_id in list(self._open):
            await self.let_go(session_id)

    def _add(self, session: Session, files: FileHistory | None = None) -> Live:
        session.model = session.model or self._model
        own = files or self._files(session.id)
        told = told_rules(session.messages)
        live = Live(session, own, told, is_guest=files is not None)
        self._open[session.id] = live
        return live

    def _files(self, session_id: str) -> FileHistory:
        files = FileHistory(
            paths.data_dir(),
            self._project,
            session_id,
            limit_mb=self._store.settings.undo_limit_mb,
            locks=self._locks,
            tell=self._tell,
        )
        files.changed = lambda names: self._emit(FilesChanged(session_id, names))
        return files

    async def _close(self, live: Live) -> None:
        await live.stop()
        if not live.is_guest:
            await live.files.close()
        await self._store.close(live.session)
