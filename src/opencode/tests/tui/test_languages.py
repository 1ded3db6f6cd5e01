from contextvars import Context, copy_context
from time import monotonic

import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from opencode.core.ask import Ask
from opencode.core.error import UsageError
from opencode.core.event import AskRaised
from opencode.core.permission import Rule
from opencode.core.provider import ModelInfo
from opencode.i18n.catalog import Catalogue, languages, speak, t
from opencode.i18n.width import width
from opencode.tests.fakes.door import FakeDoor
from opencode.tests.tui.conftest import Seat, Sitting
from opencode.tests.tui.test_review import changed
from opencode.tests.tui.test_snapshots import conversation
from opencode.tui.acts.view import language
from opencode.tui.steering import Guests
from opencode.tui.widgets.status_bar import StatusBar

every_language = pytest.mark.parametrize("code", sorted(languages()))


def rows(seat: Seat) -> list[str]:
    return seat.screen().split("\n")


@every_language
async def test_the_main_screen_fits_eighty_columns(
    sitting: Sitting, code: str, snapshot: object
) -> None:
    said = Catalogue(code)
    async with sitting((80, 36), conversation(), language=code, newest=True) as seat:
        await seat.sees(said.t("transcript.thought"))
        await seat.sees(said.t("status.sandbox"))
        assert said.t("chat.placeholder") in seat.screen()
        assert "\n".join(row.rstrip() for row in rows(seat)) == snapshot
        facts = seat.app.facts
        facts.model, facts.isolation = "gpt-5.2", "none"
        seat.app.query_one(StatusBar).update()
        await seat.sees(f" {said.t('status.help')}")
        assert said.t("status.no_sandbox") in rows(seat)[-1]
        facts.busy, facts.doing, facts.since = True, "thinking", monotonic() - 75
        facts.context, facts.window = 61_234, 200_000
        seat.app.query_one(StatusBar).update()
        await seat.sees(said.t("status.thinking"))
        for key in ("status.esc", "status.no_sandbox"):
            assert said.t(key) in rows(seat)[-1], key
        assert {cell_len(row) for row in rows(seat)} == {80}


@every_language
async def test_a_review_and_a_question_fit_eighty_columns(sitting: Sitting, code: str) -> None:
    said, door = Catalogue(code), changed()
    async with sitting((80, 24), door, language=code) as seat:
        await seat.say("Go")
        await seat.press("ctrl+g")
        await seat.until(lambda: seat.app.screen is not seat.app.chat)
        await seat.sees(said.t("review.title", n=2, added=3, removed=2))
        keys = said.t("review.hunk", which=1, n=2).split(" · ")
        await seat.until(lambda: all(key in " ".join(seat.screen().split()) for key in keys))
        await seat.press("escape")
        await seat.until(lambda: seat.app.screen is seat.app.chat)
        ask = Ask("a1", seat.session.id, "permission", tool="bash", text="rm -rf build")
        ask = replace(ask, rules=[Rule("bash", "rm *", "allow")])
        door.tell(AskRaised(ask.session, ask))
        await seat.sees("rm -rf build")
        for key in ("once", "session", "project", "reject"):
            assert said.t(f"ask.{key}") in seat.screen(), key
        assert {cell_len(row) for row in rows(seat)} == {80}


async def test_all_that_stands_there_changes_with_the_language(sitting: Sitting) -> None:
    async with sitting((100, 50), conversation(), newest=True) as seat:
        await seat.sees(t("transcript.thought"))
        desk = seat.app.chat.desk
        assert desk is not None
        other = next(code for code in languages() if code != "en")
        said = Catalogue(other)
        await language(desk, languages()[other])
        for key in ("transcript.thought", "status.help", "chat.placeholder"):
            await seat.sees(said.t(key))
        await language(desk, "en")
        await seat.sees(Catalogue("en").t("chat.placeholder"))


async def test_what_can_be_done_without_a_key_is_said_in_the_language_that_is_spoken(
    sitting: Sitting,
) -> None:
    door = FakeDoor()
    door.first = ModelInfo("offline/rules")
    async with sitting((80, 24), door) as seat:
        await seat.sees(t("models.keyless"))
        await seat.sees("    " + t("models.keyless_hint"))
        desk = seat.app.chat.desk
        assert desk is not None
        await language(desk, "de")
        await seat.sees(Catalogue("de").t("models.keyless"))
        assert Catalogue("en").t("models.keyless_hint") not in seat.screen()


async def test_a_model_nobody_knows_is_not_said_to_answer(sitting: Sitting) -> None:
    door = FakeDoor()
    door.first = UsageError("There is no provider 'nope'", hint="Did you mean open?")
    async with sitting((80, 24), door, model="nope/x") as seat:
        await seat.sees("Did you mean open?")
        await seat.sees("nope/x is not known")
        await seat.type("/models fake/two")
        await seat.press("enter")
        await seat.sees("fake/two answers")


async def test_what_a_server_tells_the_app_to_do_is_told_in_the_app_s_language(
    sitting: Sitting,
) -> None:
    said = Catalogue("de")
    async with sitting((80, 24), language="de") as seat:
        await seat.sees(said.t("help.mention"))
        here = copy_context()
        here.run(speak, said)
        guests = here.run(Guests, seat.app.chat, seat.app.facts)
        Context().run(guests.shown, "http://127.0.0.1:4096")
        await seat.sees(":4096")
        assert said.t("help.mention") in seat.screen()


async def test_a_language_nobody_speaks_is_said_at_the_start(sitting: Sitting) -> None:
    async with sitting(language="klingon") as seat:
        await seat.sees("There is no language “klingon”")


def test_our_columns_are_the_terminal_s() -> None:
    for code in languages():
        for text in (Catalogue(code).t("chat.placeholder"), "สวัสดีครับ น้ำ", "العَرَبِيَّة", "日本語。"):
            assert width(text) == cell_len(text), text
