from opencode.core.session import Session
from opencode.tests.fakes.door import FakeDoor
from opencode.tests.tui.conftest import Seat, Sitting
from opencode.tui.dialogs.line import LineDialog
from opencode.tui.dialogs.picker import Picker
from opencode.tui.dialogs.sessions import SessionBrowser
from opencode.tui.widgets.choices import Choices


async def two() -> tuple[FakeDoor, Session, Session]:
    door = FakeDoor()
    first, second = await door.create(title="apples"), await door.create(title="pears")
    await door.prompt(first.id, "how many worms?")
    door.end(first)
    return door, first, second


async def browse(seat: Seat, title: str) -> None:
    """The browser with this one marked."""
    await seat.press("ctrl+o")
    await seat.until(lambda: isinstance(seat.app.screen, SessionBrowser))
    choices = seat.app.screen.query_one(Choices)
    choices.mark([row.label for row in choices.rows].index(title))


async def test_a_session_is_renamed_where_it_stands_and_the_list_stays(sitting: Sitting) -> None:
    door, _, second = await two()
    async with sitting(door=door) as seat:
        await browse(seat, "pears")
        await seat.sees("Ctrl+R rename")
        await seat.press("ctrl+r")
        await seat.until(lambda: isinstance(seat.app.screen, LineDialog))
        await seat.type(" and plums")
        await seat.press("enter")
        await seat.until(lambda: second.title == "pears and plums")
        await seat.until(lambda: isinstance(seat.app.screen, SessionBrowser))
        await seat.sees("› pears and plums")


async def test_a_session_is_deleted_after_a_question_and_no_keeps_it(sitting: Sitting) -> None:
    door, first, second = await two()
    async with sitting(door=door, session=second.id) as seat:
        await browse(seat, "apples")
        await seat.press("ctrl+d")
        await seat.sees("Delete “apples”?")
        await seat.press("escape")
        await seat.until(lambda: isinstance(seat.app.screen, SessionBrowser))
        assert first.id in door.kept
        await seat.press("ctrl+d")
        await seat.sees("Delete “apples”?")
        await seat.press("down", "enter")
        await seat.until(lambda: first.id not in door.kept)
        await seat.until(lambda: isinstance(seat.app.screen, SessionBrowser))
        assert seat.app.facts.session == second.id


async def test_a_copy_of_a_session_is_opened(sitting: Sitting) -> None:
    door, first, _ = await two()
    async with sitting(door=door) as seat:
        await browse(seat, "apples")
        await seat.press("ctrl+f")
        await seat.until(lambda: not isinstance(seat.app.screen, Picker))
        await seat.until(lambda: seat.app.facts.session not in ("", first.id))
        await seat.sees("how many worms?")


async def test_what_was_said_is_searched_as_well_as_titles(sitting: Sitting) -> None:
    door, first, _ = await two()
    async with sitting(door=door) as seat:
        await browse(seat, "pears")
        await seat.type("worms")
        await seat.sees("› apples")
        assert "pears" not in seat.screen()
        await seat.press("enter")
        await seat.until(lambda: seat.app.facts.session == first.id)


async def test_commands_about_a_session_make_none_where_nothing_was_said(sitting: Sitting) -> None:
    async with sitting(size=(100, 60)) as seat:
        seat.app.chat.submit("/rename Its name")
        names = ["copy", "undo", "redo", "fork", "export", "share", "cost", "compact"]
        for name in names:
            seat.app.chat.submit(f"/{name}")
        await seat.until(lambda: seat.screen().count("Nothing was said here yet") == len(names))
        assert not seat.door.kept
        await seat.say("Go")
        assert seat.session.title == "Its name"
