"""`opencode run` as scripts meet it: a real process, its output and its exit code."""

import itertools
import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from opencode.tests.fakes.model_client import ModelServer, model_server
from opencode.tests.fakes.scripts import script


def opencode(*words: str, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "opencode", *words],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=50,
        env={**os.environ, **env},
        check=False,
    )


def test_the_keyless_default_edits_undo_brings_the_bytes_back_and_it_goes_on_from_anywhere(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    main = project / "main.txt"
    main.write_bytes(b"def f():\r\n    return 'old_name'\r\n")
    done = opencode("run", 'Replace "old_name" with "new_name" in main.txt')
    assert done.returncode == 0, done.stderr
    assert main.read_bytes() == b"def f():\r\n    return 'new_name'\r\n"
    [session] = json.loads(opencode("session", "list", "--json").stdout)
    assert opencode("session", "undo", session["id"]).returncode == 0
    assert main.read_bytes() == b"def f():\r\n    return 'old_name'\r\n"
    assert opencode("session", "redo", session["id"]).returncode == 0
    assert b"new_name" in main.read_bytes()
    monkeypatch.chdir(tmp_path)
    gone_on = opencode("session", "resume", session["id"], stdin="Read main.txt")
    assert "return 'new_name'" in gone_on.stdout


def test_an_imported_conversation_without_a_model_goes_on_with_the_one_of_the_settings(
    project: Path,
) -> None:
    said = {"id": "msg_x", "role": "user"}, [{"id": "prt_x", "type": "text", "text": "Hi"}]
    export = {"info": {}, "messages": [dict(zip(("info", "parts"), said, strict=True))]}
    (project / "x.json").write_text(json.dumps(export))
    given = opencode("run", "-s", opencode("import", "x.json").stdout.strip(), "list files")
    assert (given.returncode, "> build · offline/rules" in given.stderr) == (0, True)


def test_what_nobody_can_allow_is_refused_and_the_exit_code_says_so(project: Path) -> None:
    (project / "keep").mkdir()
    done = opencode("run", "Delete the ../outside directory")
    assert done.returncode == 3
    assert "Refused" in done.stderr
    assert "run with --auto" in done.stderr
    assert (project / "keep").is_dir()


@pytest.mark.skipif(os.name != "posix", reason="limits of a process")
def test_a_full_disk_is_said_once(project: Path) -> None:
    assert opencode("run", "List files in .").returncode == 0
    limited = 'ulimit -f 1; trap "" XFSZ; exec "$0" -m opencode run -c "$1"'
    words = ["sh", "-c", limited, sys.executable, "word " * 500]
    done = subprocess.run(words, capture_output=True, text=True, timeout=50, check=False)
    assert done.returncode == 1
    assert done.stderr.count("could not be saved") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize(("to", "code", "told"), [("<&- 2>&-", 0, ""), ("<&- >/dev/full", 1, "No")])
def test_a_stream_that_is_closed_or_full_is_no_crash(
    to: str, code: int, told: str, project: Path
) -> None:
    line = f"exec {shlex.quote(sys.executable)} -m opencode run -q 'list files' {to}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert done.stderr.startswith(f"Error: {told}") == bool(told)


def test_a_dash_is_what_was_piped_in_and_a_command_that_waits_for_trust_says_so(
    project: Path,
) -> None:
    (project / "a.txt").write_text("TODO: this\n")
    assert "TODO: this" in opencode("run", "-", stdin="Find all TODO comments\n").stdout
    (project / ".opencode" / "command").mkdir(parents=True)
    (project / ".opencode" / "command" / "hail.md").write_text("Say $ARGUMENTS")
    done = opencode("run", "--command", "hail", "Bob")
    assert done.returncode == 2
    assert "opencode trust" in done.stderr
    assert "There is no command 'hail'" in done.stderr


def test_a_limit_of_steps_is_an_exit_code_of_its_own(project: Path, tmp_path: Path) -> None:
    (project / "a.txt").write_text("x")
    turns: list[list[dict[str, Any]]] = [[{"call": ["ls", {"depth": n}]}] for n in (1, 2, 3, 4)]
    model = script(tmp_path, "s", *turns)
    done = opencode("run", "-m", model, "--max-steps", "2", "look around")
    assert done.returncode == 4
    assert "step limit of 2" in done.stderr


def test_errors_have_one_line_a_fix_and_exit_code_one(project: Path) -> None:
    done = opencode("run", "-m", "anthropic/claude-sonnet-4-5", "hello")
    assert done.returncode == 1
    assert "ANTHROPIC_API_KEY" in done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_to_do_and_unknown_words_are_usage_errors(project: Path) -> None:
    assert opencode("run").returncode == 2
    assert opencode("run", "--agent", "nobody", "hi").returncode == 2
    assert opencode("run", "-s", "ses_nothere", "hi").returncode in (1, 2)
    assert opencode("no-such-command").returncode == 2


def test_stream_json_ends_with_a_result_and_numbers_rise(project: Path, tmp_path: Path) -> None:
    (project / "a.txt").write_text("hello\n")
    model = script(
        tmp_path, "s", [{"call": ["read", {"path": "a.txt"}]}], [{"text": "It says hello."}]
    )
    done = opencode("run", "-m", model, "--format", "stream-json", "what is in a.txt?")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    numbers = [line["n"] for line in lines[:-1]]
    assert numbers == sorted(set(numbers))
    assert lines[-1]["type"] == "result"
    assert lines[-1]["text"] == "It says hello."
    assert lines[-1]["exit_code"] == done.returncode == 0
    kinds = [line["type"] for line in lines]
    assert kinds.index("tool.start") < kinds.index("tool.result") < kinds.index("run.end")


def test_json_speaks_the_lines_of_the_original(project: Path, tmp_path: Path) -> None:
    model = script(tmp_path, "s", [{"call": ["ls", {}]}], [{"text": "empty"}])
    done = opencode("run", "-m", model, "--format", "json", "look")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["type"] for line in lines] == [
        *("step_start", "step_finish", "tool_use"),
        *("step_start", "text", "step_finish"),
    ]
    assert lines[2]["part"]["state"]["status"] == "completed"
    assert {line["sessionID"] for line in lines} == {lines[0]["sessionID"]}


def test_stdin_is_part_of_the_prompt_and_continue_keeps_the_conversation(
    project: Path, tmp_path: Path
) -> None:
    model = script(tmp_path, "s", [{"text": "one"}])
    assert opencode("run", "-m", model, "first", stdin="piped words").stdout == "one\n"
    again = script(tmp_path, "t", [{"text": "two"}])
    assert opencode("run", "-c", "-m", again, "second").stdout == "two\n"
    [session] = json.loads(opencode("session", "list", "--json").stdout)
    shown = opencode("session", "show", session["id"]).stdout
    assert "piped words" in shown
    assert shown.index("one") < shown.index("second") < shown.index("two")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ended_from_outside_it_leaves_a_valid_session_a_result_and_130(
    project: Path, tmp_path: Path, number: signal.Signals
) -> None:
    model = script(
        tmp_path,
        "s",
        [{"text": "I start"}, {"call": ["bash", {"command": "echo begun > began; sleep 40"}]}],
    )
    words = ["run", "--auto", "-m", model, "--format", "stream-json", "go"]
    with subprocess.Popen(
        [sys.executable, "-m", "opencode", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        while process.poll() is None and not (project / "began").exists():
            pass
        process.send_signal(number)
        out, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    last = json.loads(out.splitlines()[-1])
    assert (last["type"], last["reason"], last["exit_code"]) == ("result", "cancelled", 130)
    [session] = json.loads(opencode("session", "list", "--json").stdout)
    kept = json.loads(opencode("session", "show", "--json", session["id"]).stdout)
    [call] = [p for m in kept["messages"] for p in m["parts"] if p["type"] == "tool"]
    assert call["status"] == "cancelled"


TEXT = {"type", "text"}
FIX: list[dict[str, Any]] = [
    {"calls": [{"name": "ls", "arguments": {}}]},
    {"calls": [{"name": "read", "arguments": {"path": "calc.py"}}]},
    {"calls": [{"name": "bash", "arguments": {"command": "python3 test_calc.py"}}]},
    {"calls": [{"name": "grep", "arguments": {"pattern": "def "}}]},
    {
        "calls": [
            {
                "name": "edit",
                "arguments": {
                    "path": "calc.py",
                    "old_string": "return a - b",
                    "new_string": "return a + b",
                },
                "pieces": 4,
            }
        ]
    },
    {"calls": [{"name": "bash", "arguments": {"command": "python3 test_calc.py"}}]},
    {"text": ["The test ", "passes now."]},
]


@pytest.fixture(scope="module")
def service() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


@pytest.mark.parametrize(
    ("kind", "prefix"), [("openai", "/v1"), ("anthropic", "")], ids=["openai", "anthropic"]
)
def test_a_bug_is_fixed_in_steps_over_the_wire_and_the_prefix_never_changes(
    project: Path, service: ModelServer, kind: str, prefix: str
) -> None:
    (project / "calc.py").write_text("def add(a, b):\n    return a - b\n")
    (project / "test_calc.py").write_text("from calc import add\nassert add(2, 2) == 4\n")
    (project / "AGENTS.md").write_text("Always add, never subtract.\n")
    service.script(*FIX)
    config = f'[provider.toy]\nbase_url = "{service.url}{prefix}"\nkind = "{kind}"\napi_key = "k"\n'
    config += "[provider.toy.models.m]\nwindow = 100000\n"
    user = Path(os.environ["HOME"]) / ".config" / "opencode"
    user.mkdir(parents=True)
    (user / "opencode.toml").write_text(config)
    done = opencode("run", "--auto", "-m", "toy/m", "Fix the failing test")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("The test passes now.")
    assert "return a + b" in (project / "calc.py").read_text()
    bodies = service.bodies()
    assert len(bodies) == len(FIX)
    tools = {json.dumps(body["tools"]) for body in bodies}
    assert len(tools) == 1
    first = bodies[0]["system"] if kind == "anthropic" else bodies[0]["messages"][0]
    assert "Always add, never subtract." in json.dumps(first)
    for earlier, later in itertools.pairwise(bodies):
        before, after = (_plain(body["messages"]) for body in (earlier, later))
        assert after[: len(before)] == before


def _plain(messages: list[dict[str, Any]]) -> list[str]:
    """Without cache markers, which move to the newest message and make its text a part."""

    def bare(node: Any) -> Any:
        if isinstance(node, list):
            found = [bare(item) for item in node]
            alone = len(found) == 1 and isinstance(found[0], dict) and set(found[0]) == TEXT
            return found[0]["text"] if alone else found
        if isinstance(node, dict):
            return {key: bare(value) for key, value in node.items() if key != "cache_control"}
        return node

    return [json.dumps(bare(message)) for message in messages]
