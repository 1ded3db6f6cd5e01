from pathlib import Path

from opencode.core.ask import Ask
from opencode.core.delta import TextDelta
from opencode.core.display import Diff
from opencode.core.event import AskRaised, FilesChanged, JobChanged, ServerChanged, TodosChanged
from opencode.core.message import Message, ToolPart
from opencode.core.review import Changed
from opencode.core.session import Todo
from opencode.tests.fakes.door import FakeDoor
from opencode.tests.tui.conftest import Seat, Sitting
from opencode.tui.blocks.block import EndBlock
from opencode.tui.screens.preview import PreviewScreen
from opencode.tui.screens.review import ReviewScreen
from opencode.tui.widgets.choices import Choices
from opencode.tui.widgets.lines_view import LinesView

SIZE = (120, 50)


async def opened(seat: Seat) -> None:
    await seat.say("Go")
    seat.door.stream(seat.session, TextDelta("Fine. " * 50))
    seat.door.end(seat.session)
    await seat.press("ctrl+b")
    await seat.sees("Context")


async def test_the_window_is_shown_with_what_fills_it(sitting: Sitting) -> None:
    async with sitting(size=SIZE) as seat:
        await opened(seat)
        await seat.sees("1.0k tokens")
        await seat.until(lambda: seat.app.facts.filling)
        await seat.sees("answers")
        assert sum(count for _, count in seat.app.facts.filling) in range(995, 1006)
        await seat.until(lambda: seat.app.facts.window == 200_000)


async def test_in_a_small_window_the_keys_reach_what_stands_above_the_first_row(
    sitting: Sitting,
) -> None:
    async with sitting(size=(40, 12)) as seat:
        await seat.say("Go")
        jobs = [JobChanged(seat.session.id, f"j{n}", f"sleep {n}", None) for n in range(9)]
        seat.door.tell(*jobs)
        seat.door.end(seat.session)
        await seat.press("ctrl+b")
        await seat.sees("Today")
        assert "Context" not in seat.screen()
        await seat.press(*["up"] * 6)
        await seat.sees("Context")
        await seat.press("down")
        await seat.sees("Today")


async def test_what_goes_on_is_listed(sitting: Sitting) -> None:
    async with sitting(size=SIZE) as seat:
        await opened(seat)
        here = seat.session.id
        seat.door.tell(
            TodosChanged(here, [Todo("Write it", "completed"), Todo("Test it", "in_progress")]),
            JobChanged(here, "j1", "npm run dev", None),
            JobChanged(here, "j2", "sleep 1", 0),
            ServerChanged("", "mcp", "github", "ready"),
            ServerChanged("", "lsp", "pyright", "running"),
        )
        for text in ("✓ Write it", "▶ Test it", "npm run dev", "mcp github", "lsp pyright"):
            await seat.sees(text)
        assert "sleep 1" not in seat.screen()


async def test_jobs_of_a_session_are_there_when_one_comes_back_to_it(sitting: Sitting) -> None:
    async with sitting(size=SIZE) as seat:
        await opened(seat)
        first = seat.session
        seat.door.tell(JobChanged(first.id, "j1", "npm run dev", None))
        await seat.sees("npm run dev")
        await seat.press("ctrl+n")
        await seat.until(lambda: "npm run dev" not in seat.screen())
        seat.door.tell(JobChanged(first.id, "j3", "make watch", None))
        desk = seat.app.chat.desk
        assert desk
        await desk.show_session(first)
        await seat.sees("npm run dev")
        await seat.sees("make watch")


async def test_a_run_seen_again_goes_on_and_can_be_stopped(sitting: Sitting) -> None:
    async with sitting(size=SIZE) as seat:
        await seat.say("Go")
        first = seat.session
        message = seat.door.stream(first, TextDelta("One moment."))
        seat.door.call(first, message, ToolPart("c1", "bash", {"command": "sleep 9"}))
        await seat.sees("One moment.")
        await seat.press("ctrl+n")
        await seat.until(lambda: not seat.app.facts.busy)
        desk = seat.app.chat.desk
        assert desk
        await desk.show_session(first)
        assert seat.app.facts.busy
        assert not [b for b in seat.transcript.page.blocks if isinstance(b, EndBlock)]
        seat.app.facts.forget_runs()  # one that began before anybody here listened
        waiting = ToolPart("c2", "bash", {"command": "sleep 9"})
        first.messages.append(Message("msg_late", "assistant", [waiting]))
        await desk.show_session(first)
        assert seat.app.facts.busy
        await seat.press("escape")
        await seat.until(lambda: seat.door.cancelled)
        await seat.until(lambda: not seat.app.facts.busy)


async def test_changed_files_open_and_all_of_them_are_reviewed(
    sitting: Sitting, project: Path
) -> None:
    (project / "a.py").write_text("x = 1\n")
    door = FakeDoor()
    async with sitting(size=SIZE, door=door) as seat:
        await opened(seat)
        seat.app.facts.directory = str(project)
        door.changed = [Changed(Diff("a.py", "@@ -0,0 +1 @@\n+x = 1\n", 1, 0), "added")]
        door.tell(FilesChanged(seat.session.id, ["a.py"]))
        await seat.sees("A a.py")
        await seat.press("ctrl+x", "w")
        beside = seat.app.chat.query_one("#beside", Choices)
        assert beside.has_focus
        beside.mark([row.value for row in beside.rows].index("file:a.py"))
        await seat.press("enter")
        await seat.until(lambda: isinstance(seat.app.screen, PreviewScreen))
        await seat.sees("1  x = 1")
        await seat.press("escape", "up", "enter")
        await seat.until(lambda: isinstance(seat.app.screen, ReviewScreen))
        await seat.press("escape", "escape")
        await seat.until(lambda: seat.app.screen is seat.app.chat)


async def test_the_keys_move_in_the_sidebar_and_esc_goes_back_to_the_input(
    sitting: Sitting,
) -> None:
    async with sitting(size=SIZE) as seat:
        await seat.say("apples")
        seat.door.reply(seat.session, "about apples")
        await seat.press("ctrl+n")
        await seat.press("ctrl+x", "w")
        await seat.sees("Today")
        beside = seat.app.chat.query_one("#beside", Choices)
        assert beside.marked
        assert beside.marked.value.startswith("session:")  # figures open nothing
        await seat.press("up", "enter")
        await seat.sees("about apples")


async def test_where_there_is_no_room_beside_it_lies_over_the_conversation(
    sitting: Sitting,
) -> None:
    async with sitting(size=(80, 24)) as seat:
        await seat.say("apples")
        await seat.press("ctrl+b")
        await seat.sees("Context")
        assert seat.transcript.size.width == 80
        assert seat.app.chat.query_one("#beside", Choices).has_focus
        await seat.press("escape")
        await seat.until(lambda: "Context" not in seat.screen())
        await seat.type("on")  # the keys are back in the input
        await seat.press("ctrl+x", "b")
        await seat.sees("Context")
        await seat.press("ctrl+x", "b")
        await seat.until(lambda: "Context" not in seat.screen())


async def test_it_makes_room_when_the_window_shrinks_and_comes_back(sitting: Sitting) -> None:
    async with sitting(size=(120, 30)) as seat:
        await seat.press("ctrl+b")
        await seat.sees("Context")
        assert 60 <= seat.transcript.size.width < 120
        await seat.pilot.resize_terminal(80, 24)
        await seat.until(lambda: "Context" not in seat.screen())
        await seat.pilot.resize_terminal(120, 30)
        await seat.sees("Context")


async def test_a_row_that_is_chosen_over_the_conversation_takes_the_list_away(
    sitting: Sitting,
) -> None:
    async with sitting(size=(80, 24)) as seat:
        await seat.say("apples")
        seat.door.reply(seat.session, "about apples")
        await seat.press("ctrl+n", "ctrl+b")
        await seat.sees("Today")
        beside = seat.app.chat.query_one("#beside", Choices)
        assert beside.marked
        assert beside.marked.value.startswith("session:")  # figures open nothing
        await seat.press("up", "enter")
        await seat.sees("about apples")
        assert "Context" not in seat.screen()


async def test_a_question_takes_the_place_of_what_lies_over_the_conversation(
    sitting: Sitting,
) -> None:
    async with sitting(size=(80, 24)) as seat:
        await seat.say("Go")
        await seat.press("ctrl+b")
        await seat.sees("Context")
        here = seat.session.id
        seat.door.tell(AskRaised(here, Ask("a", here, "permission", "bash", "", "make")))
        await seat.sees("Allow once")
        await seat.until(lambda: "Context" not in seat.screen())


async def test_another_theme_draws_it_anew(sitting: Sitting) -> None:
    async with sitting(size=SIZE, theme="light") as seat:
        await opened(seat)
        seat.app.follow("dark")
        await seat.pilot.pause()
        title = seat.app.chat.query_one("Sidebar LinesView", LinesView).render_line(0)
        shown = next(s for s in title if s.text.strip() and s.style)
        assert shown.style.color == seat.transcript.page.look.strong.color
