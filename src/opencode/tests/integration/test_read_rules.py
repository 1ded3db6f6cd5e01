"""A rule that forbids to read single files holds for searches of whole folders, too."""

from pathlib import Path

from opencode.tests.fakes.scripts import call, desk, script

RULES = {"permission": {"read": {"*": "allow", "private/*": "deny", "private/open.py": "allow"}}}


async def test_searches_leave_out_files_that_rules_forbid_to_read(
    project: Path, tmp_path: Path
) -> None:
    for name in ("a.py", "private/b.py", "private/open.py"):
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text("def treasure():\n    return 'gold'\n")
    model = script(
        tmp_path,
        "m",
        [
            call("grep", pattern="treasure"),
            call("glob", pattern="**/*.py"),
            call("codesearch", query="treasure gold"),
            call("read", path="private/b.py"),
        ],
        [{"text": "done"}],
    )
    async with desk(project, model, overrides=RULES) as at:
        session = await at.say("go")
        grep, glob, code, read = await at.calls(session)
        for one in (grep, glob, code):
            assert one.status == "completed", one.output
            assert "a.py" in one.output
            assert "private/open.py" in one.output
            assert "private/b.py" not in one.output
        assert "1 file no rule lets you read" in grep.output
        assert read.status == "denied"
