import asyncio
import json
import os
from pathlib import Path

import pytest

from opencode.core.ask import Question
from opencode.core.error import ToolError, UsageError
from opencode.core.message import TextPart
from opencode.tests.unit.mcp.calling import context, running, toy, until


async def call(servers, name: str, ctx, **arguments):
    tool = servers.tools()[name]
    return await tool.run(tool.parse(arguments), ctx)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


async def gone(*pids: int) -> None:
    await until(lambda: not any(map(is_alive, pids)))


async def test_a_server_is_used_in_every_way_it_offers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_THING", "hidden")
    told: list[str] = []
    ctx = context(tmp_path, told=told)
    async with running(tmp_path, toy=toy("noise", env={"GIVEN": "yes"})) as servers:
        assert await servers.tried(20) == []
        tools = servers.tools()
        assert len(tools) == 19, "both pages of the list"
        assert tools["toy_add"].offer.schema["properties"]["a"] == {"type": "integer"}
        assert not tools["toy_look"].has_effects({}, ctx.place)
        assert tools["toy_echo"].has_effects({}, ctx.place)
        assert tools["toy_echo"].requests({"text": "é"}, ctx.place)[0].target == '{"text": "é"}'

        assert (await call(servers, "toy_echo", ctx, text="hello")).output == "hello"
        assert json.loads((await call(servers, "toy_add", ctx, a=2, b=3)).output) == {"sum": 5}
        picture = await call(servers, "toy_picture", ctx)
        assert picture.output.startswith("a dot")
        assert [file.mime for file in picture.files] == ["image/png"]
        assert (await call(servers, "toy_variable", ctx, text="GIVEN")).output == "yes"
        assert (await call(servers, "toy_variable", ctx, text="SECRET_THING")).output == (
            "(not set)"
        )
        assert (await call(servers, "toy_slow", ctx)).output == "slow but done"
        assert told[-1] == "part 3 (3 of 3)"
        assert tmp_path.as_uri() in (await call(servers, "toy_roots", ctx)).output
        with pytest.raises(ToolError, match="it cannot be done"):
            await call(servers, "toy_fail", ctx)
        long = (await call(servers, "toy_long", ctx)).output
        assert len(long) < 60_000
        assert "call_1-long.txt" in long

        await call(servers, "toy_grow", ctx)
        await until(lambda: "toy_grown" in servers.tools())
        assert (await call(servers, "toy_grown", ctx)).output == "I am new"

        assert [r.uri for r in servers.resources()["toy"]] == ["toy://note"]
        [part] = await servers.mentioned("look at @toy:toy://note, please")
        assert isinstance(part, TextPart)
        assert "a note to read" in part.text
        expanded = await servers.expanded("/toy:explain black holes")
        assert expanded == "Explain black holes to a child."
        with pytest.raises(UsageError, match="needs topic"):
            await servers.expanded("/toy:explain")
        with pytest.raises(UsageError, match="it has: explain"):
            await servers.expanded("/toy:other")
        assert await servers.expanded("/other:explain x") == "/other:explain x"
        [words] = servers.instructions([])
        assert "Echo before you add." in words.text


async def test_a_cancelled_call_is_cancelled_at_the_server_and_others_go_on(tmp_path: Path) -> None:
    ctx = context(tmp_path)
    async with running(tmp_path, toy=toy()) as servers:
        await servers.tried(20)
        stuck = asyncio.create_task(call(servers, "toy_stuck", ctx))
        await call(servers, "toy_echo", ctx, text="meanwhile")
        stuck.cancel()
        with pytest.raises(asyncio.CancelledError):
            await stuck
        told = "[]"
        while told == "[]":
            told = (await call(servers, "toy_cancelled", ctx)).output


async def test_a_silent_call_ends_with_the_reason_and_the_server_lives_on(tmp_path: Path) -> None:
    ctx = context(tmp_path)
    async with running(tmp_path, toy=toy(timeout=0.3)) as servers:
        await servers.tried(20)
        with pytest.raises(ToolError, match=r"said nothing for 0\.3 s"):
            await call(servers, "toy_stuck", ctx)
        assert (await call(servers, "toy_echo", ctx, text="alive")).output == "alive"


async def test_a_servers_question_is_put_to_the_person(tmp_path: Path) -> None:
    asked: list[list[Question]] = []

    async def answer(questions: list[Question]) -> list[list[str]]:
        asked.append(questions)
        return [["blue"], ["many"]] if len(asked) == 1 else [["7"]]

    async def refuse(questions: list[Question]) -> list[list[str]]:
        del questions
        raise ToolError("nobody is here")

    async with running(tmp_path, toy=toy()) as servers:
        await servers.tried(20)
        filled = json.loads((await call(servers, "toy_ask", context(tmp_path, answer))).output)
        assert filled == {"action": "accept", "content": {"colour": "blue", "size": 7}}
        assert [option.label for option in asked[0][0].options] == ["red", "blue"]
        assert "toy asks: Which one?" in asked[0][1].text
        [again] = asked[1]
        assert "size must be a number" in again.text
        declined = json.loads((await call(servers, "toy_ask", context(tmp_path, refuse))).output)
        assert declined["action"] == "decline"


@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        ("die", r"exit code 7: last words"),
        ("garbage", "what is no message of the protocol"),
        ("flood", "a message of more than 16 MB"),
    ],
)
async def test_a_server_lost_in_a_call_says_why_and_comes_back(
    deed: str, reason: str, tmp_path: Path
) -> None:
    ctx = context(tmp_path)
    async with running(tmp_path, toy=toy(), other=toy()) as servers:
        await servers.tried(20)
        with pytest.raises(ToolError, match=reason):
            await call(servers, f"toy_{deed}", ctx)
        assert (await call(servers, "other_echo", ctx, text="unmoved")).output == "unmoved"
        assert (await call(servers, "toy_echo", ctx, text="back")).output == "back"


async def test_servers_that_cannot_start_delay_nobody_and_say_why(tmp_path: Path) -> None:
    told: list[tuple[str, str, str]] = []
    async with running(
        tmp_path,
        lambda *news: told.append(news),
        missing={"command": "no-such-program-anywhere"},
        crash=toy("crash"),
        hang=toy("hang", startup_timeout=0.2),
        good=toy(),
    ) as servers:
        await servers.tried(20)
        why = {(name, state): detail for name, state, detail in told}
        assert "'no-such-program-anywhere' was not found" in why["missing", "failed"]
        assert "failed to connect" in why["crash", "restarting"]
        assert "it could not start" in why["crash", "restarting"]
        assert "said nothing for 0.2 s" in why["hang", "restarting"]
        assert why["good", "ready"] == ""
        assert {tool.server for tool in servers.tools().values()} == {"good"}


async def test_a_server_is_started_again_three_times_and_then_given_up(tmp_path: Path) -> None:
    count = tmp_path / "count"
    script = f"open({str(count)!r}, 'a').write('x'); raise SystemExit('no')"
    states: list[str] = []
    async with running(tmp_path, bad={"command": "python3", "args": ["-c", script]}) as servers:
        await until(lambda: servers.lives["bad"].state == "failed")
        states.append(servers.lives["bad"].detail)
    assert count.read_text() == "xxxx"
    assert "Given up after 3 restarts" in states[0]


async def test_the_whole_family_of_a_server_ends_with_the_workspace(tmp_path: Path) -> None:
    ctx = context(tmp_path)
    async with running(tmp_path, toy=toy()) as servers:
        await servers.tried(20)
        pids = json.loads((await call(servers, "toy_children", ctx)).output)
        assert all(map(is_alive, pids))
    await gone(*pids)
