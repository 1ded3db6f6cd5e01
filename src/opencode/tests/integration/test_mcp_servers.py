import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from opencode.config import trust
from opencode.config.load import load_settings
from opencode.core.ask import Ask, Reply
from opencode.core.event import Notice, ServerChanged
from opencode.core.message import TextPart
from opencode.tests.fakes.scripts import call, desk, script
from opencode.tests.unit.mcp.calling import TOY, toy, until
from opencode.tests.unit.mcp.test_stdio_servers import is_alive


def servers(**entries) -> dict[str, object]:
    return {"mcp": {"servers": entries}}


def states(at) -> list[tuple[str, str]]:
    return [(e.name, e.state) for e in at.events if isinstance(e, ServerChanged)]


async def test_tools_of_servers_are_offered_asked_about_and_used(
    project: Path, tmp_path: Path
) -> None:
    model = script(
        tmp_path,
        "model",
        [call("toy_echo", text="from afar")],
        [call("toy_ask")],
        [{"text": "done"}],
    )

    def answers(ask: Ask) -> Reply:
        if ask.kind == "question":
            return Reply("allow", answers=[["red"], ["3"]])
        return Reply("allow")

    async with desk(project, model, answers, overrides=servers(toy=toy()), servers_within=20) as at:
        session = await at.say("use it")
        echo, asked = await at.calls(session)
        assert (echo.status, echo.output) == ("completed", "from afar")
        assert json.loads(asked.output)["content"] == {"colour": "red", "size": 3}
        assert 'toy_echo {"text": "from afar"}' in at.asks[0].text
        kept = await at.door.session(session)
        assert kept.prefix
        assert {"read", "toy_echo", "toy_add"} <= {tool.name for tool in kept.prefix.tools}
        told = [p.text for m in kept.messages for p in m.parts if isinstance(p, TextPart)]
        assert sum("Echo before you add." in text for text in told) == 1
        assert states(at)[:2] == [("toy", "starting"), ("toy", "ready")]


async def test_without_waiting_tools_join_at_a_later_prompt_at_the_end_of_the_list(
    project: Path, tmp_path: Path
) -> None:
    model = script(tmp_path, "model", [{"text": "one"}], [{"text": "two"}])
    async with desk(project, model, overrides=servers(toy=toy())) as at:
        session = await at.say("first")
        before = (await at.door.session(session)).prefix
        assert before
        assert not any(tool.name.startswith("toy_") for tool in before.tools)
        await at.until(lambda: ("toy", "ready") in states(at))
        await at.say("second", session)
        after = (await at.door.session(session)).prefix
        assert after
        assert after.tools[: len(before.tools)] == before.tools
        assert after.system == before.system
        assert len(after.tools) == len(before.tools) + 19
        assert len(after.breaks) == 1


async def test_dead_servers_delay_no_request_and_a_server_lost_in_a_call_is_told_to_the_model(
    project: Path, tmp_path: Path
) -> None:
    model = script(
        tmp_path, "model", [call("toy_die")], [call("toy_echo", text="again")], [{"text": "done"}]
    )
    entries = servers(toy=toy(), gone={"command": "no-such-program"}, hang=toy("hang"))
    async with desk(
        project, model, lambda ask: Reply("allow"), overrides=entries, servers_within=3
    ) as at:
        session = await at.say("go")
        died, echo = await at.calls(session)
        assert died.status == "error"
        assert "exit code 7" in died.output
        assert (echo.status, echo.output) == ("completed", "again")
        [late] = [e for e in at.events if isinstance(e, Notice) and e.code == "mcp.late"]
        assert "hang" in late.text
        assert ("gone", "failed") in states(at)
        [failed] = [e for e in at.events if isinstance(e, Notice) and e.code == "mcp.failed"]
        assert "gone failed to connect: 'no-such-program' was not found" in failed.text


async def test_servers_of_a_project_start_only_when_it_is_trusted(
    project: Path, tmp_path: Path
) -> None:
    (project / "opencode.toml").write_text(
        f"[mcp.servers.toy]\ncommand = {json.dumps(sys.executable)}\nargs = [{json.dumps(TOY)}]\n"
    )
    model = script(tmp_path, "model", [{"text": "hello"}])
    async with desk(project, model, servers_within=20) as at:
        await at.say("hi")
        assert states(at) == []
        told = [event.text for event in at.events if isinstance(event, Notice)]
        assert any("mcp.servers.toy" in text for text in told)
    loaded = load_settings(project)
    trust.trust(loaded.root, loaded.seen)
    async with desk(project, model, servers_within=20) as at:
        await at.say("hi")
        assert ("toy", "ready") in states(at)


async def test_mentioned_resources_and_prompts_go_with_what_is_said(
    project: Path, tmp_path: Path
) -> None:
    model = script(tmp_path, "model", [{"text": "read"}], [{"text": "explained"}])
    async with desk(project, model, overrides=servers(toy=toy()), servers_within=20) as at:
        session = await at.say("What is in @toy:toy://note?")
        await at.say("/toy:explain the sea", session)
        asked = [m for m in (await at.door.session(session)).messages if m.role == "user"]
        first = [p.text for p in asked[0].parts if isinstance(p, TextPart)]
        assert any("a note to read" in text for text in first)
        assert asked[1].text == "Explain the sea to a child."
        assert "toy:explain" in [command.name for command in await at.door.commands()]


async def test_an_agent_that_may_not_change_anything_uses_only_tools_that_say_they_read(
    project: Path, tmp_path: Path
) -> None:
    model = script(
        tmp_path, "model", [call("toy_look")], [call("toy_echo", text="x")], [{"text": "done"}]
    )
    how = {"overrides": servers(toy=toy()), "servers_within": 20, "on_ask": "auto"}
    async with desk(project, model, **how) as at:
        session = await at.say("look", agent="plan")
        look, echo = await at.calls(session)
        assert (look.status, echo.status) == ("completed", "denied")


async def test_what_servers_offer_is_told_without_a_model(project: Path, tmp_path: Path) -> None:
    model = script(tmp_path, "model", [{"text": "the model spoke"}])
    entries = servers(toy=toy(), gone={"command": "no-such-program"})
    async with desk(project, model, overrides=entries, servers_within=20) as at:
        session = await at.say("List MCP tools")
        told = (await at.door.session(session)).messages[-1].text
        assert "- `toy_echo` Say it back" in told
        assert "gone: failed" in told
        assert "the model spoke" not in told


async def test_a_server_that_is_listed_and_defined_nowhere_is_one_line(
    project: Path, tmp_path: Path
) -> None:
    model = script(tmp_path, "model", [{"text": "hello"}])
    overrides = {"mcp": {"servers": ["filesystem"]}}
    async with desk(project, model, overrides=overrides) as at:
        [line] = [n for n in at.door.notices if "filesystem" in n]
        assert "opencode mcp add filesystem" in line


@pytest.mark.skipif(os.name == "nt", reason="needs kill -9")
async def test_nothing_of_a_server_outlives_a_killed_owner(tmp_path: Path) -> None:
    code = f"""
import asyncio, json, sys
from pathlib import Path
from opencode.tests.unit.mcp.calling import context, running, toy
async def main():
    async with running(Path({str(tmp_path)!r}), toy=toy()) as servers:
        await servers.tried(30)
        found = await servers.tools()["toy_children"].run({{}}, context(Path({str(tmp_path)!r})))
        print(found.output, flush=True)
        await asyncio.sleep(60)
asyncio.run(main())
"""
    owner = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert owner.stdout
    with owner.stdout:
        pids = json.loads(await asyncio.to_thread(owner.stdout.readline))
    assert all(map(is_alive, pids))
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    await until(lambda: not any(map(is_alive, pids)))


async def test_a_server_may_ask_our_model_once_a_person_allows_it_and_the_session_pays(
    project: Path, tmp_path: Path
) -> None:
    paid = {"finish": "stop", "usage": {"input": 7, "output": 1, "cost": 0.5}}
    model = script(
        tmp_path,
        "model",
        [call("toy_sample")],
        [{"text": "blue"}, paid],
        [call("toy_sample")],
        [{"text": "red"}, paid],
        [{"text": "done"}],
    )
    said = iter(["As long as this server runs", "never asked"])

    def answers(ask: Ask) -> Reply:
        if ask.kind == "question":
            assert "Name a colour." in ask.questions[0].text
            return Reply("allow", answers=[[next(said)]])
        return Reply("allow", "session")

    how = {"overrides": servers(toy=toy()), "servers_within": 20}
    async with desk(project, model, answers, **how) as at:
        session = await at.say("use it")
        first, second = (json.loads(one.output) for one in await at.calls(session))
        assert first["content"]["text"] == "blue"
        assert first["model"] == model
        assert second["content"]["text"] == "red"
        assert (await at.door.session(session)).usage.cost == 1.0

    refusing = script(tmp_path, "refusing", [call("toy_sample")], [{"text": "done"}])
    async with desk(project, refusing, lambda _: Reply("allow", answers=[["No"]]), **how) as at:
        session = await at.say("use it")
        [only] = await at.calls(session)
        assert "refused" in json.loads(only.output)["message"]


async def test_resources_are_watched_and_a_conversation_hears_that_they_changed(
    project: Path, tmp_path: Path
) -> None:
    model = script(
        tmp_path, "m", [call("toy_touch")], *[[{"text": f"answer {n}"}] for n in range(3)]
    )
    how = {"overrides": servers(toy=toy()), "servers_within": 20}
    async with desk(project, model, lambda _: Reply("allow"), **how) as at:
        life = at.door.rooms.joining.servers.lives["toy"]
        await life.tried()
        assert [one.uri for one in life.told.templates] == ["toy://note/{n}"]
        session = await at.say("what says @toy:toy://note/1 ?")
        assert life.changed
        await at.say("and now?", session)
        await at.say("and now?", session)
        messages = (await at.door.session(session)).messages
        texts = [p.text for m in messages for p in m.parts if isinstance(p, TextPart)]
        assert sum("a note to read" in text for text in texts) == 1
        assert sum("Changed since they were attached" in text for text in texts) == 1
