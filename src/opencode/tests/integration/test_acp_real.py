"""`opencode acp` and acpx, a client that others wrote, with the protocol's other library."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from opencode.tests.fakes.real_tools import HERE
from opencode.tests.fakes.scripts import call, script

ACPX = HERE / "acpx" / "node_modules"
AGENT = f"{sys.executable} -m opencode acp"


def acpx(*words: str) -> str:
    program = ACPX / ".bin" / "acpx"
    if not program.exists() or not (ACPX / "node" / "bin" / "node").exists():
        pytest.skip("needs acpx (make setup-real)")
    path = os.pathsep.join([str(ACPX / "node" / "bin"), os.environ["PATH"]])
    done = subprocess.run(
        [str(program), *words],
        capture_output=True,
        text=True,
        timeout=50,
        env={**os.environ, "PATH": path},
        check=False,
    )
    return done.stdout + done.stderr


def test_a_client_of_others_shows_a_run_writes_its_edit_and_can_forbid_it(
    project: Path, tmp_path: Path
) -> None:
    model = script(
        tmp_path,
        "s",
        [{"text": "I write. "}, call("write", path="a.txt", content="hello\n")],
        [call("bash", command="echo one; echo two")],
        [{"text": "All done."}],
    )
    command = ("--agent", f"{AGENT} -m {model}", "exec", "go")
    shown = acpx("--deny-all", *command)
    assert "The editor refused it" in shown
    assert not (project / "a.txt").exists()
    shown = acpx("--approve-all", *command)
    assert "fs/write_text_file" in shown
    assert "write a.txt (completed)" in shown
    assert "two" in shown
    assert "All done." in shown
    assert "end_turn" in shown
    assert (project / "a.txt").read_text() == "hello\n"


def test_a_client_of_others_comes_back_to_its_session_and_sets_the_mode(project: Path) -> None:
    keeps = ("--ttl", "20", "--approve-all", "--agent", AGENT)
    (project / "a.txt").write_text("TODO: nothing\n")
    assert "created session" in acpx(*keeps, "sessions", "new")
    shown = acpx(*keeps, "prompt", 'Search for "TODO" in all files')
    assert "session/resume" in shown
    assert "a.txt" in shown
    assert "mode set: plan" in acpx(*keeps, "set-mode", "plan")
    assert "model set: offline/rules" in acpx(*keeps, "set", "model", "offline/rules")
    acpx(*keeps, "sessions", "close")
