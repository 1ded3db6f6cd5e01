"""What a prompt changed that joined a run is undone with it, and not with the run's first."""

from pathlib import Path

from opencode.core.event import MessageChunk
from opencode.tests.fakes.scripts import call, desk, script


async def test_undo_takes_back_what_the_prompt_did_that_joined_the_run(
    project: Path, tmp_path: Path
) -> None:
    model = script(
        tmp_path,
        "m",
        [call("write", path="one.txt", content="1"), {"text": "I begin."}, {"sleep": 0.2}],
        [call("write", path="two.txt", content="2")],
        [{"text": "done"}],
    )
    async with desk(project, model) as at:
        session = (await at.door.create()).id
        await at.door.prompt(session, "first")
        await at.until(lambda: any(isinstance(one, MessageChunk) for one in at.events))
        await at.say("second", session)
        one, two = project / "one.txt", project / "two.txt"
        assert (one.exists(), two.exists()) == (True, True)
        assert (await at.door.undo(session)).files == ["two.txt"]
        assert (one.exists(), two.exists()) == (True, False)
        assert (await at.door.undo(session)).files == ["one.txt"]
        assert not one.exists()
