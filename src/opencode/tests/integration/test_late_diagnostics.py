"""What a language server says too late for the edit reaches the next step, or the next prompt."""

import asyncio
import sys
from pathlib import Path
from typing import Any

from opencode.core.message import TextPart
from opencode.tests.fakes.scripts import Desk, call, desk, script

SLOW = {
    "lsp": {
        "python": {
            "command": [sys.executable, "-m", "opencode.tests.fakes.toy_language_server", "slow"],
            "env": {"PYTHONPATH": str(Path(__file__).parents[3])},
        }
    }
}
LATE = "[a.py: 1 error]\n  1:5 a bug"
EDIT = [
    call("lsp", action="diagnostics", path="a.py"),
    call("edit", path="a.py", old_string="fine", new_string="BUG"),
]


async def nudges(at: Desk, session: str) -> list[str]:
    messages = (await at.door.session(session)).messages
    parts = [part for m in messages if m.role == "user" for part in m.parts]
    return [part.text for part in parts if isinstance(part, TextPart) and part.origin == "nudge"]


def begun(project: Path, tmp_path: Path, *turns: list[dict[str, Any]]) -> str:
    (project / "a.py").write_text("x = fine\n")
    return script(tmp_path, "m", [EDIT[0]], [call("read", path="a.py")], [EDIT[1]], *turns)


async def test_an_error_found_late_keeps_the_run_from_ending_unheard(
    project: Path, tmp_path: Path
) -> None:
    model = begun(project, tmp_path, [{"sleep": 1.0}, {"text": "done"}], [{"text": "a bug!"}])
    async with desk(project, model, overrides=SLOW) as at:
        session = await at.say("go")
        assert "has not looked at it yet" in (await at.calls(session))[-1].output
        assert await nudges(at, session) == [LATE]
        assert (await at.door.session(session)).messages[-1].text == "a bug!"
        assert len(at.ends()) == 1


async def test_an_error_found_after_the_run_is_told_with_the_next_prompt(
    project: Path, tmp_path: Path
) -> None:
    model = begun(project, tmp_path, [{"text": "done"}], [{"text": "a bug!"}])
    async with desk(project, model, overrides=SLOW) as at:
        session = await at.say("go")
        assert await nudges(at, session) == []
        code = at.door.rooms.code
        assert code
        while not (await code.diagnostics(project / "a.py", 5.0)).ready:
            await asyncio.sleep(0.05)
        await at.say("and now?", session)
        assert await nudges(at, session) == [LATE]
        assert (await at.door.session(session)).messages[-1].text == "a bug!"


async def test_a_single_task_waits_for_the_last_word_on_its_edits(
    project: Path, tmp_path: Path
) -> None:
    model = begun(project, tmp_path, [{"text": "done"}], [{"text": "a bug!"}])
    async with desk(project, model, overrides=SLOW, servers_within=1.0) as at:
        session = await at.say("go")
        assert await nudges(at, session) == [LATE]
        assert (await at.door.session(session)).messages[-1].text == "a bug!"
