import asyncio
from pathlib import Path

import pytest

from opencode.batch.crew import Crew, Plan
from opencode.batch.one import Job
from opencode.batch.results import Result, Results
from opencode.batch.tasks import Caps, Task
from opencode.core.delta import Usage

TASKS = [Task(f"do {n}", f"t{n}") for n in range(6)]


class Uses:
    """An engine whose tasks use all they may."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []
        self.running = self.most = 0

    async def perform(self, job: Job) -> Result:
        self.jobs.append(job)
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(0)
        self.running -= 1
        used = Usage(cost=job.caps.max_cost or 0.1)
        return Result(job.task.id, "done", steps=job.caps.max_steps or 1, usage=used)


def crew(engine: Uses, folder: Path, plan: Plan, tasks: list[Task] = TASKS) -> Crew:
    return Crew(plan, tasks, Results(folder / "r.jsonl"), engine, lambda task, result: None)


async def test_never_more_at_a_time_than_wanted(tmp_path: Path) -> None:
    engine = Uses()
    team = crew(engine, tmp_path, Plan(tmp_path, jobs=2))
    await team.work()
    assert engine.most == 2
    assert (team.summary().done, team.summary().left) == (6, 0)


@pytest.mark.parametrize("jobs", [1, 3])
async def test_all_together_never_use_more_than_they_may(tmp_path: Path, jobs: int) -> None:
    engine = Uses()
    caps, each = Caps(max_steps=7, max_cost=1.0), Caps(max_steps=2, max_cost=0.4)
    team = crew(engine, tmp_path, Plan(tmp_path, jobs=jobs, each=each, all=caps))
    await team.work()
    summary = team.summary()
    assert sum(job.caps.max_steps for job in engine.jobs) <= 7
    assert summary.usage.cost == pytest.approx(1.0, abs=0.001)
    assert all(job.caps.max_cost <= 0.4 for job in engine.jobs)
    assert summary.left > 0
    assert "used" in summary.stopped


async def test_a_task_may_have_caps_of_its_own(tmp_path: Path) -> None:
    engine = Uses()
    tasks = [Task("x", "a", max_steps=9, timeout=5), Task("y", "b")]
    each = Caps(max_steps=3, timeout=60)
    await crew(engine, tmp_path, Plan(tmp_path, jobs=1, each=each), tasks).work()
    assert [(j.caps.max_steps, j.caps.timeout) for j in engine.jobs] == [(9, 5), (3, 60)]


async def test_the_time_for_all_ends_what_runs_and_leaves_it_for_the_next_time(
    tmp_path: Path,
) -> None:
    class Endless(Uses):
        async def perform(self, job: Job) -> Result:
            if job.task.id != "t0":
                await asyncio.Event().wait()
            return await super().perform(job)

    plan = Plan(tmp_path, jobs=1, all=Caps(timeout=0.2))
    team = crew(Endless(), tmp_path, plan)
    await team.work()
    assert (team.summary().done, team.summary().left) == (1, 5)
    results = Results(tmp_path / "r.jsonl")
    results.load()
    again = Crew(Plan(tmp_path, jobs=2), TASKS, results, Uses(), lambda task, result: None)
    await again.work()
    assert again.summary().done == 6
