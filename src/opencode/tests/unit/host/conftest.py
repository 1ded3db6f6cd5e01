"""A shell whose processes can be told from all others of the machine."""

import os
import subprocess
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from opencode.core.shell import Job, Outcome
from opencode.host.shell import HostShell
from opencode.host.wall.sandbox import Sandbox
from opencode.host.wall.views import Policy

Marked = Callable[[], list[int]]


@pytest.fixture
def mark(monkeypatch: pytest.MonkeyPatch) -> str:
    name = f"MARK_{uuid.uuid4().hex}"
    monkeypatch.setenv(name, "1")
    return name


@pytest.fixture
def living(mark: str) -> Marked:
    def find() -> list[int]:
        found: list[int] = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                marked = f"{mark}=1".encode() in (entry / "environ").read_bytes()
                dead = (entry / "stat").read_text().rpartition(")")[2].split()[0] in "ZX"
            except OSError:
                continue
            if marked and not dead:
                found.append(int(entry.name))
        return found

    return find


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    folder.mkdir()
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    (folder / "a.txt").write_text("one\n")
    return folder


@pytest.fixture
async def shell(workspace: Path, tmp_path: Path, mark: str) -> AsyncIterator[HostShell]:
    shell = HostShell(tmp_path / "outputs", os.environ, Sandbox(Policy((workspace,))))
    yield shell
    await shell.close()


@pytest.fixture
def run(shell: HostShell, workspace: Path) -> Callable[..., object]:
    async def run(command: str, **more: object) -> Outcome:
        job = Job(command, workspace, "ses_one", **{"timeout": 30.0, **more})
        return await shell.run(job, lambda _: None)

    return run
