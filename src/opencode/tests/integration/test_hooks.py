"""The user's programs at the points of a session's life, as real processes."""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from opencode.config import paths, trust
from opencode.config.load import load_settings
from opencode.core.ask import Ask, Reply
from opencode.core.delta import TextDelta
from opencode.core.event import Notice
from opencode.tests.fakes.scripts import call, desk, script
from opencode.tests.fakes.small_model import SmallModel

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
async def test_a_notification_hook_hears_every_question_with_its_words(
    project: Path, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    model = script(
        tmp_path,
        "asks",
        [call("bash", command="ln -s a b")],
        [call("question", question="Which colour?", options=["red"])],
        [{"text": "ok"}],
    )
    settings = hooks(n={"on": "notification", "run": f"cat >> {log}; echo >> {log}"})
    settings |= {"permission": {"bash": "ask"}}

    def answers(ask: Ask) -> Reply:
        return Reply("reject") if ask.kind == "permission" else Reply("allow", answers=[["red"]])

    async with desk(project, model, answers, overrides=settings) as at:
        session = await at.say("go")
    told = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(one["event"], one["kind"], one["tool"]) for one in told] == [
        ("notification", "permission", "bash"),
        ("notification", "question", "question"),
    ]
    assert [one["text"] for one in told] == ["ln -s a b", "Which colour?"]
    assert {one["session"] for one in told} == {session}


@posix
async def test_a_hook_before_compaction_ends_before_anything_is_folded_and_cannot_stop_it(
    project: Path, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    model = SmallModel(*[[TextDelta("I see. " * 1200)] for _ in range(6)], window=30_000)
    line = f"sleep 0.2; cat > {log}; echo bad >&2; exit 2"
    settings = hooks(c={"on": "before_compaction", "run": line})
    async with desk(project, "offline/rules", overrides=settings) as at:
        at.door.rooms = replace(at.door.rooms, provider=model)
        session = (await at.door.create(model="small/one")).id
        for n in range(6):
            await at.say(f"prompt {n}", session)
        assert not log.exists()
        await at.door.compact(session)
        told = json.loads(log.read_text())
        assert (told["event"], told["session"]) == ("before_compaction", session)
        assert told["directory"] == str(project)
        assert any(message.summary for message in (await at.door.session(session)).messages)
        await at.until(lambda: "bad" in at.told())


@posix
async def test_python_hooks_may_be_coroutines_that_deny_or_change_and_switched_off_ones_rest(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "async_hooks.py").write_text(
        "import asyncio\n"
        "async def judge(told):\n"
        "    await asyncio.sleep(0)\n"
        "    if 'forbidden' in told['input']['command']:\n"
        "        return {'deny': 'house rule'}\n"
        "    return {'input': {'command': 'echo changed'}}\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    model = script(
        tmp_path,
        "calls",
        [call("bash", command="touch forbidden")],
        [call("bash", command="echo one")],
        [{"text": "ok"}],
    )
    settings = hooks(
        j={"on": "before_tool", "tool": "bash", "python": "async_hooks:judge"},
        off={"on": "before_tool", "run": "exit 2", "enabled": False},
    )
    async with desk(project, model, overrides=settings) as at:
        refused, changed = await at.calls(await at.say("go"))
        assert refused.status == "denied"
        assert "house rule" in refused.output
        assert "changed" in changed.output
    sys.modules.pop("async_hooks", None)


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


@posix
async def test_a_script_that_changed_since_the_folder_was_trusted_is_asked_about_once(
    project: Path, tmp_path: Path
) -> None:
    guard, ran = project / "guard.sh", tmp_path / "ran"
    guard.write_text(f"echo old >> {ran}\n")
    (project / "opencode.toml").write_text('[hooks.guard]\non = "before_tool"\nrun = "sh guard.sh"')
    loaded = load_settings(project)
    trust.trust(loaded.root, loaded.seen)
    answers = [Reply("reject"), Reply("allow")]
    again = script(tmp_path, "again", [call("ls")], [call("ls")], [{"text": "ok"}])
    async with desk(project, again, lambda ask: answers.pop(0)) as at:
        guard.write_text(f"echo new >> {ran}\n")
        refused, listed = await at.calls(await at.say("go"))
        assert (refused.status, listed.status) == ("denied", "completed")
        assert "guard.sh changed since you trusted this folder" in refused.output
        assert [(ask.text, ask.rules) for ask in at.asks] == [("guard.sh", [])] * 2
        assert ran.read_text() == "new\n"
    assert load_settings(project, trusted=trust.is_trusted).trusted
    model = script(tmp_path, "nobody", [call("ls")], [{"text": "ok"}])
    async with desk(project, model, on_ask="auto") as at:
        guard.write_text("exit 0\n")
        [alone] = await at.calls(await at.say("go"))
        assert "opencode trust" in alone.output
