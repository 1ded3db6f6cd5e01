"""How the app looks. After a wanted change: pytest --snapshot-update on this file, and look."""

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from opencode.core.ask import Ask
from opencode.core.display import Diff, Table, Text, Todos
from opencode.core.event import AskRaised
from opencode.core.message import Message, ReasoningPart, TextPart, ToolPart
from opencode.core.permission import Rule
from opencode.core.review import Changed
from opencode.core.session import new_session
from opencode.tests.fakes.door import FakeDoor
from opencode.tui.app import OpenCodeApp
from opencode.tui.options import Options
from opencode.tui.widgets.sidebar import Sidebar

Compare = Callable[..., bool]

PATCH = """@@ -1,4 +1,5 @@
 def load(path):
-    text = open(path).read()
+    with open(path, encoding="utf-8") as file:
+        text = file.read()
     return parse(text)
"""
ANSWER = """The file was read without an **encoding**. Now:

1. it is opened as `utf-8`,
2. it is closed again.

```python
def load(path: Path) -> Tree:
    return parse(path.read_text("utf-8"))  # 中文
```

| test | result |
|---|---|
| `test_load` | passes |
"""


def conversation() -> FakeDoor:
    """A task with every kind of block, as it is stored."""
    door = FakeDoor()
    session = new_session("/project", model="fake/one")
    session.id, session.title = "ses_0000000000000000000000000x", "Fix the encoding"
    door.kept[session.id] = session
    asked = Message("m1", "user", agent="build", created=1.0)
    asked.parts.append(TextPart("Fix the encoding bug in load()"))
    answer = Message("m2", "assistant", agent="build", model="fake/one", created=2.0, ended=9.0)
    answer.finish = "stop"
    matches = Table(["file", "line", "text"], [["load.py", "2", "open(path)"]], "1 match in 1 file")
    for tool, given, display in (
        ("grep", {"pattern": "open("}, matches),
        ("edit", {"path": "load.py"}, Diff("load.py", PATCH, 2, 1)),
        ("todo", {}, Todos([("Fix load", "completed"), ("Run the tests", "in_progress")])),
        ("bash", {"command": "pytest -q"}, Text("1 passed")),
    ):
        part = ToolPart(f"c-{tool}", tool, given, status="completed", display=[display])
        answer.parts.append(part)
    answer.parts.insert(0, ReasoningPart("The encoding depends on the machine."))
    answer.parts.append(TextPart(ANSWER))
    session.messages = [asked, answer]
    return door


@pytest.fixture(autouse=True)
def outside_of_git(project: Path) -> Path:
    """The row at the end names the branch of the folder one is in."""
    return project


def app_with(door: FakeDoor, **options: object) -> OpenCodeApp:
    given: dict[str, object] = {"session": next(iter(door.kept), ""), **options}
    return OpenCodeApp(door.opened, Options(**given))  # pyright: ignore


async def settled(pilot: Pilot[None]) -> None:
    app = pilot.app
    assert isinstance(app, OpenCodeApp)
    for _ in range(200):
        if getattr(app, "chat", None) and app.chat.desk and app.chat.desk.agents:
            break
        await pilot.pause(0.02)
    await pilot.pause(0.2)
    app.facts.directory = "/project"
    if app.chat.desk:
        app.chat.desk.refresh()
        await pilot.pause(0.1)


@pytest.mark.parametrize(
    ("size", "theme"),
    [((80, 24), "dark"), ((120, 40), "light"), ((160, 50), "high-contrast")],
    ids=["small-dark", "middle-light", "large-contrast"],
)
def test_a_conversation(snap_compare: Compare, size: tuple[int, int], theme: str) -> None:
    assert snap_compare(
        app_with(conversation(), theme=theme), terminal_size=size, run_before=settled
    )


def test_the_sidebar_beside_it(snap_compare: Compare) -> None:
    async def shown(pilot: Pilot[None]) -> None:
        await settled(pilot)
        app = pilot.app
        assert isinstance(app, OpenCodeApp)
        assert app.chat.desk
        app.chat.desk.toggle("sidebar")
        await pilot.pause(0.1)
        app.chat.query_one(Sidebar).list_sessions([])  # they show the time of day

    assert snap_compare(app_with(conversation()), terminal_size=(120, 32), run_before=shown)


def test_a_permission(snap_compare: Compare) -> None:
    async def asked(pilot: Pilot[None]) -> None:
        await settled(pilot)
        door.tell(
            AskRaised(
                "ses_0000000000000000000000000x",
                Ask(
                    "a",
                    "ses_0000000000000000000000000x",
                    "permission",
                    "bash",
                    "",
                    "git push origin main",
                    reasons=["bash git push: ask (no rule speaks about it)"],
                    rules=[Rule("bash", "git push", "allow")],
                    warnings=["what is pushed cannot be taken back"],
                ),
            )
        )
        await pilot.pause(0.2)

    door = conversation()
    assert snap_compare(app_with(door), terminal_size=(100, 30), run_before=asked)


def test_the_first_screen(snap_compare: Compare) -> None:
    assert snap_compare(app_with(FakeDoor()), terminal_size=(80, 24), run_before=settled)


def test_all_commands(snap_compare: Compare) -> None:
    async def opened(pilot: Pilot[None]) -> None:
        await settled(pilot)
        await pilot.press("ctrl+p")
        await pilot.pause(0.2)

    assert snap_compare(app_with(FakeDoor()), terminal_size=(100, 34), run_before=opened)


def changed() -> FakeDoor:
    door = conversation()
    made = "@@ -0,0 +1,2 @@\n+# notes\n+read me\n"
    door.changed = [
        Changed(Diff("load.py", PATCH, 2, 1), "changed", version="v"),
        Changed(Diff("docs/notes.md", made, 2, 0), "added", version="w"),
        Changed(Diff("logo.png", "", 0, 0), "changed", "binary", "x", held="others"),
    ]
    return door


@pytest.mark.parametrize("size", [(80, 24), (170, 30)], ids=["narrow", "wide"])
def test_the_review_of_all_changes(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def opened(pilot: Pilot[None]) -> None:
        await settled(pilot)
        await pilot.press("ctrl+g")
        await pilot.pause(0.2)

    assert snap_compare(app_with(changed()), terminal_size=size, run_before=opened)


def test_a_file_to_read(snap_compare: Compare, project: Path) -> None:
    async def opened(pilot: Pilot[None]) -> None:
        await settled(pilot)
        app = pilot.app
        assert isinstance(app, OpenCodeApp)
        app.facts.directory = str(project)
        app.chat.submit("/open load.py:3")
        await pilot.pause(0.2)
        await pilot.press("slash", *"text")
        await pilot.pause(0.1)

    (project / "load.py").write_text(
        "def load(path):\n    with open(path) as file:\n        text = file.read()\n"
        "    return parse(text)  # a comment\n"
    )
    assert snap_compare(app_with(conversation()), terminal_size=(80, 16), run_before=opened)
