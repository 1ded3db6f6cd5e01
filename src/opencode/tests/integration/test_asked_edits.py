"""What an edit would change stands in the question whether it may."""

from pathlib import Path
from typing import Any

from opencode.core.ask import Ask, Reply
from opencode.core.display import Diff
from opencode.tests.fakes.scripts import call, desk, script

ASK: dict[str, Any] = {"permission": {"edit": "ask"}}
OLD, NEW = "def f():\n    return 1\n", "def f():\n    return 2\n"


async def test_a_question_about_an_edit_shows_old_and_new(project: Path, tmp_path: Path) -> None:
    (project / "a.py").write_text(OLD)
    edits = [{"old_string": OLD, "new_string": NEW}, {"old_string": "f", "new_string": "g"}]
    model = script(
        tmp_path,
        "m",
        [call("read", path="a.py")],
        [call("edit", path="a.py", old_string=OLD, new_string=NEW)],
        [call("multiedit", path="a.py", edits=edits)],
        [{"text": "done"}],
    )

    def answers(ask: Ask) -> Reply:
        del ask
        return Reply("reject", reason="no")

    async with desk(project, model, answers, overrides=ASK) as at:
        await at.say("go")
        one, several = (ask.display for ask in at.asks)
    patch = "@@ -1,2 +1,2 @@\n def f():\n-    return 1\n+    return 2"
    assert one == [Diff("a.py", patch, 1, 1)]
    assert several == [Diff("a.py", patch, 1, 1), Diff("a.py", "@@ -1 +1 @@\n-f\n+g", 1, 1)]
