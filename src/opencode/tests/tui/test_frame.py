import random
import subprocess
from pathlib import Path

import pytest
from rich.style import Style

from opencode.core.ask import Ask, Option, Question
from opencode.core.delta import TextDelta
from opencode.core.event import AskRaised, ToolStarted
from opencode.core.message import ToolPart
from opencode.core.permission import Rule
from opencode.tests.fakes.door import FakeDoor
from opencode.tests.tui.conftest import Sitting
from opencode.tests.tui.keys_page import PAGE, renewed
from opencode.tui.acts.starting import branch_of
from opencode.tui.widgets.status_bar import Piece, StatusBar, fitting

TALL, SMALL = (500, 200), (20, 6)


async def test_the_status_bar_says_where_we_are_and_narrows_by_importance(
    sitting: Sitting, project: Path
) -> None:
    subprocess.run(["git", "init", "-q", "-b", "topic"], check=True, cwd=project)
    async with sitting(size=(120, 20), trust="untrusted") as seat:
        await seat.say("Hello")
        seat.door.reply(seat.session, "Hi")
        await seat.sees("1.0k")
        await seat.until(lambda: not seat.app.facts.busy)
        seat.app.facts.directory = str(project)
        seat.app.chat.look_around()
        await seat.sees("⎇ topic")
        row = seat.screen().split("\n")[-1]
        for said in ("build", "fake/one", "1.0k", "sandbox", "untrusted", "F1 help"):
            assert said in row, said
        await seat.pilot.resize_terminal(40, 20)
        await seat.until(lambda: "topic" not in seat.screen())
        row = seat.screen().split("\n")[-1]
        assert "build" in row
        assert "1.0k" in row
        assert "F1 help" not in row


async def test_that_nothing_stands_around_commands_is_said(sitting: Sitting) -> None:
    door = FakeDoor()
    door.wall = "none"
    async with sitting(door=door) as seat:
        await seat.sees("no sandbox")


async def test_nothing_ticks_when_nothing_is_waited_for(sitting: Sitting) -> None:
    async with sitting() as seat:
        bar = seat.app.chat.query_one(StatusBar)
        await seat.say("Hello")
        await seat.until(lambda: bar._timers)
        seat.door.reply(seat.session, "Hi")
        await seat.sees("Hi")
        await seat.until(lambda: not bar._timers)


def test_a_row_too_narrow_for_anything_keeps_what_matters_most() -> None:
    pieces = [Piece(n, "x" * 10, Style()) for n in (3, 9, 5)]
    left, right = fitting(pieces[:2], pieces[2:], 25)
    assert [piece.importance for piece in (*left, *right)] == [9, 5]
    left, right = fitting(pieces[:2], pieces[2:], 4)
    assert [piece.importance for piece in (*left, *right)] == [9]


def test_the_branch_is_read_without_git_also_in_worktrees_and_detached(project: Path) -> None:
    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], check=True, cwd=project, capture_output=True)
        return done.stdout.decode().strip()

    assert branch_of(project) == ""
    git("init", "-q", "-b", "feature/one")
    (project / "inner").mkdir()
    assert branch_of(project / "inner") == "feature/one"
    git("commit", "-q", "--allow-empty", "-m", "x")
    git("worktree", "add", "-q", "-b", "second", "../beside")
    assert branch_of(project.parent / "beside") == "second"
    git("checkout", "-q", "--detach")
    assert branch_of(project) == git("rev-parse", "HEAD")[:8]


def test_the_page_about_keys_is_true() -> None:
    page = PAGE.read_text("utf-8")
    assert page == renewed(page), "python -m opencode.tests.tui.keys_page"


async def test_a_name_that_is_no_theme_is_told(sitting: Sitting) -> None:
    async with sitting(theme="norrd") as seat:
        await seat.sees("There is no theme “norrd”")


async def test_an_agent_nobody_knows_ends_the_app_with_the_names_there_are() -> None:
    from opencode.tui.app import OpenCodeApp
    from opencode.tui.options import Options

    door = FakeDoor()
    app = OpenCodeApp(door.opened, Options(agent="biuld"))
    async with app.run_test() as pilot:
        while app.failure is None:
            await pilot.pause(0.02)
    assert "biuld" in app.failure.message
    assert "build, plan" in app.failure.hint


@pytest.mark.parametrize("opened", ["nothing", "ask", "question", "palette", "help", "sidebar"])
async def test_a_storm_of_sizes_breaks_nothing(sitting: Sitting, opened: str) -> None:
    sizes = random.Random(opened)
    async with sitting() as seat:
        await seat.say("Hello")
        code = "```python\nx = 1\n```\n\n| a | b |\n|-|-|\n| c | d |\n"
        text = f"Some **text** 中文字 `code`\n\n{code}"
        seat.door.stream(seat.session, TextDelta(text * 5), end=False)
        questions = [Question("Which?", "Pick", [Option("a", "first"), Option("b", "second")])]
        match opened:
            case "ask":
                asked = Ask("a", seat.session.id, "permission", "bash", "", "git push " * 30)
                asked.rules.append(Rule("bash", "git push", "allow"))
                seat.door.tell(AskRaised(seat.session.id, asked))
            case "question":
                asked = Ask("q", seat.session.id, "question", "question", "", questions=questions)
                seat.door.tell(AskRaised(seat.session.id, asked))
            case "palette":
                await seat.press("ctrl+p")
            case "help":
                await seat.press("f1")
            case "sidebar":
                await seat.press("ctrl+b")
            case _:
                pass
        around = [(sizes.randint(20, 250), sizes.randint(6, 80)) for _ in range(12)]
        for size in (SMALL, TALL, *around, (1, 1), SMALL, (100, 30)):
            await seat.pilot.resize_terminal(*size)
            seat.door.stream(seat.session, TextDelta(f"at {size} "), end=False)
        await seat.pilot.pause(0.1)
        rows = seat.screen().split("\n")
        assert len(rows) == 30
        assert any(row.strip() for row in rows)


async def test_what_is_waited_for_is_told_in_a_narrow_window_too(sitting: Sitting) -> None:
    async with sitting(size=(40, 20)) as seat:
        await seat.say("Go")
        call = ToolPart("c", "bash", {"command": "make everything and then some more of it"})
        seat.door.tell(ToolStarted(seat.session.id, "m", call))
        await seat.until(lambda: "Bash $ make" in seat.screen().splitlines()[-1])
