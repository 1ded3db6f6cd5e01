"""Who does the tasks: so many at a time, within what all of them may use together."""

import asyncio
import hashlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from opencode.batch.one import Job, perform
from opencode.batch.results import Result, Results
from opencode.batch.tasks import Caps, Task, folder_of
from opencode.config import paths
from opencode.core.delta import Usage


class Engine(Protocol):
    """Somewhere tasks are done."""

    async def perform(self, job: Job) -> Result:
        """Do one; a failure is a Result. Being cancelled leaves nothing running."""
        ...


class Here:
    """This machine."""

    async def perform(self, job: Job) -> Result:
        """In a process of its own."""
        return await perform(job)


class Plan(Struct, frozen=True):
    """How the tasks are to be done."""

    project: Path
    jobs: int = 2
    each: Caps = Caps()
    """For every task that has no caps of its own."""
    all: Caps = Caps()
    """For all together; what was used before a stop does not count."""
    model: str = ""
    agent: str = ""
    profile: str = ""
    switches: list[str] = []
    copy: bool = False
    keep: bool = False


class Summary(Struct, frozen=True):
    """How it stands with all tasks, those done earlier included."""

    tasks: int
    done: int
    refused: int
    limit: int
    error: int
    left: int
    usage: Usage
    """Of all results; its cost is None when a price in it is unknown."""
    results: str
    stopped: str = ""
    """Why it stopped before all were done."""


@dataclass
class _Purse:
    """What all tasks may use together, and what those that run may still take out of it."""

    caps: Caps
    steps: int = 0
    cost: float = 0.0
    held: dict[str, Caps] = field(default_factory=dict[str, Caps])

    def lend(self, task: str, wanted: Caps, free: int) -> Caps | None:
        """The caps of a task, so that all together never pass theirs; None when nothing is
        left. `free` hands share what nobody holds."""
        steps, cost = wanted.max_steps, wanted.max_cost
        if self.caps.max_steps:
            left = self.caps.max_steps - self.steps - sum(c.max_steps for c in self.held.values())
            if left <= 0:
                return None
            share = max(1, left // free)
            steps = min(steps, share) if steps else share
        if self.caps.max_cost:
            left = self.caps.max_cost - self.cost - sum(c.max_cost for c in self.held.values())
            if left < 1e-6:
                return None
            cost = min(cost, left / free) if cost else left / free
        lent = Caps(steps, cost, wanted.timeout)
        self.held[task] = lent
        return lent

    def take(self, task: str, result: Result) -> None:
        """A task has ended: what it used is gone, the rest is there again."""
        self.held.pop(task, None)
        self.steps += result.steps
        self.cost += result.usage.cost or 0.0


class Crew:
    """So many hands that take the next task from the pile until there is none."""

    def __init__(
        self,
        plan: Plan,
        tasks: list[Task],
        results: Results,
        engine: Engine,
        told: Callable[[Task, Result | None], None],
    ) -> None:
        self._plan, self._tasks, self._results = plan, tasks, results
        self._engine = engine
        self._told = told
        self._pile: deque[Task] = deque()
        self._busy = 0
        self._purse = _Purse(plan.all)
        self._stopped = ""

    async def work(self, *, retry: bool = False) -> None:
        """Do all that is not done. Cancelled, it ends what runs; the rest is done next time."""
        self._pile.extend(self._results.waiting(self._tasks, retry=retry))
        for task in self._pile:
            folder_of(task, self._plan.project)
        limit = self._plan.all.timeout or None
        try:
            async with asyncio.timeout(limit), asyncio.TaskGroup() as group:
                for _ in range(min(self._plan.jobs, len(self._pile))):
                    group.create_task(self._hand())
        except TimeoutError:
            self._stopped = f"The {limit:g} seconds for all tasks are over."
        except ExceptionGroup as group:  # all hands stop for the same reason
            raise group.exceptions[0] from None

    async def _hand(self) -> None:
        while self._pile:
            task = self._pile.popleft()
            caps = self._purse.lend(task.id, self._wanted(task), self._plan.jobs - self._busy)
            if caps is None:
                self._pile.appendleft(task)
                self._stopped = "What all tasks may use together is used."
                return
            self._busy += 1
            self._told(task, None)
            result = await self._engine.perform(self._job(task, caps))
            self._busy -= 1
            self._purse.take(task.id, result)
            if result.state != "cancelled":
                result = await asyncio.to_thread(self._results.add, task, result)
            self._told(task, result)

    def _wanted(self, task: Task) -> Caps:
        each = self._plan.each
        return Caps(
            task.max_steps or each.max_steps,
            task.max_cost or each.max_cost,
            task.timeout or each.timeout,
        )

    def _job(self, task: Task, caps: Caps) -> Job:
        plan = self._plan
        return Job(
            task, str(folder_of(task, plan.project)),
            str(home_of(self._results.path) / _file_name(task.id)), caps,
            plan.model, plan.agent, plan.profile, plan.switches, plan.copy, plan.keep,
        )  # fmt: skip

    def summary(self) -> Summary:
        """How it stands now."""
        found = [r for t in self._tasks if (r := self._results.all.get(t.id)) is not None]
        of = {state: sum(r.state == state for r in found) for state in ("done", "refused", "limit")}
        usage = sum((r.usage for r in found), Usage())
        left = len(self._results.waiting(self._tasks))
        errors = sum(r.state == "error" for r in found)
        return Summary(
            len(self._tasks), of["done"], of["refused"], of["limit"], errors, left, usage,
            str(self._results.path), self._stopped if left else "",
        )  # fmt: skip


def home_of(results: Path) -> Path:
    """The folder in which the places of a batch are made, one for each file of results."""
    name = hashlib.sha256(str(results.absolute()).encode()).hexdigest()[:12]
    return paths.data_dir().resolve() / "batch" / name


def _file_name(task: str) -> str:
    """An id as the name of a folder on any system."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in task)
    return f"{plain[:40]}-{hashlib.sha256(task.encode()).hexdigest()[:8]}"
