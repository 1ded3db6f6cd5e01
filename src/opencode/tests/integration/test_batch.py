"""`opencode batch` as a person meets it: real processes, real git, real stops."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

DONE = [{"text": "done"}]


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture
def repository(project: Path) -> Path:
    git(project, "init", "-q")
    (project / "a.txt").write_text("x = 1\n")
    git(project, "add", ".")
    git(project, "commit", "-qm", "first")
    return project


@contextmanager
def begun(*words: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "opencode", "batch", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def batch(*words: str) -> tuple[int, str, str]:
    with begun(*words) as process:
        out, err = process.communicate(timeout=55)
    return process.returncode, out, err


def tasks(folder: Path, *lines: Any) -> Path:
    path = folder.parent / "tasks.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def results(path: Path) -> dict[str, dict[str, Any]]:
    lines = path.with_name("tasks.results.jsonl").read_text().splitlines()
    assert len({json.loads(line)["id"] for line in lines}) == len(lines), "a task was done twice"
    return {(one := json.loads(line))["id"]: one for line in lines}


def until(claim: Callable[[], object]) -> None:
    end = time.monotonic() + 40
    while not claim():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.02)


def home() -> Path:
    return Path(os.environ["HOME"]) / ".local/share/opencode/batch"


def places() -> list[Path]:
    return [path for path in home().glob("*/*") if path.is_dir()]


def test_each_task_has_a_worktree_of_its_own_and_its_patch_applies(repository: Path) -> None:
    (repository / "a.txt").write_text("x = 1\ndirty = True\n")
    file = tasks(
        repository,
        {"id": "change", "prompt": 'Replace "x = 1" with "x = 2" in a.txt'},
        {"id": "more", "prompt": "Create b.txt with: hello"},
        {"id": "refused", "prompt": "Delete the ../elsewhere directory"},
        {"id": "nobody", "prompt": "hi", "agent": "no-such-agent"},
    )
    code, out, err = batch(str(file), "--json")
    assert code == 1, err
    found = results(file)
    states = {name: one["state"] for name, one in found.items()}
    assert states == {"change": "done", "more": "done", "refused": "refused", "nobody": "error"}
    assert "no-such-agent" in found["nobody"]["error"]
    assert found["change"]["session"].startswith("ses_")
    summary = json.loads(out)
    assert (summary["tasks"], summary["done"], summary["left"]) == (4, 2, 0)
    assert "[4/4]" in err
    assert (repository / "a.txt").read_text() == "x = 1\ndirty = True\n"
    git(repository, "checkout", "-q", "a.txt")
    for name in ("change", "more"):
        (repository.parent / "one.patch").write_text(found[name]["patch"])
        git(repository, "apply", "../one.patch")
    assert (repository / "a.txt").read_text() == "x = 2\n"
    assert (repository / "b.txt").read_text() == "hello\n"
    assert places() == []
    assert len(git(repository, "worktree", "list").splitlines()) == 1


def test_what_is_done_is_not_done_again_and_what_failed_only_when_asked(repository: Path) -> None:
    good = {"id": "good", "prompt": "Create b.txt with: hello"}
    file = tasks(repository, good, {"id": "bad", "prompt": "hi", "agent": "nobody"})
    assert batch(str(file))[0] == 1
    before = results(file)
    assert batch(str(file))[0] == 1
    assert results(file) == before
    assert batch(str(file), "--retry", "--json")[0] == 1
    lines = file.with_name("tasks.results.jsonl").read_text().splitlines()
    assert [json.loads(line)["id"] for line in lines].count("good") == 1
    assert [json.loads(line)["id"] for line in lines].count("bad") == 2


def test_without_git_each_task_has_a_copy_that_can_be_kept(project: Path) -> None:
    (project / "sub").mkdir()
    (project / "sub" / "a.txt").write_text("old\n")
    file = tasks(project, {"id": "a", "dir": "sub", "prompt": 'Replace "old" with "new" in a.txt'})
    assert batch(str(file), "--keep")[0] == 0
    [one] = results(file).values()
    assert (project / "sub" / "a.txt").read_text() == "old\n"
    assert (Path(one["folder"]) / "a.txt").read_text() == "new\n"
    assert "-old\n+new\n" in one["patch"]


def test_what_a_task_commits_is_in_its_patch_and_its_session_outlives_the_worktree(
    repository: Path, tmp_path: Path
) -> None:
    (repository / "opencode.toml").write_text("[ui]\ntheme = 'textual-dark'\n")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "settings")
    command = "echo y >> a.txt && git commit -qam second"
    script = tmp_path / "s.json"
    script.write_text(json.dumps([[{"call": ["bash", {"command": command}]}], DONE]))
    file = tasks(repository, {"id": "commits", "prompt": "go"})
    code, _, err = batch(str(file), "--auto", "-m", f"scripted/{script}")
    assert code == 0, err
    [one] = results(file).values()
    assert "+y\n" in one["patch"]
    assert "docs/sessions" not in one["patch"]
    shown = subprocess.run(
        [sys.executable, "-m", "opencode", "session", "show", one["session"]],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "git commit" in shown.stdout


def slow(tmp_path: Path, marks: Path) -> str:
    """A model whose task says that it began, waits for a word, and writes a file."""
    command = (
        f"echo $PWD >> {marks}/began; until [ -e {marks}/go ]; do sleep 0.02; done; echo x > new"
    )
    script = tmp_path / "slow.json"
    script.write_text(json.dumps([[{"call": ["bash", {"command": command}]}], DONE]))
    return f"scripted/{script}"


def began(marks: Path) -> list[str]:
    path = marks / "began"
    return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def marks(alone: Path) -> Path:
    folder = alone / "marks"
    folder.mkdir()
    config = alone / ".config/opencode"
    config.mkdir(parents=True)
    (config / "opencode.toml").write_text(f'[sandbox]\nwritable = ["{folder}"]\n')
    return folder


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize(
    "stop",
    [
        signal.SIGKILL,
        pytest.param(signal.SIGINT, marks=pytest.mark.slow),
        pytest.param(signal.SIGTERM, marks=pytest.mark.slow),
    ],
)
def test_a_stop_leaves_nothing_running_and_the_same_command_goes_on(
    repository: Path, tmp_path: Path, marks: Path, stop: signal.Signals
) -> None:
    slow_model = slow(tmp_path, marks)
    file = tasks(
        repository,
        {"id": "quick", "prompt": "Create q.txt with: hello"},
        *({"id": f"s{n}", "prompt": f"go {n}", "model": slow_model} for n in (1, 2)),
    )
    with begun(str(file), "--jobs", "2", "--auto") as process:
        until(lambda: len(began(marks)) == 2)
        process.send_signal(stop)
        _, err = process.communicate(timeout=30)
    if stop != signal.SIGKILL:
        assert process.returncode == 130
        assert "2 of 3 tasks are left" in err
        assert places() == []
    assert set(results(file)) == {"quick"}
    until(lambda: not [pid for pid in Path("/proc").glob("[0-9]*") if _is_of(pid, marks)])
    (marks / "go").touch()
    assert batch(str(file), "--jobs", "2", "--auto")[0] == 0
    found = results(file)
    assert {one["state"] for one in found.values()} == {"done"}
    assert len(found) == 3
    assert "+x\n" in found["s1"]["patch"]
    assert places() == []


def _is_of(process: Path, marks: Path) -> bool:
    try:
        return str(marks).encode() in (process / "cmdline").read_bytes()
    except OSError:
        return False


def test_two_batches_do_not_write_one_file_of_results(
    repository: Path, tmp_path: Path, marks: Path
) -> None:
    file = tasks(repository, {"id": "s", "prompt": "go", "model": slow(tmp_path, marks)})
    with begun(str(file), "--auto") as first:
        until(lambda: began(marks))
        code, _, err = batch(str(file))
        assert code == 2
        assert "is written by another batch" in err
        (marks / "go").touch()
        first.communicate(timeout=30)
    assert first.returncode == 0
