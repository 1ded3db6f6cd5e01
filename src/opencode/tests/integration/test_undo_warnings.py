"""What undo will not bring back stands in the question whether a command may run."""

from pathlib import Path
from typing import Any

from opencode.core.ask import Ask, Reply
from opencode.tests.fakes.scripts import call, desk, script

ASK: dict[str, Any] = {"permission": {"bash": "ask"}, "sandbox": {"enabled": False}}


async def test_a_question_about_a_command_says_what_undo_would_not_cover(
    project: Path, tmp_path: Path
) -> None:
    (project / "small.txt").write_text("copied")
    (project / "large.bin").write_bytes(b"x" * 1_500_000)
    beyond = tmp_path / "beyond.txt"
    model = script(
        tmp_path,
        "m",
        [call("bash", command="touch new.txt")],
        [call("bash", command="touch b.txt", background=True)],
        [call("bash", command=f"touch {beyond}")],
        [{"text": "done"}],
    )

    def answers(ask: Ask) -> Reply:
        del ask
        return Reply("reject")

    async with desk(project, model, answers, overrides=ASK) as at:
        await at.say("go")
        here, later, outside = (ask.warnings for ask in at.asks)
        assert here == ["Undo would not bring back large.bin: too large to be copied."]
        assert later == ["What it changes in the background cannot be undone."]
        assert f"Undo does not reach {beyond}." in outside
