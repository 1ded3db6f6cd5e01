"""Commands in the editor's own terminals, where its user wants that."""

import asyncio
from pathlib import Path

import pytest

from opencode.tests.fakes.editor import editor, near, text
from opencode.tests.fakes.scripts import call, script

CAN = {"terminal": True}
POINTLESS = "rm -f nothing-of-that-name"
"""Asks wherever no sandbox stands around it."""


async def test_a_command_runs_in_the_editors_terminal_once_it_was_allowed(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-never-shown")
    line = f"{POINTLESS}; touch made; echo in sight $PAGER key=$OPENAI_API_KEY; exit 3"
    model = script(
        tmp_path,
        "s",
        [call("bash", command=line)],
        [call("bash", command="rm made")],
        [call("bash", command=f"{POINTLESS}; sleep 60", timeout=0.2)],
        [{"text": "Done."}],
    )
    async with editor("-m", model, "--editor-terminals", can=CAN) as (agent, seen):
        made = await agent.new_session(cwd=str(project))
        answers = ["once", "reject", "once"]
        seen.choose = lambda options: answers.pop(0)
        await agent.prompt(session_id=made.session_id, prompt=[text("Go")])
        await seen.until(lambda: "Done." in seen.said())
        assert len(seen.asked) == 3
        first, refused, late = seen.ended()
        assert first.raw_output["output"].startswith("in sight cat key=\n[exit 3,")
        assert first.content[0].terminal_id == "term_1"
        before = [u for u in seen.calls() if u.tool_call_id == first.tool_call_id and u.content]
        assert before[0].content[0].terminal_id == "term_1"  # shown while it runs
        assert refused.status == "failed"
        assert (project / "made").exists()
        assert "timed out after 0.2 s" in late.raw_output["output"]
        assert [one.cwd for one in seen.lent.values()] == [str(project)] * 2
        await seen.until(lambda: all(one.is_released for one in seen.lent.values()))


async def test_cancelling_ends_what_runs_in_the_editors_terminal(
    project: Path, tmp_path: Path
) -> None:
    model = script(tmp_path, "s", [call("bash", command=f"{POINTLESS}; sleep 60")], [])
    async with near(model, lends_terminals=True, can=CAN) as (agent, seen):
        made = await agent.new_session(cwd=str(project))
        seen.choose = lambda options: "once"
        asked = asyncio.create_task(agent.prompt(session_id=made.session_id, prompt=[text("Go")]))
        await seen.until(lambda: any(u.content and not u.status for u in seen.calls()))
        await agent.cancel(session_id=made.session_id)
        assert (await asked).stop_reason == "cancelled"
        [one] = seen.lent.values()
        assert one.is_released
        assert await one.process.wait() < 0


async def test_without_the_wish_or_the_ability_commands_stay_in_our_shell(
    project: Path, tmp_path: Path
) -> None:
    model = script(tmp_path, "s", [call("bash", command="echo here")], [])
    for is_wished, can in ((False, CAN), (True, {})):
        async with near(model, lends_terminals=is_wished, can=can) as (agent, seen):
            made = await agent.new_session(cwd=str(project))
            await agent.prompt(session_id=made.session_id, prompt=[text("Go")])
            await seen.until(lambda seen=seen: seen.ended())
            assert not seen.lent
            assert "here" in seen.ended()[0].raw_output["output"]
