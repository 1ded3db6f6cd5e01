from pathlib import Path

from opencode.core.delta import ReasoningDelta, TextDelta
from opencode.core.error import Unavailable
from opencode.core.event import MessageFinished, MessageReset, Notice, QueueChanged, SessionReplaced
from opencode.core.message import user_message
from opencode.core.provider import ModelInfo
from opencode.tests.fakes.door import FakeDoor
from opencode.tests.tui.conftest import Sitting
from opencode.tui.blocks.block import AnswerBlock, EndBlock, ReasoningBlock, UserBlock
from opencode.tui.widgets.prompt import Prompt


async def test_enter_sends_and_the_answer_streams_into_the_transcript(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.say("Hello")
        seat.door.stream(seat.session, TextDelta("Hi **the"), TextDelta("re**."), end=False)
        await seat.sees("Hi there.")
        assert seat.door.said == [(seat.session.id, "Hello")]
        assert seat.app.chat.query_one(Prompt).text == ""


async def test_a_session_begins_with_the_first_prompt_and_not_before(sitting: Sitting) -> None:
    async with sitting() as seat:
        assert not seat.door.kept
        await seat.say("Hello")
        assert [s.title for s in seat.door.kept.values()] == ["Hello"]


async def test_text_of_models_is_never_markup_and_never_commands_the_terminal(
    sitting: Sitting,
) -> None:
    async with sitting() as seat:
        await seat.say("x")
        seat.door.reply(seat.session, "a[0] [/b] [red]r[/red] \x1b[31mred\x1b]0;title\x07 \x07 end")
        await seat.sees("a[0] [/b] [red]r[/red] red ␇ end")
        assert "\x1b" not in seat.screen()


async def test_tab_switches_the_agent_and_the_next_session_has_it(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.sees(" build ")
        await seat.press("tab")
        await seat.sees(" plan ")
        await seat.say("Look")
        assert seat.session.agent == "plan"
        await seat.press("tab")
        await seat.until(lambda: seat.session.agent == "build")


async def test_newlines_are_written_by_several_keys(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.press("a", "shift+enter", "b", "ctrl+j", "c", "backslash", "enter", "d")
        assert seat.app.chat.query_one(Prompt).text == "a\nb\nc\nd"
        await seat.press("enter")
        await seat.until(lambda: seat.door.said)
        assert seat.door.said[0][1] == "a\nb\nc\nd"


async def test_up_and_down_walk_through_what_was_said_also_in_the_next_app(
    sitting: Sitting, tmp_path: Path
) -> None:
    file = tmp_path / "history.jsonl"
    async with sitting(history=file) as seat:
        await seat.say("first")
        await seat.say("second")
    async with sitting(history=file) as seat:
        await seat.type("dra")
        prompt = seat.app.chat.query_one(Prompt)
        seen: list[str] = []
        for key in ("up", "up", "up", "down", "down"):
            await seat.press(key)
            seen.append(prompt.text)
        assert seen == ["second", "first", "first", "second", "dra"]


async def test_an_error_of_the_door_is_told_and_the_prompt_comes_back(sitting: Sitting) -> None:
    async with sitting() as seat:
        seat.door.failure = Unavailable("The service is down.", hint="Try another model.")
        await seat.type("Hello")
        await seat.press("enter")
        await seat.sees("The service is down.")
        await seat.sees("Try another model.")
        assert seat.app.chat.query_one(Prompt).text == "Hello"


async def test_a_failed_run_says_why_and_how_to_mend_it(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.say("Hello")
        seat.door.end(seat.session, reason="error", detail="No key.", hint="Set ONE_API_KEY.")
        await seat.sees("No key.")
        await seat.sees("Set ONE_API_KEY.")
        await seat.sees("failed")


async def test_an_error_is_said_once(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.say("Hello")
        message = seat.door.stream(seat.session, end=False)
        message.error = "The service is down."
        seat.door.tell(MessageFinished(seat.session.id, message))
        seat.door.end(seat.session, reason="error", detail=message.error, hint="Try later.")
        await seat.sees("Try later.")
        assert seat.screen().count("The service is down.") == 1


async def test_esc_stops_the_answer_and_keeps_what_was_said(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.say("Go")
        seat.door.stream(seat.session, TextDelta("Half an ans"), end=False)
        await seat.sees("Half an ans")
        await seat.press("escape")
        await seat.until(lambda: seat.door.cancelled)
        await seat.sees("cancelled")
        assert "Half an ans" in seat.screen()


async def test_a_broken_stream_is_taken_back_and_the_wait_is_shown(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.say("Go")
        message = seat.door.stream(seat.session, TextDelta("Wrong start"), end=False)
        await seat.sees("Wrong start")
        seat.door.tell(MessageReset(seat.session.id, message.id, "overloaded", 7.0, 1))
        await seat.until(lambda: "Wrong start" not in seat.screen())
        await seat.until(lambda: seat.screen().count("overloaded; again in") == 2)
        seat.door.stream(seat.session, TextDelta("Right"))
        await seat.sees("Right")
        assert "overloaded" not in seat.screen()


async def test_the_wait_under_the_answer_counts_down_and_keeps_what_is_said_meanwhile(
    sitting: Sitting,
) -> None:
    async with sitting() as seat:
        await seat.say("Go")
        message = seat.door.stream(seat.session, end=False)
        seat.door.tell(MessageReset(seat.session.id, message.id, "overloaded", 0.9, 1))
        await seat.sees("↻ overloaded; again in 1 second · Esc stops")
        await seat.sees("↻ overloaded · Esc stops")
        seat.door.tell(Notice(seat.session.id, "info", "later", "Meanwhile"))
        seat.door.end(seat.session, reason="cancelled")
        await seat.sees("cancelled")
        await seat.sees("Meanwhile")
        assert "Esc stops" not in seat.screen()


async def test_reasoning_is_one_line_that_opens(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.say("Go")
        seat.door.stream(seat.session, ReasoningDelta("First this\nthen that"), TextDelta("Done"))
        await seat.sees("Thought First this")
        assert "then that" not in seat.screen()
        await seat.press("ctrl+x", "d")
        await seat.sees("then that")


async def test_prompts_typed_while_busy_are_counted(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.say("one")
        await seat.say("two")
        await seat.sees("1 prompt waits")
        seat.door.tell(QueueChanged(seat.session.id, []))
        await seat.until(lambda: "waits" not in seat.screen())


async def test_a_resumed_session_shows_its_messages(sitting: Sitting) -> None:
    door = FakeDoor()
    session = await door.create(title="Old talk")
    session.messages.append(user_message("What was it?"))
    door.stream(session, TextDelta("It was this."))
    async with sitting(door=door, session=session.id) as seat:
        await seat.sees("What was it?")
        await seat.sees("It was this.")
        kinds = [type(block) for block in seat.transcript.page.blocks]
        assert kinds == [UserBlock, AnswerBlock, EndBlock]


async def test_a_replaced_history_is_read_anew(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.say("one")
        seat.door.reply(seat.session, "gone soon")
        await seat.sees("gone soon")
        seat.session.messages.clear()
        seat.door.tell(SessionReplaced(seat.session.id, "undo"))
        await seat.until(lambda: "gone soon" not in seat.screen())


async def test_a_notice_that_comes_with_another_history_is_seen(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.say("Go")
        seat.door.tell(
            SessionReplaced(seat.session.id, "compaction", "less"),
            Notice(seat.session.id, "info", "compaction", "Made room, less."),
        )
        await seat.sees("Made room, less.")
        seat.door.reply(seat.session, "and after")
        await seat.sees("and after")
        assert "Made room" in seat.screen()


async def test_a_burst_of_events_overtakes_nobody(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.say("Go")
        seat.door.stream(seat.session, *[TextDelta(f"{n} ") for n in range(9000)])
        await seat.sees("8999")
        block = next(b for b in seat.transcript.page.blocks if isinstance(b, AnswerBlock))
        assert block.text.split() == [str(n) for n in range(9000)]


async def test_a_listener_that_was_too_slow_reads_a_snapshot(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.say("Go")
        seat.door.reply(seat.session, "the whole truth")
        for n in range(10_100):
            seat.door.tell(Notice(seat.session.id, "info", "x", f"n{n}"))
        await seat.sees("the whole truth")
        seat.door.reply(seat.session, "and after")
        await seat.sees("and after")
        assert not [b for b in seat.transcript.page.blocks if isinstance(b, ReasoningBlock)]


async def test_the_prompt_of_the_command_line_is_sent_at_once(sitting: Sitting) -> None:
    async with sitting(prompt="Do it") as seat:
        await seat.until(lambda: seat.door.said)
        assert seat.door.said[0][1] == "Do it"


async def test_what_undo_did_stays_said_when_the_session_is_read_anew(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.say("Go")
        seat.door.reply(seat.session, "Gone")
        await seat.sees("Gone")
        seat.app.chat.submit("/undo")
        await seat.sees("Undone; 1 file restored.")
        seat.door.tell(SessionReplaced(seat.session.id, "undo"))
        await seat.pilot.pause(0.1)
        await seat.sees("Undone; 1 file restored.")
        assert seat.screen().count("Undone") == 1


async def test_what_a_line_of_the_person_s_own_says_is_shown(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.type("!make")
        await seat.press("enter")
        await seat.sees("▾ Bash $ make")
        await seat.sees("│ done")
        await seat.app.chat.desk.show_session(seat.session)  # pyright: ignore[reportOptionalMemberAccess]
        await seat.sees("│ done")
        assert "▪" not in seat.screen()  # nobody answered


async def test_the_share_of_the_window_is_known_when_a_session_goes_on(sitting: Sitting) -> None:
    door = FakeDoor()
    door.first = ModelInfo("fake/one", window=10_000)
    session = await door.create(model="fake/one")
    await door.prompt(session.id, "Go")
    door.reply(session, "Gone")
    async with sitting(door=door, session=session.id) as seat:
        await seat.sees("1.0k (10%)")


async def test_whoever_says_something_sees_it_wherever_they_were_reading(sitting: Sitting) -> None:
    async with sitting(size=(80, 24)) as seat:
        await seat.say("Go")
        seat.door.reply(seat.session, "\n".join(f"line {n}\n" for n in range(60)))
        await seat.sees("line 59")
        await seat.press("ctrl+home")
        await seat.until(lambda: "line 59" not in seat.screen())
        await seat.say("And now?")
        await seat.sees("▌ And now?")
