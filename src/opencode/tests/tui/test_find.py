from pathlib import Path

from opencode.core.display import Text
from opencode.core.message import ToolPart
from opencode.tests.fakes.door import FakeDoor
from opencode.tests.tui.conftest import Seat, Sitting
from opencode.tui.screens.preview import PreviewScreen
from opencode.tui.widgets.prompt import Prompt


async def long_talk(seat: Seat) -> None:
    await seat.say("hello")
    for n in range(8):
        seat.door.reply(seat.session, f"needle {n}\n\n" + "hay\n\n" * 40)
    await seat.sees("hay")


async def test_a_text_is_found_from_place_to_place(sitting: Sitting) -> None:
    async with sitting() as seat:
        await long_talk(seat)
        await seat.press("ctrl+f")
        await seat.type("NEEDLE")
        await seat.sees("8 of 8")
        await seat.sees("needle 7")
        await seat.press("enter")
        await seat.sees("needle 6")
        await seat.press("up")
        await seat.sees("needle 5")
        await seat.press("down")
        await seat.sees("needle 6")
        await seat.sees("7 of 8")
        await seat.press("escape")
        await seat.until(lambda: "7 of 8" not in seat.screen())
        assert seat.app.chat.query_one(Prompt).has_focus


async def test_a_slash_in_the_conversation_searches_and_n_goes_on(sitting: Sitting) -> None:
    async with sitting() as seat:
        await long_talk(seat)
        await seat.press("ctrl+x", "j", "slash")
        await seat.type("needle")
        await seat.sees("8 of 8")
        await seat.press("ctrl+x", "j", "p")
        await seat.sees("needle 6")
        await seat.press("n")
        await seat.sees("needle 7")


async def test_what_is_folded_is_found_and_opened(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.say("hello")
        part = ToolPart("c", "bash", {"command": "make"}, status="completed")
        part.display = [Text("one\nhidden gem\nthree")]
        message = seat.door.stream(seat.session, end=False)
        seat.door.called(seat.session, message, part)
        await seat.sees("Bash $ make")
        assert "hidden gem" not in seat.screen()
        await seat.press("ctrl+f")
        await seat.type("gem")
        await seat.sees("hidden gem")
        await seat.sees("1 of 1")


async def test_what_is_not_there_is_said(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.say("hello")
        await seat.press("ctrl+f")
        await seat.type("xyz")
        await seat.sees("not there")


async def test_a_click_on_a_file_that_is_named_shows_it(sitting: Sitting, project: Path) -> None:
    (project / "a.py").write_text("x = 1\ny = 2\n")
    door = FakeDoor()
    async with sitting(door=door) as seat:
        await seat.say("Look at @a.py please")
        seat.door.reply(seat.session, "It is in `a.py:2`.")
        part = ToolPart("c", "read", {"path": "a.py"}, status="completed", output="x")
        message = seat.door.stream(seat.session, end=False)
        seat.door.called(seat.session, message, part)
        await seat.sees("Read a.py")
        seat.app.facts.directory = str(project)
        for named in ("@a.py", "a.py:2", "Read a.py"):
            rows = seat.screen().split("\n")
            y, x = next((y, row.index(named)) for y, row in enumerate(rows) if named in row)
            await seat.pilot.click(offset=(x + len(named) - 1, y))
            await seat.until(lambda: isinstance(seat.app.screen, PreviewScreen))
            await seat.sees("2  y = 2")
            await seat.press("escape")
            await seat.until(lambda: seat.app.screen is seat.app.chat)


async def test_a_sub_agents_session_is_opened_and_left(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.say("Do it")
        child = await seat.door.create(title="The child")
        child.parent = seat.session.id
        seat.door.stream(child)
        part = ToolPart("c", "task", {"description": "look"}, status="completed", output="x")
        part.child = child.id
        message = seat.door.stream(seat.session, end=False)
        seat.door.called(seat.session, message, part)
        await seat.sees("Task @general look")
        await seat.press("ctrl+x", "j", "p", "v")
        await seat.until(lambda: seat.app.facts.session == child.id)
        await seat.press("ctrl+x", "p")
        await seat.until(lambda: seat.app.facts.session == seat.session.id)
