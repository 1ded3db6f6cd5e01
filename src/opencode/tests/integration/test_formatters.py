"""Edits laid out by real formatters: part of the write, of the diff and of the undo."""

import sys
from pathlib import Path
from typing import Any

from opencode.core.display import Diff
from opencode.tests.fakes.scripts import call, desk, script

ON: dict[str, Any] = {"formatter": {"enabled": True}}
ALONE: dict[str, Any] = {"lsp": {"enabled": False}}
"""No language server looks at the edits: they take seconds to start."""
UPPER = """
import sys
path = sys.argv[1]
text = open(path).read()
assert "bad" not in text, "bad words"
open(path, "w").write(text.upper())
"""


def upper(tmp_path: Path) -> dict[str, Any]:
    program = tmp_path / "upper.py"
    program.write_text(UPPER)
    own = {"command": [sys.executable, str(program), "$FILE"], "extensions": [".txt"]}
    return {"formatter": {"upper": own, "ruff": {"disabled": True}}}


async def test_an_edit_is_written_formatted_and_its_diff_and_undo_are_of_the_whole(
    project: Path, tmp_path: Path
) -> None:
    (project / "a.py").write_text("x = 1\n")
    model = script(
        tmp_path,
        "m",
        [call("read", path="a.py")],
        [call("edit", path="a.py", old_string="x = 1", new_string="x = {'a':1,\n'b':2}")],
        [call("edit", path="a.py", old_string='"b": 2', new_string='"b": 3')],
        [{"text": "done"}],
    )
    async with desk(project, model, overrides=ON) as at:
        session = await at.say("go")
        _, first, second = await at.calls(session)
        assert (project / "a.py").read_text() == 'x = {"a": 1, "b": 3}\n'
        assert "ruff formatted a.py" in first.output
        [diff] = first.display
        assert isinstance(diff, Diff)
        assert diff.patch.splitlines()[3:] == ["-x = 1", '+x = {"a": 1, "b": 2}']
        assert second.status == "completed"  # the formatted text counts as seen
        assert "formatted" not in second.output
        await at.door.undo(session)
        assert (project / "a.py").read_text() == "x = 1\n"


async def test_nothing_is_formatted_unless_it_is_asked_for(project: Path, tmp_path: Path) -> None:
    model = script(tmp_path, "m", [call("write", path="a.py", content="x=1\n")], [{"text": "ok"}])
    for settings in ({}, {"formatter": False}, {"formatter": {"ruff": {"disabled": True}}}):
        async with desk(project, model, overrides=settings | ALONE) as at:
            (project / "a.py").unlink(missing_ok=True)
            await at.say("go")
            assert (project / "a.py").read_text() == "x=1\n"


async def test_a_formatter_that_fails_is_a_note_and_the_edit_stays(
    project: Path, tmp_path: Path
) -> None:
    model = script(
        tmp_path,
        "m",
        [call("write", path="broken.py", content="def (:\n")],
        [call("write", path="new/a.txt", content="good words\r\n")],
        [call("write", path="new/b.txt", content="bad words\n")],
        [{"text": "done"}],
    )
    settings = {"formatter": {**upper(tmp_path)["formatter"], "ruff": {}}}
    async with desk(project, model, overrides=settings | ALONE) as at:
        session = await at.say("go")
        python, good, bad = await at.calls(session)
        assert python.status == good.status == bad.status == "completed"
        assert "ruff did not format broken.py" in python.output
        assert (project / "broken.py").read_text() == "def (:\n"
        assert "upper did not format new/b.txt" in bad.output
        assert (project / "new/a.txt").read_bytes() == b"GOOD WORDS\r\n"
        assert (project / "new/b.txt").read_text() == "bad words\n"
        assert sorted(path.name for path in (project / "new").iterdir()) == ["a.txt", "b.txt"]


async def test_what_a_project_asks_for_waits_for_trust(project: Path, tmp_path: Path) -> None:
    (project / "opencode.json").write_text('{"formatter": {"ruff": {}}}')
    model = script(tmp_path, "m", [call("write", path="a.py", content="x=1\n")], [{"text": "ok"}])
    for trust, written in ((False, "x=1\n"), (True, "x = 1\n")):
        async with desk(project, model, trust=trust, overrides=ALONE) as at:
            (project / "a.py").unlink(missing_ok=True)
            await at.say("go")
            assert (project / "a.py").read_text() == written


async def test_a_formatter_that_will_not_run_is_told_when_the_project_is_opened(
    project: Path, tmp_path: Path
) -> None:
    model = script(tmp_path, "m", [{"text": "hi"}])
    own = {"nofmt": {"command": "no-such-formatter $FILE", "extensions": ["zz"]}, "prettier": {}}
    async with desk(project, model, overrides={"formatter": own}) as at:
        assert "no-such-formatter is not installed" in at.told()
        assert "formatter.prettier loads code of the project" in at.told()
