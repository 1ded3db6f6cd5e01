"""What is written goes into the input, wherever the mouse or the keys have been."""

import pytest
from textual.css.query import NoMatches
from textual.events import Paste
from textual.widgets import Input

from opencode.core.ask import Reply
from opencode.core.event import AskRaised, ToolFinished
from opencode.core.message import ToolPart
from opencode.tests.tui.conftest import Seat, Sitting
from opencode.tests.tui.test_asks import asked, permission
from opencode.tui.dialogs.picker import Picker
from opencode.tui.here import while_shown
from opencode.tui.screens.review import ReviewScreen
from opencode.tui.widgets.choices import Choices
from opencode.tui.widgets.help_panel import HelpPanel
from opencode.tui.widgets.pane import Pane
from opencode.tui.widgets.prompt import Prompt


async def with_a_call(seat: Seat) -> None:
    await seat.say("Go")
    part = ToolPart("c", "bash", {"command": "seq 30"}, status="completed", output="1\n" * 30)
    seat.door.tell(ToolFinished(seat.session.id, "m", part))
    seat.door.end(seat.session, seconds=1.0)
    await seat.sees("▸ Bash $ seq 30")


def row_of(seat: Seat, text: str) -> int:
    return next(y for y, row in enumerate(seat.screen().split("\n")) if text in row)


async def test_words_after_a_click_on_a_call_are_a_prompt(sitting: Sitting) -> None:
    async with sitting() as seat:
        await with_a_call(seat)
        await seat.pilot.click(offset=(10, row_of(seat, "Bash $")))
        await seat.sees("▾ Bash $ seq 30")
        await seat.press("o", "k")
        assert seat.app.chat.query_one(Prompt).text == "ok"


async def test_a_call_shut_again_leaves_the_view_at_the_end(sitting: Sitting) -> None:
    async with sitting() as seat:
        await with_a_call(seat)
        for _ in range(2):
            await seat.pilot.click(offset=(10, row_of(seat, "Bash $")))
        await seat.sees("▸ Bash $ seq 30")
        assert seat.transcript.page.sticks


async def test_a_question_keeps_the_keys_when_the_conversation_is_clicked(
    sitting: Sitting,
) -> None:
    async with sitting() as seat:
        await with_a_call(seat)
        ask = permission()
        seat.door.waiting.append(ask)
        seat.door.tell(AskRaised(ask.session, ask))
        await seat.sees("Allow once")
        await seat.pilot.click(offset=(10, row_of(seat, "Bash $")))
        await seat.press("1")
        await seat.until(lambda: seat.door.answers)
        assert seat.door.answers[0][1] == Reply("allow", "once")


async def test_a_question_has_the_keys_again_after_two_that_mean_nothing(sitting: Sitting) -> None:
    async with sitting() as seat:
        await asked(seat, permission())
        await seat.sees("Allow once")
        await seat.press("ctrl+x", "f12", "1")
        await seat.until(lambda: seat.door.answers)


async def test_letters_and_pastes_close_the_help_and_are_not_lost(sitting: Sitting) -> None:
    async with sitting() as seat:
        prompt = seat.app.chat.query_one(Prompt)
        await seat.press("f1")
        await seat.until(lambda: isinstance(seat.app.chat.focused, Pane))
        await seat.press("down", "pagedown", "j", "q", "slash")
        assert prompt.text == "jq/"
        assert not seat.app.chat.query_one(HelpPanel).has_class("-shown")
        await seat.press("f1")
        await seat.until(lambda: isinstance(seat.app.chat.focused, Pane))
        seat.app.post_message(Paste(" pasted"))
        await seat.until(lambda: prompt.text == "jq/ pasted")


async def test_keys_that_move_in_the_conversation_do_not_write(sitting: Sitting) -> None:
    async with sitting() as seat:
        await with_a_call(seat)
        prompt = seat.app.chat.query_one(Prompt)
        await seat.press("ctrl+x", "j")
        await seat.until(lambda: seat.transcript.has_focus)
        await seat.press("p", "enter")
        await seat.sees("▾ Bash $ seq 30")
        assert prompt.text == ""
        await seat.press("W", "h")
        assert prompt.text == "Wh"


async def test_what_is_looked_for_is_not_a_prompt(sitting: Sitting) -> None:
    async with sitting() as seat:
        await with_a_call(seat)
        await seat.press("ctrl+f")
        await seat.until(lambda: isinstance(seat.app.chat.focused, Input))
        await seat.press("s", "e")
        assert seat.app.chat.query_one(Prompt).text == ""


async def test_what_a_command_says_is_seen_wherever_one_was_reading(sitting: Sitting) -> None:
    async with sitting(size=(80, 20)) as seat:
        await seat.say("Go")
        seat.door.reply(seat.session, "line\n\n" * 60)
        await seat.press("ctrl+home")
        await seat.type("/cost")
        await seat.press("enter")
        await seat.sees("In all:")


async def test_ctrl_c_leaves_only_while_it_is_said_that_it_does(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.press("ctrl+c")
        await seat.sees("again to leave")
        await seat.press("ctrl+l")
        await seat.press("ctrl+c")
        await seat.sees("again to leave")
        assert seat.app.is_running
        await seat.press("ctrl+c")
        await seat.until(lambda: not seat.app.is_running)


async def test_a_click_after_a_selection_folds_and_copies_nothing_again(sitting: Sitting) -> None:
    async with sitting() as seat:
        await with_a_call(seat)
        y = row_of(seat, "Bash $")
        await seat.pilot.mouse_down(offset=(4, y))
        await seat.pilot.hover(offset=(20, y))
        await seat.pilot.mouse_up(offset=(20, y))
        await seat.sees("characters")
        await seat.pilot.click(offset=(10, y))
        await seat.sees("▾ Bash $ seq 30")


@pytest.mark.parametrize("size", [(80, 24), (60, 17), (40, 12), (30, 8)])
async def test_the_marked_row_of_a_long_list_is_seen_in_every_window(
    sitting: Sitting, size: tuple[int, int]
) -> None:
    async with sitting(size=size) as seat:
        for number in range(30):
            await seat.door.create(title=f"session {number}")
        for key in ("ctrl+p", "ctrl+o"):
            await seat.press(key)
            await seat.until(lambda: isinstance(seat.app.screen, Picker))
            await seat.press(*["down"] * 20)
            picker = seat.app.screen.query_one(Choices)
            assert picker.region.bottom <= seat.app.screen.size.height
            assert "›" in seat.screen()
            await seat.press("escape")


async def test_two_keys_that_close_a_screen_close_no_other_one(sitting: Sitting) -> None:
    async with sitting() as seat:
        for key in ("ctrl+p", "ctrl+r", "ctrl+g"):
            await seat.press(key)
            await seat.until(lambda: seat.app.screen is not seat.app.chat)
            screen = seat.app.screen
            for _ in range(2):
                await screen.run_action("leave")
            await seat.until(lambda: seat.app.screen is seat.app.chat)
        assert seat.app.is_running


async def test_what_comes_for_a_screen_that_was_left_ends_nothing(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.press("ctrl+g")
        await seat.until(lambda: isinstance(seat.app.screen, ReviewScreen))
        screen = seat.app.screen
        with pytest.raises(NoMatches), while_shown(screen):
            screen.query_one("#not-there")
        await seat.press("escape")
        await seat.until(lambda: not screen.is_attached)
        with while_shown(screen):
            screen.query_one("#head")


async def test_a_button_that_comes_up_over_another_conversation_does_nothing(
    sitting: Sitting,
) -> None:
    async with sitting() as seat:
        await with_a_call(seat)
        y = row_of(seat, "Bash $")
        await seat.pilot.mouse_down(offset=(10, y))
        seat.transcript.show([])
        await seat.pilot.hover(offset=(20, y))
        await seat.pilot.mouse_up(offset=(20, y))
        assert seat.app.is_running
        assert seat.transcript.page.sticks
