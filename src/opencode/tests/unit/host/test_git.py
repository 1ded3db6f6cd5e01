import subprocess
from pathlib import Path

import pytest

from opencode.host.git import Git, GitError


def git(folder: Path, *args: str) -> None:
    subprocess.run(["git", *args], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(project: Path) -> Path:
    git(project, "init")
    (project / "a.txt").write_text("one\ntwo\n")
    (project / "win.txt").write_text("one\r\ntwo\r\n", newline="")
    (project / ".gitattributes").write_text("win.txt text eol=crlf\n*.big filter=big\n")
    git(project, "add", ".")
    git(project, "commit", "-m", "first")
    return project


def test_nothing_a_repository_configures_is_run(repository: Path, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    evil = f"touch {trap}; cat"
    for name in (
        "core.fsmonitor", "core.pager", "core.sshCommand", "diff.external", "diff.x.textconv",
        "diff.x.command", "filter.big.clean", "filter.big.smudge", "filter.big.process",
        "core.askPass", "credential.helper",
    ):  # fmt: skip
        git(repository, "config", name, evil)
    (repository / ".gitattributes").write_text("* filter=big diff=x\n")
    hook = repository / ".git" / "hooks" / "post-index-change"
    hook.write_text(f"#!/bin/sh\ntouch {trap}\n")
    hook.chmod(0o755)
    (repository / "a.txt").write_text("one\n2wo\n")
    ours = Git(repository)
    assert b"+2wo" in ours.run("diff")
    assert ours.run("status", "--porcelain")
    assert ours.fields("diff-files", "-z", "--name-only")
    assert ours.run("show", "HEAD:a.txt")
    assert ours.run("log", "-p", "--oneline")
    oid = ours.fields("ls-files", "-z", "--stage")[0].split()[1]
    ours.contents([(oid, "a.txt")])
    assert not trap.exists()


def test_contents_are_the_bytes_of_the_folder(repository: Path) -> None:
    ours = Git(repository)
    staged = {line.partition("\t")[2]: line.split()[1] for line in
              ours.fields("ls-files", "-z", "--stage")}  # fmt: skip
    wanted = [(staged["win.txt"], "win.txt"), ("0" * 40, "gone"), (staged["a.txt"], "a.txt")]
    assert ours.contents(wanted) == [b"one\r\ntwo\r\n", None, b"one\ntwo\n"]
    assert ours.filtered(["x.big", "a.txt"]) == {"x.big"}


def test_the_environment_does_not_lead_to_another_repository(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "false")
    assert Git(repository).top() == repository.resolve()
    assert Git(repository).branch() == "main"


def test_outside_of_a_repository_there_is_no_top_and_errors_say_why(tmp_path: Path) -> None:
    assert Git(tmp_path).top() is None
    with pytest.raises(GitError, match="not a git repository"):
        Git(tmp_path).run("status")
