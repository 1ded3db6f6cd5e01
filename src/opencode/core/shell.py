"""Commands, as tools may run them: bounded, in a sandbox where there is one, never orphaned."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal, Protocol

from msgspec import Struct

Isolation = Literal["none", "write-workspace", "read-only"]


class Job(Struct, frozen=True):
    """A shell line to run."""

    command: str
    cwd: Path
    session: str
    timeout: float = 120.0
    """Seconds; the group is ended then and what was printed is kept."""
    isolation: Isolation = "none"
    network: bool = True
    readable: tuple[Path, ...] = ()
    """Beyond the workspace, allowed for this job alone; so is `writable`."""
    writable: tuple[Path, ...] = ()


class Outcome(Struct, frozen=True):
    """What came of a job."""

    code: int | None
    """Exit code; negative signal number when killed; None when it was ended for its time."""
    output: str
    """Head and tail, decoded; the whole is in `log` when it was longer."""
    log: str = ""
    """Path of the whole output on disk; "" when `output` is all of it."""
    size: int = 0
    """Bytes printed."""
    seconds: float = 0.0
    left_running: tuple[int, ...] = ()
    """Processes the command left behind that still run, by pid."""


class Running(Struct, frozen=True):
    """A background job as lists show it."""

    id: str
    command: str
    session: str
    started: float
    pid: int
    code: int | None = None
    """None while it runs."""
    size: int = 0


class Line(Struct, frozen=True):
    """A job as somebody else's terminal is to run it, without a wall of ours."""

    argv: list[str]
    env: dict[str, str]
    """What is other than in our environment; "" hides a variable."""
    job: Job


class Terminals(Protocol):
    """A person's own terminals, an editor's say: what runs there runs in sight, and unwalled."""

    async def run(self, session: str, call: str, line: Line, opened: Callable[[], None]) -> Outcome:
        """Run in a new one; `opened` is called when it is there. Cancelling ends the command.
        ToolError when there can be none."""
        ...


class Shell(Protocol):
    """The one way tools run commands."""

    @property
    def isolation(self) -> Isolation:
        """The strongest isolation this machine and the settings give to an agent that may write."""
        ...

    async def run(self, job: Job, progress: Callable[[str], None]) -> Outcome:
        """Run in the foreground; returns when the process ends, not when its pipe closes.
        Cancelling kills the whole group."""
        ...

    async def spawn(self, job: Job) -> Running:
        """Run in the background until it ends, is stopped, or the session closes."""
        ...

    def running(self, session: str) -> list[Running]:
        """The session's background jobs, ended ones too, newest first."""
        ...

    async def output(self, job_id: str, offset: int = 0) -> tuple[str, int]:
        """What it printed from byte `offset` on (bounded) and the offset to go on from."""
        ...

    async def stop(self, job_id: str) -> Running:
        """End the group: politely, then by force."""
        ...

    async def close(self, session: str = "") -> None:
        """End every job of the session, or of all; returns when they are gone."""
        ...
