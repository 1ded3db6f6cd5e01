"""Official clients on Node, unchanged, against `opencode serve` as a program of its own."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest

import opencode.server.routes
from opencode.server.app import table
from opencode.tests.fakes.real_tools import HERE, real
from opencode.tests.server.served import call, say

CLIENTS = HERE / "clients"
NEXT = "session.next"
STEP = ("step.started", "text.started", "text.ended", "step.ended")
SCRIPTS = Path(__file__).parent / "node"


@dataclass(frozen=True)
class Program:
    url: str
    project: Path


@contextmanager
def program(home: Path, script: Sequence[Any]) -> Generator[Program]:
    project, file = home / "project", home / "script.json"
    project.mkdir()
    settings = home / ".config" / "opencode" / "opencode.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('[permissions]\nbash_ask = ["touch"]\n')
    file.write_text(json.dumps([*script]))
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PYTHONPATH": str(Path(__file__).parents[3]),
        "PYTHONUNBUFFERED": "1",
    }
    model = f"scripted/{file}"
    command = [sys.executable, "-m", "opencode", "serve", "--openai", "--model", model]
    with (
        (home / "errors").open("wb") as errors,
        subprocess.Popen(
            command, env=environment, cwd=project, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        try:
            assert process.stdout
            said = process.stdout.readline()
            assert "listening on" in said, (home / "errors").read_text()
            yield Program(said.split()[-1], project)
        finally:
            process.terminate()
            process.wait(10)


def told(at: Program, package: str, script: str, **more: str) -> Any:
    """What the script printed; the test is skipped where its package is not installed."""
    node = real("node")
    if not (CLIENTS / "node_modules" / package).is_dir():
        pytest.skip(f"needs {package} of npm (make setup-real)")
    asked = {"URL": at.url, "MODEL": "opencode/default", "HERE": str(at.project)}
    done = subprocess.run(
        [node, "--input-type=module"],
        input=(SCRIPTS / script).read_text(),
        cwd=CLIENTS,
        env={"PATH": os.environ["PATH"], **asked, **more},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_openais_client_chats_streams_and_lists_models(tmp_path: Path) -> None:
    with program(tmp_path, [say("Hello from here", 4)] * 4) as at:
        got = told(at, "openai", "openai.mjs")
    assert "opencode/default" in got["listed"]
    assert got["one"] == "opencode/default"
    assert got["whole"] == got["streamed"] == got["response"] == "Hello from here"
    assert got["usage"] == got["streamed_usage"] == 11
    assert got["events"][0] == "response.created"
    assert got["events"][-1] == "response.completed"
    assert "response.output_text.delta" in got["events"]
    assert got["refused"] == {"kind": "NotFoundError", "status": 404, "code": "model_not_found"}


def test_every_call_of_both_generations_of_the_sdk_has_a_route_here() -> None:
    made = told(Program("", Path()), "@opencode-ai/sdk", "calls.mjs")
    routes, _ = table(name for _, name, _ in iter_modules(opencode.server.routes.__path__))
    known = {f"{row.method} {re.sub('{[^}]*}', '{}', row.path)}" for row in routes}
    wanted = {name: re.sub(r"{[^}]*}|\*", "{}", call) for name, call in made.items()}
    assert len(wanted) > 250
    assert {name: call for name, call in wanted.items() if call not in known} == {}


def test_the_sdk_starts_the_server_itself_with_its_settings(tmp_path: Path) -> None:
    ours = tmp_path / "bin" / "opencode"
    ours.parent.mkdir()
    ours.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m opencode "$@" --dir "{tmp_path}"\n')
    ours.chmod(0o755)
    path = f"{ours.parent}{os.pathsep}{os.environ['PATH']}"
    code = str(Path(__file__).parents[3])
    at = Program("", tmp_path)
    got = told(at, "@opencode-ai/sdk", "spawn.mjs", PATH=path, HOME=str(tmp_path), PYTHONPATH=code)
    assert got == ["offline/rules", "deny"]


def test_the_first_sdk_prompts_permits_undoes_aborts_and_hears_it_all(tmp_path: Path) -> None:
    slowly = [{"text": "It takes "}, {"sleep": 60}, {"text": "long"}]
    script = [call("bash", command="touch made"), say("It is made"), slowly]
    with program(tmp_path, script) as at:
        got = told(at, "@opencode-ai/sdk", "sdk1.mjs")
    assert (tmp_path / "project" / "made").exists()
    assert got.pop("listed") == ["From Node"]
    assert got == {
        "ask": "bash",
        "answer": "It is made",
        "roles": ["user", "assistant", "assistant"],
        "tool": "completed",
        "reverted": True,
        "hidden": 3,
        "brought": 3,
        "aborted": True,
        "stopped": "MessageAbortedError",
        "deltas": True,
        "idle": True,
    }


def test_the_second_sdk_prompts_permits_waits_and_pages(tmp_path: Path) -> None:
    script = [call("bash", command="touch made"), say("It is made"), say("Hello again")]
    with program(tmp_path, script) as at:
        got = told(at, "@opencode-ai/sdk", "sdk2.mjs")
    assert (tmp_path / "project" / "made").exists()
    assert got == {
        "admitted": ["Hi", "steer", True],
        "active": "running",
        "waiting": [["bash", True]],
        "newest": ["assistant", "assistant"],
        "older": [["user"], None],
        "context": ["user", "assistant", "assistant"],
        "waits": ["tool", "bash", ["touch made", "made"]],
        "history": [False, f"{NEXT}.step.ended", [f"{NEXT}.{one}" for one in STEP]],
        "reverted": [True, 5, 3],
        "doors": ["offline", True, "credential", "running", True, [], []],
        "tool": "completed",
        "answer": "It is made",
        "tokens": 3,
        "listed": [True],
        "across": [True],
        "old": "Hello again",
    }
