"""Commands in a person's own terminal, where an editor lends one and its user wants that."""

from collections.abc import Callable
from dataclasses import dataclass

from msgspec.structs import replace

from opencode.core.shell import Isolation, Job, Outcome, Running, Terminals
from opencode.host.shell import HostShell


@dataclass(frozen=True)
class InSight:
    """Implements `core.shell.Shell` for one call. There is no wall around a terminal that is not
    ours, so `isolation` is none and the rules ask; what must be walled in (a read-only agent's
    commands) and what nobody waits for runs in our own shell."""

    shell: HostShell
    terminals: Terminals
    session: str
    """Of the person, also when a sub-agent runs something."""
    call: str

    @property
    def isolation(self) -> Isolation:
        return "none"

    async def run(self, job: Job, progress: Callable[[str], None]) -> Outcome:
        if job.isolation != "none":
            return await self.shell.run(job, progress)
        line = self.shell.line(job)
        return await self.terminals.run(self.session, self.call, line, lambda: progress(""))

    async def spawn(self, job: Job) -> Running:
        return await self.shell.spawn(replace(job, isolation=self.shell.isolation))

    def running(self, session: str) -> list[Running]:
        return self.shell.running(session)

    async def output(self, job_id: str, offset: int = 0) -> tuple[str, int]:
        return await self.shell.output(job_id, offset)

    async def stop(self, job_id: str) -> Running:
        return await self.shell.stop(job_id)

    async def close(self, session: str = "") -> None:
        await self.shell.close(session)
