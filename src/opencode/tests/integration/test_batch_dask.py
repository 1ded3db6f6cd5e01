"""A batch on a real Dask cluster of separate processes, of which one is killed."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from opencode.tests.integration.test_batch import (
    batch,
    began,
    begun,
    marks,
    repository,
    results,
    slow,
    tasks,
    until,
)

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("distributed") is None or os.name != "posix",
    reason="distributed (extra dask) is not installed, or no POSIX",
)
__all__ = ["marks", "repository"]


@contextmanager
def program(*words: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def cluster(folder: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and two workers of one thread each; its address and the three processes."""
    file = folder / "scheduler.json"
    quiet = ("--no-dashboard",)
    here = ("--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(file))
    with ExitStack() as stack:
        scheduler = stack.enter_context(program("distributed.cli.dask_scheduler", *here, *quiet))
        until(lambda: file.exists() and file.read_text().endswith("}"))
        address: str = json.loads(file.read_text())["address"]
        one = ("--nthreads", "1", "--no-nanny", "--memory-limit", "0")
        workers = [
            stack.enter_context(
                program(
                    "distributed.cli.dask_worker",
                    address,
                    *one,
                    *quiet,
                    "--name",
                    str(n),
                    "--local-directory",
                    str(folder / f"w{n}"),
                )
            )
            for n in (1, 2)
        ]
        yield address, [scheduler, *workers]


@pytest.mark.slow
def test_a_worker_killed_in_the_middle_loses_nothing(
    repository: Path, tmp_path: Path, marks: Path
) -> None:
    model = slow(tmp_path, marks)
    (repository / "own.txt").write_text("not committed\n")
    file = tasks(repository, *({"id": f"t{n}", "prompt": f"go {n}"} for n in range(4)))
    with cluster(tmp_path) as (address, (_, worker, _)):
        there = ("--engine", "dask", "--scheduler", address, "--jobs", "2")
        with begun(str(file), *there, "--auto", "-m", model) as process:
            until(lambda: len(began(marks)) == 2)
            worker.send_signal(signal.SIGKILL)
            until(lambda: not _alive_below(began(marks), worker.pid))
            (marks / "go").touch()
            out, err = process.communicate(timeout=50)
        assert process.returncode == 0, out + err
        found = results(file)
        assert sorted(found) == ["t0", "t1", "t2", "t3"]
        assert {one["state"] for one in found.values()} == {"done"}
        assert all("+x\n" in one["patch"] and one["host"] for one in found.values())
        assert len(began(marks)) == 5, "the task of the killed worker was begun once more"
        code, _, err = batch(str(file), *there)
        assert code == 0
        assert "4 of 4 tasks have their result already" in err


@pytest.mark.slow
def test_a_stop_reaches_the_workers(repository: Path, tmp_path: Path, marks: Path) -> None:
    model = slow(tmp_path, marks)
    file = tasks(repository, {"id": "t", "prompt": "go"})
    with cluster(tmp_path) as (address, _):
        there = ("--engine", "dask", "--scheduler", address)
        with begun(str(file), *there, "--auto", "-m", model) as process:
            until(lambda: began(marks))
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=40)
        assert process.returncode == 130
        assert "1 of 1 tasks are left" in err
        until(lambda: not Path(began(marks)[0]).exists())


@pytest.mark.slow
def test_a_scheduler_that_dies_is_an_error_and_leaves_the_rest_for_the_next_time(
    repository: Path, tmp_path: Path, marks: Path
) -> None:
    file = tasks(repository, {"id": "t", "prompt": "go"})
    with cluster(tmp_path) as (address, (scheduler, *_)):
        there = ("--engine", "dask", "--scheduler", address)
        with begun(str(file), *there, "--auto", "-m", slow(tmp_path, marks)) as process:
            until(lambda: began(marks))
            scheduler.kill()
            _, err = process.communicate(timeout=50)
        assert process.returncode == 1
        assert "The Dask scheduler is gone" in err
        assert results(file) == {}


@pytest.mark.slow
def test_an_address_where_nobody_answers_is_an_error_with_its_fix(repository: Path) -> None:
    file = tasks(repository, {"id": "t", "prompt": "go"})
    code, _, err = batch(str(file), "--engine", "dask", "--scheduler", "tcp://127.0.0.1:9")
    assert code == 1
    assert "dask scheduler" in err


def _alive_below(folders: list[str], worker: int) -> bool:
    """Whether a process still works in a place of the worker that was killed."""
    mine = [folder for folder in folders if f"/{worker}-" in folder]
    assert mine, "the killed worker had a task"
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str((process / "cwd").readlink()) in mine:
                return True
        except OSError:
            continue
    return False
