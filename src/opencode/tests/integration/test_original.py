"""The door on a server of the original, as npm installs it: what the terminal app does there."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from opencode.core.ask import Reply
from opencode.core.delta import TextDelta
from opencode.core.door import Door
from opencode.core.error import SessionBusy, SessionNotFound, UsageError
from opencode.core.event import (
    AskRaised,
    Event,
    FilesChanged,
    MessageAdded,
    MessageChunk,
    Notice,
    QueueChanged,
    RunFinished,
    RunStarted,
    SessionReplaced,
    ToolFinished,
)
from opencode.remote.opening import open_far
from opencode.remote.original.door import OriginalDoor
from opencode.tests.fakes.cutting_proxy import cutter
from opencode.tests.fakes.model_client import model_server
from opencode.tests.fakes.original import Original, call, original

SECRET = "pass word"


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Original]:
    with model_server() as model, original(tmp_path_factory.mktemp("far"), model, SECRET) as found:
        yield found


async def heard(events: AsyncIterator[Any], until: Callable[[Event], bool]) -> list[Event]:
    seen: list[Event] = []
    async for numbered in events:
        seen.append(numbered.event)
        if until(numbered.event):
            break
    return seen


def is_over(event: Event) -> bool:
    return isinstance(event, RunFinished)


def is_a_piece(event: Event) -> bool:
    return isinstance(event, MessageChunk) and isinstance(event.delta, TextDelta)


def text_of(events: list[Event]) -> str:
    chunks = [event.delta for event in events if isinstance(event, MessageChunk)]
    return "".join(delta.text for delta in chunks if isinstance(delta, TextDelta))


def last_of(events: list[Event]) -> tuple[str, str]:
    end = events[-1]
    assert isinstance(end, RunFinished)
    return end.reason, end.detail


async def test_a_prompt_streams_its_calls_are_asked_about_and_all_of_it_can_be_read_again(
    at: Original,
) -> None:
    (at.project / "seen.txt").write_text("needle\n")
    at.say(
        call("write", filePath=str(at.project / "new.txt"), content="one\ntwo\n"),
        call("bash", command="echo here"),
        {"reasoning": "Hm", "text": ["It ", "is\u2028", "done"]},
    )
    async with open_far(at.url, SECRET) as door:
        session = await door.create(agent="build", model="fake/two")
        async with door.subscribe() as events:
            await door.prompt(session.id, "Write it, see @seen.txt")
            begun = await heard(events, lambda event: isinstance(event, AskRaised))
            ask = begun[-1].ask if isinstance(begun[-1], AskRaised) else None
            assert ask
            assert await door.asks() == [ask]
            assert (ask.tool, ask.text, ask.scopes) == ("bash", "echo here", ("project",))
            assert await door.answer(ask.id, Reply("allow"))
            assert not await door.answer(ask.id, Reply("allow"))
            rest = await heard(events, is_over)
        seen = [*begun, *rest]
        whole = await door.session(session.id)
    assert [type(event) for event in seen if isinstance(event, MessageAdded | RunStarted)] == [
        MessageAdded,
        RunStarted,
    ]
    assert text_of(seen) == "It is\u2028done"
    assert last_of(seen) == ("done", "")
    assert [e.paths for e in seen if isinstance(e, FilesChanged)] == [["new.txt"]]
    done = [event.call for event in seen if isinstance(event, ToolFinished)]
    assert [(one.tool, one.status) for one in done] == [
        ("write", "completed"),
        ("bash", "completed"),
    ]
    assert [one for message in whole.messages for one in message.calls] == done
    assert "needle" in "".join(getattr(part, "text", "") for part in whole.messages[0].parts)
    assert (whole.agent, whole.model) == ("build", "fake/two")
    assert whole.messages[-1].text == "It is\u2028done"


async def test_stopping_failing_and_waiting_look_as_they_do_at_home(at: Original) -> None:
    slow = {"events": [{"text": "It "}, {"sleep": 60}, {"text": "never ends"}]}
    at.say(slow, {"status": 400, "error": "no way"}, slow)
    async with open_far(at.url, SECRET) as door:
        session = await door.create()
        async with door.subscribe() as events:
            await door.prompt(session.id, "Slowly")
            await heard(events, is_a_piece)
            assert await door.cancel(session.id)
            assert last_of(await heard(events, is_over)) == ("cancelled", "")
            assert not await door.cancel(session.id)
            await door.prompt(session.id, "Again")
            assert last_of(await heard(events, is_over)) == ("error", "no way")
            await door.prompt(session.id, "Now", model="fake/none")
            end = last_of(await heard(events, is_over))
            assert end == ("error", "Model not found: fake/none.")
            await door.update(session.id, model="fake/one")
            await door.prompt(session.id, "Slowly")
            await heard(events, is_a_piece)
            await door.prompt(session.id, "And this")
            waiting = await heard(events, lambda event: isinstance(event, QueueChanged))
            found = await door.session(session.id)
            assert [one.text for one in found.queued] == ["And this"]
            assert found.messages[-1].text == "It "
            assert waiting[-1] == QueueChanged(session.id, found.queued)
            with pytest.raises(SessionBusy):
                await door.withdraw(session.id, found.queued[0].id)
            with pytest.raises(SessionBusy):
                await door.undo(session.id)
            await door.cancel(session.id)
            await heard(events, is_over)


async def test_undo_takes_prompt_after_prompt_with_its_files_and_redo_brings_them(
    at: Original,
) -> None:
    first, second = at.project / "first.txt", at.project / "second.txt"
    async with open_far(at.url, SECRET) as door:
        session = await door.create()
        async with door.subscribe() as events:
            for file in (first, second):
                at.say(call("write", filePath=str(file), content="x\n"), {"text": "Written"})
                await door.prompt(session.id, f"Write {file.name}")
                await heard(events, is_over)
            await _until(door, session.id, 2)
            changed = [one.diff.path for one in await door.changes(session.id)]
            assert changed == ["first.txt", "second.txt"]
            undone = await door.undo(session.id)
            assert (undone.prompt and undone.prompt.text, undone.files) == (
                "Write second.txt",
                ["second.txt"],
            )
            await heard(events, lambda event: isinstance(event, SessionReplaced))
            assert (await door.undo(session.id)).files == ["first.txt"]
            assert not first.exists()
            assert not second.exists()
            empty = await door.session(session.id)
            assert (empty.messages, len(empty.undone)) == ([], 2)
            with pytest.raises(UsageError):
                await door.undo(session.id)
            assert (await door.redo(session.id)).files == ["first.txt"]
            assert (first.exists(), second.exists()) == (True, False)
            await door.redo(session.id)
            assert second.exists()
            with pytest.raises(UsageError):
                await door.redo(session.id)


async def _until(door: Door, session: str, count: int) -> None:
    """The server notes a moment later what a prompt changed."""
    async with asyncio.timeout(10):
        while len(await door.changes(session)) < count:
            await asyncio.sleep(0.05)


async def test_sessions_models_agents_and_commands_are_those_of_the_server(at: Original) -> None:
    async with open_far(at.url, SECRET) as door:
        assert (await door.agents())[0].name == "build"
        assert {one.name for one in await door.agents() if not one.hidden} >= {"plan", "general"}
        models = {one.id: one.window for one in await door.models()}
        assert (models["fake/one"], models["fake/two"]) == (100_000, 50_000)
        assert (await door.default_model()).id == "fake/one"
        assert "init" in [one.name for one in await door.commands()]
        assert (await door.mcp_servers(), await door.isolation()) == ([], "none")
        session = await door.create(title="Found by its title")
        assert [one.id for one in await door.sessions("found by")] == [session.id]
        assert (await door.session(session.id[4:16])).title == "Found by its title"
        assert (await door.update(session.id, title="Other", agent="plan")).agent == "plan"
        copy = await door.fork(session.id)
        await door.delete(copy.id)
        with pytest.raises(SessionNotFound):
            await door.session(copy.id)
        line = await door.tool(session.id, "bash", {"command": "echo by hand"})
        assert (line.tool, line.output) == ("bash", "by hand\n")
        await door.idle(session.id)
        at.say({"text": "What mattered", "repeat": True})
        await door.compact(session.id)
        folded = (await door.session(session.id)).messages[-1]
        assert (folded.summary, folded.text) == (True, "What mattered")


async def test_what_the_original_cannot_do_is_one_sentence(at: Original) -> None:
    async with open_far(at.url, SECRET) as door:
        session = await door.create()
        for refused in (
            door.revert(session.id, "a.txt"),
            door.restore(session.id, "a.txt", "1"),
            door.compact(session.id, "the tests"),
            door.tool(session.id, "read", {"path": "a.txt"}),
        ):
            with pytest.raises(UsageError, match=r"The original's server .*\.$"):
                await refused


async def test_a_command_runs_as_the_server_knows_it_and_a_question_is_answered(
    at: Original,
) -> None:
    options = [{"label": "Red", "description": ""}, {"label": "Blue", "description": ""}]
    asked = [{"question": "Which?", "header": "Colour", "options": options}]
    at.say(call("question", questions=asked), {"text": "Blue it is"})
    async with open_far(at.url, SECRET) as door:
        session = await door.create()
        async with door.subscribe() as events:
            await door.prompt(session.id, "/init the tests above all")
            begun = await heard(events, lambda event: isinstance(event, AskRaised))
            ask = begun[-1].ask if isinstance(begun[-1], AskRaised) else None
            assert ask
            assert (ask.kind, ask.questions[0].text) == ("question", "Which?")
            await door.answer(ask.id, Reply("allow", answers=[["Blue"]]))
            rest = await heard(events, is_over)
    assert (text_of(rest), last_of(rest)) == ("Blue it is", ("done", ""))
    assert "the tests above all" in str(at.model.bodies())


async def test_a_broken_connection_is_made_again_and_what_was_missed_is_read_anew(
    at: Original,
) -> None:
    at.say({"events": [{"text": "One "}, {"sleep": 1}, {"text": "two"}]})
    async with cutter(urlsplit(at.url).port or 0) as between, open_far(between.url, SECRET) as door:
        session = await door.create()
        async with door.subscribe() as events:
            await door.prompt(session.id, "Count")
            await heard(events, is_a_piece)
            between.refuse = True
            between.cut()
            lost = await heard(events, lambda event: isinstance(event, Notice))
            async with open_far(at.url, SECRET) as near:
                await near.idle(session.id)
            between.refuse = False
            back = await heard(events, lambda event: isinstance(event, SessionReplaced))
            found = await door.session(session.id)
    assert [e.code for e in (*lost, *back) if isinstance(e, Notice)] == [
        "remote.lost",
        "remote.back",
    ]
    assert [last_of([e]) for e in back if isinstance(e, RunFinished)] == [("done", "")]
    assert found.messages[-1].text == "One two"


async def test_who_comes_in_the_middle_sees_that_something_runs_and_reads_it_whole(
    at: Original,
) -> None:
    at.say({"events": [{"text": "One "}, {"sleep": 1}, {"text": "two"}]})
    async with open_far(at.url, SECRET) as first, open_far(at.url, SECRET) as second:
        session = await first.create()
        async with first.subscribe() as events:
            await first.prompt(session.id, "Count")
            await heard(events, is_a_piece)
            async with second.subscribe() as later:
                await second.session(session.id)
                seen = await heard(later, lambda event: isinstance(event, SessionReplaced))
                assert isinstance(seen[0], RunStarted)
                whole = await second.session(session.id)
    assert whole.messages[-1].text == "One two"


async def test_another_folder_of_this_machine_is_another_project(
    at: Original, tmp_path: Path
) -> None:
    async with open_far(at.url, SECRET, folder=str(tmp_path)) as door:
        assert isinstance(door, OriginalDoor)
        session = await door.create(title="Elsewhere")
        assert session.directory == str(tmp_path)
        assert [one.id for one in await door.sessions()] == [session.id]


async def test_a_wrong_password_is_told(at: Original) -> None:
    with pytest.raises(UsageError, match="password"):
        async with open_far(at.url, "other"):
            pass
