"""Esc: what it stops, what goes on without it, and what waits then."""

from opencode.core.delta import TextDelta
from opencode.core.event import JobChanged, ToolStarted
from opencode.core.message import ToolPart
from opencode.tests.tui.conftest import Sitting


async def test_prompts_that_waited_for_a_stopped_answer_say_how_they_are_sent(
    sitting: Sitting,
) -> None:
    async with sitting() as seat:
        await seat.say("first")
        seat.door.stream(seat.session, TextDelta("Half an"), end=False)
        await seat.say("second")
        await seat.say("third")
        await seat.press("enter")  # nothing is written, and the answer is under way
        await seat.press("escape")
        await seat.sees("Enter sends")
        assert [m.text for m in seat.session.queued] == ["second", "third"]
        await seat.press("enter")
        await seat.until(lambda: len(seat.door.said) == 5)
        assert [text for _, text in seat.door.said[3:]] == ["second", "third"]
        assert [m.text for m in seat.session.queued] == ["third"]
        await seat.until(lambda: "Enter sends" not in seat.screen())


async def test_a_second_esc_ends_the_jobs_that_go_on_and_only_then(
    sitting: Sitting,
) -> None:
    async with sitting() as seat:
        await seat.say("serve it")
        seat.door.tell(JobChanged(seat.session.id, "job_1", "make serve", None))
        await seat.press("escape")
        await seat.sees("1 job still runs: Esc again ends it")
        await seat.press("escape")
        await seat.until(lambda: seat.door.ran)
        assert seat.door.ran == [("process", {"action": "stop", "id": "all"})]
        await seat.say("again")
        seat.door.end(seat.session)
        await seat.until(lambda: not seat.app.facts.busy)
        await seat.until(lambda: "Esc again" not in seat.screen())
        await seat.press("escape")
        await seat.sees("1 job still runs: Esc again ends it")
        assert len(seat.door.ran) == 1
        await seat.press("escape")
        await seat.until(lambda: len(seat.door.ran) == 2)


async def test_a_shell_line_is_waited_for_and_stopped_like_an_answer(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.say("first")
        seat.door.reply(seat.session, "Done.")
        call = ToolPart("c", "bash", {"command": "make all"})
        seat.door.tell(ToolStarted(seat.session.id, "m", call))
        await seat.sees("Esc stops")
        await seat.press("escape")
        await seat.until(lambda: seat.door.cancelled)
        seat.door.called(seat.session, seat.session.messages[-1], call)
        await seat.until(lambda: "Esc stops" not in seat.screen())
