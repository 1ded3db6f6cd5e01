from pathlib import Path

import pytest

from opencode.core.error import SessionError, StaleFile, ToolError
from opencode.core.event import FilesChanged
from opencode.tests.fakes.scripts import call, desk, script

OLD = "".join(f"line {n}\n" for n in range(40))


async def test_a_hunk_a_file_and_the_rest_go_back_through_the_door(
    project: Path, tmp_path: Path
) -> None:
    (project / "a.txt").write_text(OLD)
    model = script(
        tmp_path,
        "m",
        [call("read", path="a.txt")],
        [call("edit", path="a.txt", old_string="line 3\n", new_string="three\n")],
        [call("edit", path="a.txt", old_string="line 33\n", new_string="thirty\n")],
        [call("bash", command="printf x > made.txt")],
        [{"text": "Done."}],
    )
    async with desk(project, model) as seat:
        session = await seat.say("Go")
        named = [e.paths for e in seat.events if isinstance(e, FilesChanged)]
        assert named == [["a.txt"], ["a.txt"], ["made.txt"]]
        first, made = await seat.door.changes(session)
        assert (first.diff.path, first.diff.added, first.diff.removed) == ("a.txt", 2, 2)
        assert (made.diff.path, made.state) == ("made.txt", "added")
        version = await seat.door.revert(session, "a.txt", 0, first.version)
        assert (project / "a.txt").read_text() == OLD.replace("line 33\n", "thirty\n")
        await seat.door.restore(session, "a.txt", version)
        assert "three\n" in (project / "a.txt").read_text()
        await seat.door.revert(session, "a.txt", 1)
        await seat.door.revert(session, "made.txt")
        assert not (project / "made.txt").exists()
        restored = await seat.door.undo(session)
        assert (project / "a.txt").read_text() == OLD
        assert restored.conflicts == []


async def test_nothing_is_taken_back_that_somebody_else_wrote(
    project: Path, tmp_path: Path
) -> None:
    model = script(tmp_path, "m", [call("write", path="a.txt", content="x\n")], [{"text": "Done."}])
    async with desk(project, model) as seat:
        session = await seat.say("Go")
        (project / "a.txt").write_text("mine\n")
        [changed] = await seat.door.changes(session)
        assert changed.held == "others"
        with pytest.raises(StaleFile):
            await seat.door.revert(session, "a.txt", 0)
        with pytest.raises(ToolError, match="no file"):
            await seat.door.revert(session, "a\0")
        assert (project / "a.txt").read_text() == "mine\n"


async def test_a_busy_session_keeps_its_files(project: Path, tmp_path: Path) -> None:
    model = script(
        tmp_path, "m", [call("write", path="a", content="x")], [call("bash", command="sleep 60")]
    )
    async with desk(project, model) as seat:
        session = (await seat.door.create()).id
        await seat.door.prompt(session, "Go")
        await seat.until(lambda: any(isinstance(e, FilesChanged) for e in seat.events))
        assert [c.diff.path for c in await seat.door.changes(session)] == ["a"]
        with pytest.raises(SessionError):
            await seat.door.revert(session, "a")
        await seat.door.cancel(session)
