"""Long conversations through a whole workspace, with a model that counts and refuses."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from opencode.core.delta import CallDelta, Delta, TextDelta
from opencode.core.error import SessionError
from opencode.core.event import RunFinished, SessionReplaced
from opencode.core.provider import ModelRequest
from opencode.core.session import Todo
from opencode.tests.fakes.scripts import Desk, desk
from opencode.tests.fakes.small_model import SmallModel, tokens, words

FACTS = [f"Remember: the {n}th port is {n * 7919}." for n in range(1, 21)]
LONG = [TextDelta("".join(f"I see {n * 7919 % 9973}. " for n in range(708)))]
"""Long, and no two sentences the same: an answer that repeats itself is ended."""


@asynccontextmanager
async def with_model(
    project: Path, model: SmallModel, **how: Any
) -> AsyncGenerator[tuple[Desk, str]]:
    async with desk(project, "offline/rules", **how) as at:
        at.door.rooms = replace(at.door.rooms, provider=model)
        session = await at.door.create(model="small/one")
        yield at, session.id


def replaced(at: Desk) -> list[SessionReplaced]:
    return [event for event in at.events if isinstance(event, SessionReplaced)]


def end(at: Desk) -> RunFinished:
    return at.ends()[-1]


async def test_twenty_of_twenty_facts_a_person_stated_are_there_after_folding(
    project: Path,
) -> None:
    model = SmallModel(*[LONG for _ in FACTS], window=12_000)
    async with with_model(project, model) as (at, session):
        for fact in FACTS:
            await at.say(fact, session)
            assert end(at).reason == "done"
        await at.say("Which ports?", session)
        assert [fact for fact in FACTS if fact in words(model.asked[-1])] == FACTS
        assert all(tokens(request) <= model.window for request in model.asked)
        assert len(model.folds) >= 2
        stored = await at.door.session(session)
        assert sum(m.text in FACTS for m in stored.messages if m.role == "user") == 20
        assert len([m for m in stored.messages if m.text == LONG[0].text]) == 20
        assert [event.reason for event in replaced(at)] == ["compaction"] * len(model.folds)
        assert stored.prefix
        assert stored.prefix.breaks == ["compaction"] * len(model.folds)
    async with desk(project, "offline/rules") as again:
        loaded = await again.door.session(session)
        assert [m.id for m in loaded.messages] == [m.id for m in stored.messages]
        assert [m.summary for m in loaded.messages] == [m.summary for m in stored.messages]


async def test_the_agents_that_fold_and_name_have_their_own_model_and_words(project: Path) -> None:
    agents = {
        "compaction": {"model": "small/notes", "prompt": "You fold a conversation tersely."},
        "title": {"model": "small/names", "prompt": "Name it.", "temperature": 0.5},
    }
    model = SmallModel(LONG, [TextDelta("A Name")], window=40_000)
    how: dict[str, Any] = {"overrides": {"agent": agents}, "titles": True}
    async with with_model(project, model, **how) as (at, session):
        await at.say("Say much", session)
        stored = await at.door.session(session)
        await at.until(lambda: stored.titled_by == "model")
        assert stored.title == "A Name"
        named = model.asked[1]
        assert (named.model, named.system, named.temperature) == ("small/names", "Name it.", 0.5)
        await at.say("Go on", session)
        await at.door.compact(session, "")
        asked = {(fold.model, fold.system) for fold in model.folds}
        assert asked == {("small/notes", "You fold a conversation tersely.")}
        assert not {"title", "compaction"} & {agent.name for agent in await at.door.agents()}


async def test_a_session_keeps_its_first_words_when_nobody_names_it(project: Path) -> None:
    model = SmallModel(window=40_000)
    off: dict[str, Any] = {"overrides": {"agent": {"title": {"disable": True}}}, "titles": True}
    async with with_model(project, model, **off) as (at, session):
        await at.say("Say little", session)
        live = await at.door.session(session)
        await at.say("Again", session)
        assert (live.title, len(model.asked)) == ("Say little", 2)


async def test_old_outputs_leave_before_anything_is_folded(project: Path) -> None:
    (project / "big.txt").write_text("\n".join(f"line {n} of much text" for n in range(550)))
    turns = [
        [CallDelta(f"c{n}", "grep", {"pattern": f"much|{n}x", "limit": 120})] for n in range(10)
    ]
    model = SmallModel(*turns, window=10_000)
    async with with_model(project, model) as (at, session):
        await at.say("Look ten times", session)
        assert end(at).reason == "done"
        calls = await at.calls(session)
        assert calls[0].pruned
        assert not calls[-1].pruned
        assert "of much text" in calls[0].output, "it stays in the session"
        assert model.folds == []
        assert all(tokens(request) <= model.window for request in model.asked)


async def test_a_refusal_by_the_provider_makes_room_and_the_run_goes_on(project: Path) -> None:
    model = SmallModel(*[LONG for _ in range(4)], window=100_000, real=9_000)
    async with with_model(project, model) as (at, session):
        for n in range(6):
            await at.say(f"Say more, {n}", session)
            assert end(at).reason == "done"
        assert model.folds
        stored = await at.door.session(session)
        assert not [m for m in stored.messages if m.error]


async def test_what_must_not_be_lost_is_kept_word_for_word(project: Path) -> None:
    long = "very long " * 2000 + "THE END"
    turns = [
        [CallDelta("c1", "bash", {"command": "echo broken; exit 3"})],
        [TextDelta("failed")],
        *[LONG for _ in range(3)],
    ]
    model = SmallModel(*turns, window=40_000)
    async with with_model(project, model) as (at, session):
        at.door.rooms = replace(
            at.door.rooms, gate=replace(at.door.rooms.gate, on_ask=lambda: "auto")
        )
        live = await at.door.session(session)
        await at.say("run it", session)
        for text in ("second", long, "fourth"):
            await at.say(text, session)
        live.todos = [Todo("mend it", "in_progress")]
        live.plan = "1. mend 2. test"
        await at.door.compact(session, "the parser")
        assert "above all: the parser" in words(model.folds[0])
        asked = len(model.asked)
        await at.say("go on", session)
        assert len(model.asked) == asked + 1
        told = words(model.asked[-1])
    for wanted in (
        "**Done**: notes",
        "1. run it",
        "2. second",
        "very long very long",
        "THE END",
        "[in_progress] mend it",
        "1. mend 2. test",
        '{"command": "echo broken; exit 3"}',
        "[exit 3",
        "Today is",
    ):
        assert wanted in told
    (path,) = {word for word in told.split() if "said_" in word}
    assert Path(path).read_text() == long
    (whole,) = {word for word in told.split() if "folded_" in word}
    assert "I see 0. I see 7919. " in Path(whole).read_text()


async def test_no_run_follows_a_fold_and_short_talks_are_left_alone(project: Path) -> None:
    model = SmallModel(window=40_000)
    async with with_model(project, model) as (at, session):
        with pytest.raises(SessionError, match="nothing to fold"):
            await at.door.compact(session)
        await at.say("hello", session)
        with pytest.raises(SessionError, match="would not make this conversation shorter"):
            await at.door.compact(session)
        assert len(model.asked) == 1
        assert replaced(at) == []
        model.turns = [LONG, LONG]
        await at.say("a", session)
        await at.say("b", session)
        await at.door.compact(session)
        assert len(model.asked) == 3
        assert len(replaced(at)) == 1


@pytest.mark.parametrize("notes", ["", "x" * 60_000])
async def test_a_fold_that_does_not_shrink_ends_after_two_tries_with_options(
    project: Path, notes: str
) -> None:
    model = SmallModel(*[LONG for _ in range(9)], window=12_000, notes=lambda _: notes)
    async with with_model(project, model) as (at, session):
        for n in range(9):
            await at.say(f"{n}", session)
            if end(at).reason == "error":
                break
        assert end(at).code == "provider.context"
        assert "could not be folded" in end(at).detail
        assert "larger window" in end(at).hint
        assert len(model.folds) == 2
        stored = await at.door.session(session)
        assert not [m for m in stored.messages if m.summary]
        model.notes = lambda _: "short"
        await at.say("again", session)
        assert end(at).reason == "done", "the session is not wedged"


async def test_a_window_smaller_than_what_always_goes_along_is_an_error_with_figures(
    project: Path,
) -> None:
    (project / "AGENTS.md").write_text("Do this and that. " * 1500)
    model = SmallModel(window=8_000)
    async with with_model(project, model) as (at, session):
        await at.say("hello", session)
        assert end(at).reason == "error"
        assert "small/one reads 8000 tokens" in end(at).detail
        assert "AGENTS.md" in end(at).hint
        assert model.asked == []


async def test_undo_reaches_behind_a_fold(project: Path) -> None:
    model = SmallModel(*[LONG for _ in range(4)], window=40_000)
    async with with_model(project, model) as (at, session):
        for n in range(4):
            await at.say(f"prompt {n}", session)
        await at.door.compact(session)
        first = (await at.door.session(session)).messages[2]
        await at.door.undo(session, first.id)
        stored = await at.door.session(session)
        assert [m.text for m in stored.messages if m.role == "user"] == ["prompt 0"]
        await at.say("prompt x", session)
        assert "prompt 0" in words(model.asked[-1])
        assert "prompt 2" not in words(model.asked[-1])


async def test_what_is_typed_while_folding_is_answered_then(project: Path) -> None:
    at_work, go_on = asyncio.Event(), asyncio.Event()

    class Slow(SmallModel):
        async def stream(self, request: ModelRequest) -> AsyncIterator[Delta]:
            if not request.tools:
                at_work.set()
                await go_on.wait()
            async for delta in super().stream(request):
                yield delta

    model = Slow(*[LONG for _ in range(3)], window=40_000)
    async with with_model(project, model) as (at, session):
        for text in "abc":
            await at.say(text, session)
        folding = asyncio.create_task(at.door.compact(session))
        await at_work.wait()
        await at.door.prompt(session, "and now?")
        with pytest.raises(SessionError, match="busy"):
            await at.door.compact(session)
        go_on.set()
        await folding
        await at.door.idle(session)
        assert "and now?" in words(model.asked[-1])
        assert end(at).reason == "done"
        go_on.clear()
        at_work.clear()
        model.turns = [LONG, LONG]
        await at.say("d", session)
        await at.say("e", session)
        folding = asyncio.create_task(at.door.compact(session))
        await at_work.wait()
        before = list((await at.door.session(session)).messages)
        await at.door.cancel(session)
        with pytest.raises(SessionError, match="cancelled"):
            await folding
        assert (await at.door.session(session)).messages == before
