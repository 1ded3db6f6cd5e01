"""Do many tasks, each in its own git worktree or copy: `opencode batch tasks.jsonl`."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncGenerator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from opencode.batch.crew import Crew, Engine, Here, Plan, Summary, home_of
from opencode.batch.results import Result, Results
from opencode.batch.tasks import Caps, Task, read_tasks
from opencode.cli.shared import output
from opencode.cli.shared.options import Directory, Model, Profile
from opencode.cli.shared.stopping import stopped_by_signals
from opencode.cli.show.progress import Progress, brief
from opencode.cli.show.tongue import said
from opencode.core.error import UsageError
from opencode.host.files import FileLock, Held


class Where(StrEnum):
    """Who does the tasks."""

    local = "local"
    dask = "dask"


def batch(
    tasks: Annotated[Path, typer.Argument(help="One task a line, as JSON; - for stdin.")],
    output_: Annotated[
        Path | None, typer.Option("--output", "-o", help="The results; TASKS.results.jsonl.")
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", help="So many at a time.", min=0)] = 0,
    model: Model = "",
    agent: Annotated[str, typer.Option(help="build, plan, or one of yours.")] = "",
    profile: Profile = "",
    directory: Directory = Path(),
    max_steps: Annotated[int, typer.Option(help="Model calls of one task.", min=0)] = 0,
    max_cost: Annotated[float, typer.Option(help="US dollars of one task.", min=0)] = 0.0,
    timeout: Annotated[float, typer.Option(help="Seconds of one task.", min=0)] = 0.0,
    total_steps: Annotated[int, typer.Option(help="Model calls of all tasks.", min=0)] = 0,
    total_cost: Annotated[float, typer.Option(help="US dollars of all tasks.", min=0)] = 0.0,
    total_timeout: Annotated[float, typer.Option(help="Seconds of all tasks.", min=0)] = 0.0,
    copy: Annotated[
        bool, typer.Option("--copy", help="Begin with the folder as it stands, not a commit.")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep worktrees and copies.")] = False,
    retry: Annotated[bool, typer.Option("--retry", help="Again what is not done.")] = False,
    auto: Annotated[bool, typer.Option(help="Allow what no rule denies, unasked.")] = False,
    allow_irreversible: Annotated[
        bool, typer.Option("--allow-irreversible", help="Also what undo cannot bring back.")
    ] = False,
    trust: Annotated[bool, typer.Option("--trust", help="Trust the settings in it.")] = False,
    engine: Annotated[Where, typer.Option(help="local, or dask: many machines.")] = Where.local,
    scheduler: Annotated[str, typer.Option(help="Of Dask: tcp://host:8786.")] = "",
    json_: Annotated[bool, typer.Option("--json", help="The summary as JSON.")] = False,
) -> None:
    """Do many tasks, each in its own git worktree, and collect answers and patches.

    \b
    opencode batch tasks.jsonl --jobs 4 --max-cost 0.50 --total-cost 10
    opencode batch tasks.jsonl            # again: what has a result is not done again
    opencode batch tasks.jsonl --retry    # and again what failed
    opencode batch tasks.jsonl --engine dask --scheduler tcp://host:8786

    A task: {"id": "a", "prompt": "Fix the failing test", "dir": "api", "max_cost": 0.2}. Ctrl-C
    ends what runs; the same command goes on. Exit codes: 0 all done, 1 something is not done,
    2 usage, 4 what all may use together is used, 130 cancelled.
    """
    if (engine is Where.dask) != bool(scheduler):
        raise UsageError("--engine dask and --scheduler ADDRESS go together.")
    switches = {"--auto": auto, "--allow-irreversible": allow_irreversible, "--trust": trust}
    plan = Plan(
        directory.expanduser().resolve(), jobs, Caps(max_steps, max_cost, timeout),
        Caps(total_steps, total_cost, total_timeout), model, agent, profile,
        [name for name, on in switches.items() if on], copy, keep,
    )  # fmt: skip
    found = read_tasks(_text(tasks), str(tasks))
    results = Results(_results_file(tasks, output_))
    try:
        summary = asyncio.run(_work(plan, found, results, scheduler, retry=retry))
    except asyncio.CancelledError:  # by SIGTERM
        raise typer.Abort from None
    _report(summary, [results.all[t.id] for t in found if t.id in results.all], as_json=json_)
    if summary.stopped:
        raise typer.Exit(output.LIMIT)
    if summary.done < summary.tasks:
        raise typer.Exit(output.ERROR)


def _text(tasks: Path) -> str:
    if str(tasks) == "-":
        return sys.stdin.read()
    try:
        return tasks.read_text("utf-8")
    except OSError as error:
        raise UsageError(f"{tasks} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise UsageError(f"{tasks} is not UTF-8.", hint="Save the file as UTF-8.") from None


def _results_file(tasks: Path, wanted: Path | None) -> Path:
    if wanted is None and str(tasks) == "-":
        raise UsageError("Tasks from stdin want --output FILE.")
    return (wanted or tasks.with_name(f"{tasks.stem}.results.jsonl")).expanduser().resolve()


async def _work(
    plan: Plan, tasks: list[Task], results: Results, scheduler: str, *, retry: bool
) -> Summary:
    home = home_of(results.path)
    try:
        held = FileLock(home / "lock", what="opencode batch")
        held.acquire()
    except Held as other:
        raise UsageError(
            f"{results.path} is written by another batch: {other}.", hint="Wait until it ends."
        ) from None
    with contextlib.closing(_Held(held)):
        await asyncio.to_thread(results.load)
        waiting = results.waiting(tasks, retry=retry)
        progress = Progress(len(tasks), len(tasks) - len(waiting))
        async with _engine(scheduler, home) as (engine, size):
            plan = msgspec.structs.replace(plan, jobs=plan.jobs or size)
            crew = Crew(plan, tasks, results, engine, progress.tell)
            try:
                with stopped_by_signals():
                    await crew.work(retry=retry)
            except asyncio.CancelledError:
                progress.say(
                    f"Stopped: {crew.summary().left} of {len(tasks)} tasks are left; "
                    "the same command goes on."
                )
                raise
            finally:
                progress.close()
        return crew.summary()


class _Held:
    """A lock as something to close."""

    def __init__(self, lock: FileLock) -> None:
        self.close = lock.release


@contextlib.asynccontextmanager
async def _engine(scheduler: str, home: Path) -> AsyncGenerator[tuple[Engine, int]]:
    """Who does them, and how many at a time."""
    if not scheduler:
        yield Here(), min(4, os.cpu_count() or 1)
        return
    from opencode.batch.dask import connected

    async with connected(scheduler, home) as cluster:
        yield cluster, cluster.size()


def _report(summary: Summary, results: list[Result], *, as_json: bool) -> None:
    if as_json:
        output.print_json(summary)
        return
    rows = [
        [
            r.id,
            said(r.state),
            f"{r.seconds:.1f}",
            _money(r.usage.cost),
            r.session,
            r.error or r.text,
        ]
        for r in results
    ]
    output.print_table(["TASK", "STATE", "SECONDS", "COST", "SESSION", "ANSWER"], _cut(rows))
    named = (
        (said("done"), summary.done),
        (said("refused"), summary.refused),
        (said("limit"), summary.limit),
        (said("error"), summary.error),
        (said("left"), summary.left),
    )
    counts = ", ".join(f"{name} {n}" for name, n in named if n)
    cost = _money(summary.usage.cost)
    print(said(f"\nTasks: {summary.tasks} ({counts}). Cost: {cost}."))
    print(said(f"Results: {summary.results}"))
    if summary.stopped:
        print(f"{said(summary.stopped)} {said('The same command goes on.')}", file=sys.stderr)


def _cut(rows: list[list[str]]) -> list[list[str]]:
    """The answer's beginning on one line."""
    return [[*row[:-1], brief(row[-1])[:60]] for row in rows]


def _money(cost: float | None) -> str:
    return said("unknown") if cost is None else f"${cost:.4f}"
