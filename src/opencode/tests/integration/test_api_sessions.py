"""The Python API beyond the guide: own tools, sessions, events, callbacks, and the sync face."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from opencode import Ask, OpenCode, Reply, Tool, ToolContext, ToolResult
from opencode import sync as plain
from opencode.core.error import OpenCodeError, SessionNotFound, UsageError
from opencode.core.event import RunFinished, SessionUpdated, ToolFinished
from opencode.tests.fakes.scripts import script


def calls(tool: str, **given: Any) -> list[dict[str, Any]]:
    return [{"call": [tool, given]}]


async def test_a_function_and_a_tool_are_handed_over_and_used_unasked(
    project: Path, tmp_path: Path
) -> None:
    class Shout(Struct):
        word: str

    class Shouting(Tool[Shout]):
        name = "shout"
        description = "Say it loudly."
        input = Shout

        async def run(self, args: Shout, ctx: ToolContext) -> ToolResult:
            return ToolResult(args.word.upper())

    oc = OpenCode(
        model=script(
            tmp_path,
            "s",
            calls("stock", fruit="apples"),
            calls("shout", word="three"),
            [{"text": "Three."}],
        )
    )

    @oc.tool
    def stock(fruit: str, where: str = "cellar") -> int:
        """How many are there?"""
        return len(fruit + where)

    oc.tool(Shouting())
    async with oc:
        assert (await oc.chat("Apples?")).content == "Three."
        outputs = [call.output for m in (await oc.session()).messages for call in m.calls]
        assert outputs == ["12", "THREE"]
        with pytest.raises(UsageError, match="open already"):
            oc.tool(stock)


async def test_a_rule_that_denies_holds_for_own_tools_too(project: Path) -> None:
    (project / "opencode.toml").write_text('[permission]\nstock = "deny"\n')
    oc = OpenCode()

    @oc.tool
    def stock(fruit: str) -> int:
        """How many are there?"""
        raise AssertionError(fruit)

    async with oc:
        assert (await oc.execute_tool("stock", {"fruit": "figs"})).is_error


async def test_names_that_are_taken_are_refused(project: Path) -> None:
    oc = OpenCode()

    @oc.tool
    def read(path: str) -> str:
        """Read."""
        return path

    with pytest.raises(UsageError, match="'read'"):
        async with oc:
            pass


async def test_conversations_are_begun_listed_resumed_and_taken_back(
    project: Path, tmp_path: Path
) -> None:
    model = script(
        tmp_path,
        "s",
        [{"text": "One"}],
        [{"text": "Two"}],
        calls("write", path="a.txt", content="x\n"),
        [{"text": "Written"}],
    )
    async with OpenCode(model=model, permission="auto") as oc:
        first = (await oc.chat("First")).session
        second = await oc.new(title="Second one")
        assert (await oc.chat("Say two")).session == second.id
        assert {info.id for info in await oc.sessions()} == {first, second.id}
        assert (await oc.use(first)).id == first
        await oc.chat("Write a.txt")
        assert (project / "a.txt").exists()
        assert (await oc.undo()).files == ["a.txt"]
        assert not (project / "a.txt").exists()
        await oc.redo()
        assert (project / "a.txt").exists()
        with pytest.raises(SessionNotFound):
            await oc.use("ses_nothing")
    async with OpenCode(session=second.id) as oc:
        assert [m.text for m in (await oc.session()).messages] == ["Say two", "Two"]


async def test_every_event_of_a_run_is_seen_and_those_of_the_project(
    project: Path, tmp_path: Path
) -> None:
    (project / "a.txt").write_text("needle\n")
    model = script(tmp_path, "s", calls("read", path="a.txt"), [{"text": "Read."}])
    async with OpenCode(model=model) as oc:
        everything = oc.events()
        seen = asyncio.ensure_future(anext(everything))
        await asyncio.sleep(0)
        kinds = [type(event) async for event in oc.run("Read a.txt")]
        assert isinstance(await seen, SessionUpdated)
        await everything.aclose()
    assert ToolFinished in kinds
    assert kinds[-1] is RunFinished


async def test_who_stops_reading_stops_the_run(project: Path, tmp_path: Path) -> None:
    model = script(tmp_path, "s", [{"text": "a"}, {"sleep": 30}, {"text": "b"}])
    async with OpenCode(model=model) as oc:
        pieces = oc.chat_stream("Slowly")
        assert (await anext(pieces)).content == "a"
        await pieces.aclose()
        session = await oc.session()
        await oc.door.idle(session.id)
        assert (await oc.session()).messages[-1].text == "a"


async def test_a_callback_also_answers_for_tools_run_by_hand_and_may_say_yes_or_no(
    project: Path,
) -> None:
    (project / "a.txt").write_text("x")
    threads: list[bool] = []

    def judge(ask: Ask) -> bool:
        threads.append(threading.current_thread() is threading.main_thread())
        return ask.requests[0].target == "a.txt"

    async with OpenCode(permission=judge) as oc:
        assert not (await oc.execute_tool("rm", {"path": "a.txt"})).is_error
        (project / "b.txt").write_text("x")
        assert (await oc.execute_tool("rm", {"path": "b.txt"})).is_error
    assert threads == [False, False]


async def test_a_bug_of_the_callback_ends_the_block_with_that_bug(project: Path) -> None:
    (project / "a.txt").write_text("x")

    async def judge(ask: Ask) -> Reply:
        raise ZeroDivisionError(ask.id)

    with pytest.raises(ZeroDivisionError):
        async with OpenCode(permission=judge) as oc:
            await oc.execute_tool("rm", {"path": "a.txt"})
    assert (project / "a.txt").exists()


def test_scripts_need_no_async(project: Path, tmp_path: Path) -> None:
    (project / "a.txt").write_text("x")
    model = script(
        tmp_path,
        "s",
        [{"text": "Hello"}],
        [{"text": "one "}, {"text": "two"}],
        [{"text": "Said "}, {"sleep": 30}],
    )
    with plain.OpenCode(model=model, permission=lambda ask: True) as oc:
        assert oc.chat("Hi").content == "Hello"
        assert "".join(chunk.content for chunk in oc.chat_stream("More")) == "one two"
        assert not oc.execute_tool("rm", {"path": "a.txt"}).is_error
        for chunk in oc.chat_stream("Slowly"):
            assert chunk.content == "Said "
            break
        assert len(oc.sessions()) == 1
        assert oc.new(title="Next").title == "Next"
        assert any(model.id == "offline/rules" for model in oc.ask_door(lambda d: d.models()))
    with pytest.raises(UsageError, match="Not open"):
        oc.chat("Gone")
    assert not [t for t in threading.enumerate() if t.name == "opencode"]


def test_a_script_s_bugs_and_failures_reach_the_script(project: Path) -> None:
    (project / "a.txt").write_text("x")

    def judge(ask: Ask) -> bool:
        raise ZeroDivisionError(ask.id)

    with pytest.raises(ZeroDivisionError), plain.OpenCode(permission=judge) as oc:
        oc.execute_tool("rm", {"path": "a.txt"})
    with pytest.raises(OpenCodeError), plain.OpenCode(model="nobody/none") as oc:
        oc.chat("Hi")
