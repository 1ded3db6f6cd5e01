from opencode.core.ask import Ask, Option, Question, Reply
from opencode.core.display import Diff
from opencode.core.event import AskRaised
from opencode.core.message import ToolPart
from opencode.core.permission import Request, Rule
from opencode.tests.tui.conftest import Seat, Sitting
from opencode.tui.widgets.prompt import Prompt

RULE = Rule("bash", "git push", "allow")


async def asked(seat: Seat, *asks: Ask) -> None:
    await seat.say("Go")
    for ask in asks:
        seat.door.waiting.append(ask)
        seat.door.tell(AskRaised(ask.session, ask))


def permission(name: str = "ask1", **more: object) -> Ask:
    given: dict[str, object] = {
        "tool": "bash",
        "text": "git push [origin]",
        "requests": [Request("bash", "git push")],
        "reasons": ["no rule speaks"],
        "rules": [RULE],
        **more,
    }
    return Ask(name, "ses", "permission", **given)  # pyright: ignore


async def test_a_permission_stands_in_place_of_the_input_with_all_that_would_run(
    sitting: Sitting,
) -> None:
    async with sitting() as seat:
        await asked(seat, permission(warnings=["this cannot be undone"]))
        await seat.sees("git push [origin]")
        await seat.sees("this cannot be undone")
        await seat.sees("Allow in this project")
        await seat.sees("bash git push")
        assert not seat.app.chat.query_one(Prompt).region.area
        await seat.press("1")
        await seat.until(lambda: seat.door.answers)
        assert seat.door.answers == [("ask1", Reply("allow", "once"))]
        await seat.until(lambda: seat.app.chat.query_one(Prompt).has_focus)


async def test_always_carries_its_scope(sitting: Sitting) -> None:
    for key, scope in (("2", "session"), ("3", "project"), ("4", "user")):
        async with sitting() as seat:
            await asked(seat, permission())
            await seat.sees("Allow once")
            await seat.press(key)
            await seat.until(lambda: seat.door.answers)
            assert seat.door.answers[0][1].scope == scope


async def test_what_may_be_allowed_once_only_offers_nothing_more(sitting: Sitting) -> None:
    async with sitting() as seat:
        await asked(seat, permission(rules=[]))
        await seat.sees("Allow once")
        assert "Allow always" not in seat.screen()


async def test_enter_alone_never_allows_what_cannot_be_undone(sitting: Sitting) -> None:
    async with sitting() as seat:
        final = Request("bash", "git push --force", irreversible="it rewrites what others have")
        await asked(seat, permission(requests=[final]))
        await seat.sees("Allow once")
        await seat.press("enter")
        await seat.until(lambda: seat.door.answers)
        assert seat.door.answers == [("ask1", Reply("reject"))]


async def test_a_refusal_can_say_why(sitting: Sitting) -> None:
    async with sitting() as seat:
        await asked(seat, permission())
        await seat.sees("Reject and say why")
        await seat.press("up", "enter")
        await seat.type("use make")
        await seat.press("enter")
        await seat.until(lambda: seat.door.answers)
        assert seat.door.answers[0][1] == Reply("reject", reason="use make")


async def test_esc_leaves_the_reason_first_and_then_refuses(sitting: Sitting) -> None:
    async with sitting() as seat:
        await asked(seat, permission())
        await seat.sees("Allow once")
        await seat.press("6")
        await seat.type("no")
        await seat.press("escape")
        assert not seat.door.answers
        await seat.press("escape")
        await seat.until(lambda: seat.door.answers)
        assert seat.door.answers[0][1] == Reply("reject")


async def test_several_questions_wait_in_a_queue(sitting: Sitting) -> None:
    async with sitting() as seat:
        await asked(seat, permission("a", text="first"), permission("b", text="second"))
        await seat.sees("1 more question waits")
        await seat.press("1")
        await seat.sees("second")
        await seat.press("5")
        await seat.until(lambda: len(seat.door.answers) == 2)
        assert [(name, reply.verdict) for name, reply in seat.door.answers] == [
            ("a", "allow"),
            ("b", "reject"),
        ]


async def test_an_answer_given_elsewhere_closes_the_question(sitting: Sitting) -> None:
    async with sitting() as seat:
        await asked(seat, permission())
        await seat.sees("Allow once")
        await seat.door.answer("ask1", Reply("allow"))
        await seat.until(lambda: seat.app.chat.query_one(Prompt).has_focus)


async def test_an_edit_is_asked_with_its_diff(sitting: Sitting) -> None:
    patch = "@@ -1,1 +1,1 @@\n-old\n+new\n"
    async with sitting() as seat:
        await asked(seat, permission(tool="edit", display=[Diff("a.py", patch, 1, 1)]))
        await seat.sees("- old")
        await seat.sees("+ new")


async def test_questions_take_one_many_or_own_words(sitting: Sitting) -> None:
    ask = Ask(
        "q",
        "ses",
        "question",
        questions=[
            Question("Which one?", "Pick", [Option("red"), Option("blue")]),
            Question("Which ones?", "", [Option("a"), Option("b"), Option("c")], multiple=True),
            Question("Why?"),
        ],
        path=["Paint it", "Find the colours"],
    )
    async with sitting() as seat:
        await asked(seat, ask)
        await seat.sees("Which one?")
        await seat.sees("Paint it › Find the colours")
        await seat.press("2")
        await seat.sees("Which ones?")
        await seat.press("space", "3", "2", "2", "enter")
        await seat.sees("Why?")
        await seat.type("because")
        await seat.press("enter")
        await seat.until(lambda: seat.door.answers)
        assert seat.door.answers[0][1].answers == [["blue"], ["a", "c"], ["because"]]


async def test_only_what_has_a_draft_can_be_changed(sitting: Sitting) -> None:
    options = [Option("Build it")]
    plan = Question("Is this the plan?", "Plan", options, draft="1. Build")
    async with sitting() as seat:
        await asked(
            seat, Ask("q", "ses", "question", questions=[plan, Question("So?", "", options)])
        )
        await seat.sees("Change it in your editor…")
        await seat.press("1")
        await seat.sees("So?")
        assert "Change it" not in seat.screen()


async def test_several_answers_are_given_by_the_mouse_alone(sitting: Sitting) -> None:
    extras = Question("Which extras?", "", [Option("docs"), Option("tests")], multiple=True)
    async with sitting() as seat:
        await asked(seat, Ask("q", "ses", "question", questions=[extras]))
        await seat.sees("Space marks several")
        for row in (3, 1, 0, 0, 3):  # nothing to send yet; tests; docs and not docs; send
            await seat.pilot.click("AskPanel Choices", offset=(4, row))
            await seat.pilot.pause()
        await seat.until(lambda: seat.door.answers)
        assert seat.door.answers[0][1].answers == [["tests"]]


async def test_of_several_answers_one_may_be_in_own_words_and_nothing_disturbs_writing_it(
    sitting: Sitting,
) -> None:
    extras = Question("Which extras?", "", [Option("docs"), Option("tests")], multiple=True)
    async with sitting() as seat:
        await asked(seat, Ask("q", "ses", "question", questions=[extras]))
        await seat.sees("Space marks several")
        await seat.press("space", "3")
        await seat.type("a logo")
        here = seat.session.id
        seat.door.tell(AskRaised(here, Ask("r", here, "question", questions=[Question("More?")])))
        await seat.sees("1 more question waits")
        await seat.press("enter")
        await seat.until(lambda: seat.door.answers)
        assert seat.door.answers[0][1].answers == [["docs", "a logo"]]


async def test_the_call_that_waits_is_marked(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.say("Go")
        part = ToolPart("c1", "bash", {"command": "make"}, status="running")
        message = seat.door.stream(seat.session, end=False)
        seat.door.call(seat.session, message, part)
        seat.door.tell(
            AskRaised(seat.session.id, Ask("x", seat.session.id, "permission", "bash", "c1"))
        )
        await seat.sees("? Bash $ make")


async def test_a_question_is_heard_on_other_screens_too(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.say("Go")
        await seat.press("ctrl+g")
        await seat.until(lambda: seat.app.screen is not seat.app.chat)
        seat.door.tell(AskRaised("ses", permission()))
        await seat.sees("A question waits")
        await seat.press("escape")
        await seat.sees("Allow once")


async def test_all_that_would_run_is_seen_beside_the_sidebar_and_at_any_width(
    sitting: Sitting,
) -> None:
    words = [f"word-{n}" for n in range(24)]
    async with sitting(size=(120, 30)) as seat:
        await seat.press("ctrl+b")
        await asked(seat, permission(text=" ".join(words), path=["A long title " * 6]))
        await seat.sees("Allow once")

        def all_there() -> bool:
            screen = seat.screen()
            return all(word in screen for word in [*words, "asks for permission"])

        await seat.until(all_there)
        await seat.press("ctrl+b")
        await seat.until(all_there)
        for size in ((70, 24), (120, 30), (44, 30)):
            await seat.pilot.resize_terminal(*size)
            await seat.until(all_there)


async def test_however_much_is_asked_the_answers_and_the_line_for_words_are_on_screen(
    sitting: Sitting,
) -> None:
    async with sitting(size=(80, 24)) as seat:
        long = "\n".join(f"line {number}" for number in range(60))
        await asked(seat, permission("a", text=long), permission("b"))
        for size in ((80, 24), (40, 10), (80, 12), (20, 6)):
            await seat.pilot.resize_terminal(*size)
            await seat.sees("Allow once")
        await seat.pilot.resize_terminal(80, 24)
        await seat.sees("permission · 1 more question waits")
        await seat.press("6")
        await seat.type("use make")
        await seat.sees("use make")


async def test_a_letter_that_was_meant_for_the_input_answers_no_question(sitting: Sitting) -> None:
    async with sitting() as seat:
        await seat.say("Go")
        await seat.type("wait, 1")
        seat.door.waiting.append(permission())
        seat.door.tell(AskRaised("ses", permission()))
        await seat.press("1")
        await seat.press("escape")
        await seat.sees("wait, 11")
        await seat.sees("Allow once")  # in a pause
        assert not seat.door.answers
        await seat.press("1")
        await seat.until(lambda: seat.door.answers)
        assert seat.door.answers[0][1].verdict == "allow"
        await seat.sees("wait, 11")
