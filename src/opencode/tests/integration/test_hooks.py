"""The user's programs at the points of a session's life, as real processes."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from opencode.config import paths
from opencode.core.event import Notice
from opencode.tests.fakes.scripts import call, desk, script

posix = pytest.mark.skipif(os.name != "posix", reason="the hooks here are POSIX shell lines")


def hooks(**named: dict[str, Any]) -> dict[str, Any]:
    return {"hooks": named, "permissions": {"bash_allow": ["echo", "touch"]}}


@posix
async def test_a_hook_before_a_tool_denies_by_its_exit_code_or_changes_the_input(
    project: Path, tmp_path: Path
) -> None:
    model = script(
        tmp_path,
        "calls",
        [call("bash", command="touch forbidden")],
        [call("bash", command="echo one")],
        [{"text": "ok"}],
    )
    guard = "grep -q forbidden && { echo 'not that file' >&2; exit 2; } || true"
    other = json.dumps({"input": {"command": "echo two"}})
    settings = hooks(
        a={"on": "before_tool", "tool": "ba*", "run": guard},
        b={"on": "before_tool", "tool": "bash", "run": f"grep -q 'echo one' && echo '{other}'"},
        c={"on": "after_tool", "run": """echo '{"output": "checked"}'"""},
    )
    settings["hooks"]["b"]["run"] += " || true"
    async with desk(project, model, overrides=settings) as at:
        refused, changed = await at.calls(await at.say("go"))
        assert refused.status == "denied"
        assert "not that file" in refused.output
        assert not (project / "forbidden").exists()
        assert changed.input == {"command": "echo two"}
        assert "two" in changed.output
        assert changed.output.endswith("[hook c] checked")


@posix
async def test_a_hook_that_fails_or_never_ends_refuses_the_tool_but_stops_nothing_else(
    project: Path, tmp_path: Path
) -> None:
    model = script(
        tmp_path, "calls", [call("bash", command="touch a")], [call("ls")], [{"text": "ok"}]
    )
    settings = hooks(
        slow={"on": "before_tool", "tool": "bash", "run": "sleep 600", "timeout": 0.2},
        bad={"on": "after_tool", "tool": "ls", "python": "no_such_module:f"},
    )
    async with desk(project, model, overrides=settings) as at:
        slow, listed = await at.calls(await at.say("go"))
        assert slow.status == "denied"
        assert "longer than 0.2 seconds" in slow.output
        assert listed.status == "completed"
        [notice] = [e for e in at.events if isinstance(e, Notice) and e.code == "hook.failed"]
        assert "no_such_module" in notice.text
        assert not (project / "a").exists()


@posix
async def test_session_and_run_are_told_in_order_and_python_functions_serve_as_well(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log"
    module = tmp_path / "house_hooks.py"
    module.write_text(
        f"def note(told):\n    with open({str(log)!r}, 'a') as file:\n"
        "        file.write(told['event'] + '\\n')\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    events = ("session_start", "stop", "session_end", "notification")
    named = {f"h{n}": {"on": on, "python": "house_hooks:note"} for n, on in enumerate(events)}
    model = script(tmp_path, "one", [{"text": "hi"}], [{"text": "again"}])
    async with desk(project, model, overrides=hooks(**named)) as at:
        session = await at.say("go")
        await at.say("once more", session)
    assert log.read_text().split() == ["session_start", "stop", "stop", "session_end"]
    sys.modules.pop("house_hooks", None)


@posix
async def test_hooks_of_a_project_wait_for_trust(project: Path, tmp_path: Path) -> None:
    (project / "opencode.toml").write_text('[hooks.x]\non = "stop"\nrun = "touch ran"\n')
    (paths.config_dir()).mkdir(parents=True)
    (paths.config_dir() / "opencode.toml").write_text('[hooks.y]\non = "stop"\nrun = "touch own"\n')
    model = script(tmp_path, "one", [{"text": "hi"}])
    async with desk(project, model) as at:
        await at.say("go")
    assert (project / "own").exists()
    assert not (project / "ran").exists()
    async with desk(project, model, trust=True) as at:
        await at.say("go")
    assert (project / "ran").exists()


async def test_a_hook_that_says_too_little_is_told_and_never_runs(
    project: Path, tmp_path: Path
) -> None:
    model = script(tmp_path, "one", [{"text": "hi"}])
    async with desk(project, model, overrides={"hooks": {"x": {"run": "touch ran"}}}) as at:
        await at.say("go")
        assert "hooks.x never runs" in at.told()
    assert not (project / "ran").exists()
