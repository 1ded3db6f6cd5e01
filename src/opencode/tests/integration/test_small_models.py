"""Small windows and weak models: few tools, short words, a warning, and outputs that fit."""

from pathlib import Path

from opencode.core.event import Notice
from opencode.tests.fakes.model_client import model_server
from opencode.tests.fakes.scripts import desk, script
from opencode.tests.fakes.wired import wired

FEW = ["bash", "edit", "grep", "read", "write"]


async def test_a_window_of_4k_gets_five_tools_short_words_and_a_warning_that_names_the_fix(
    project: Path,
) -> None:
    (project / "long.txt").write_text("word " * 20_000)
    read = {"calls": [{"name": "read", "arguments": {"path": "long.txt"}}]}
    with model_server([read, {"text": "Read."}, {"text": "Again."}], window=4096) as service:
        providers = {"ollama": {"base_url": service.url}}
        async with wired(project, "ollama/llama3.2", providers) as at:
            session = await at.say("read long.txt")
            await at.say("and again", session)
        first, second, third = service.bodies()
    assert [tool["function"]["name"] for tool in first["tools"]] == FEW
    assert first["options"]["num_ctx"] == 4096
    assert len(first["messages"][0]["content"]) < 1500
    assert first["messages"][0] == second["messages"][0] == third["messages"][0]
    assert len(second["messages"][-1]["content"]) < 4500
    warnings = [e for e in at.events if isinstance(e, Notice) and e.code == "window"]
    assert [warning.level for warning in warnings] == ["warning"]
    assert "ollama/llama3.2 reads only 4096 tokens" in warnings[0].text
    assert "use another one" in warnings[0].text


async def test_tools_switched_on_by_name_stay_and_a_large_model_gets_all_of_them(
    project: Path, tmp_path: Path
) -> None:
    with model_server([{"text": "x", "repeat": True}]) as service:
        small = {"base_url": f"{service.url}/v1", "models": {"tiny": {"window": 9000}}}
        providers = {"mine": small, "openai": {"base_url": f"{service.url}/v1", "api_key": "k"}}
        more = {"tools": {"ls": True}}
        async with wired(project, "mine/tiny", providers, more) as at:
            session = await at.say("hello")
            few = (await at.door.session(session)).prefix
            await at.say("hello", session, model="openai/gpt-6.1-sol")
            many = (await at.door.session(session)).prefix
            await at.say("hello", session, model="mine/tiny")
            again = (await at.door.session(session)).prefix
    assert few is not None
    assert many is not None
    assert again is not None
    assert sorted(tool.name for tool in few.tools) == sorted([*FEW, "ls"])
    assert few.lean
    assert {"glob", "task", "todo"} <= {tool.name for tool in many.tools}
    assert not many.lean
    assert (again.system, again.tools) == (few.system, few.tools)
    assert again.breaks == ["model openai/gpt-6.1-sol", "model mine/tiny"]


async def test_the_keyless_rules_are_no_small_model(project: Path, tmp_path: Path) -> None:
    async with desk(project, script(tmp_path, "x", [{"text": "hi"}])) as at:
        prefix = (await at.door.session(await at.say("hello"))).prefix
    assert prefix is not None
    assert not prefix.lean


async def test_a_model_without_calls_on_its_wire_is_told_of_tools_in_words(project: Path) -> None:
    (project / "a.txt").write_text("forty-two\n")
    asked = 'I look.\n{"name": "read", "arguments": {"path": "a.txt"}}'
    with model_server([{"text": asked}, {"text": "It says forty-two."}]) as service:
        section = {"window": 9000, "can_call_tools": False}
        providers = {"mine": {"base_url": f"{service.url}/v1", "models": {"plain": section}}}
        async with wired(project, "mine/plain", providers) as at:
            session = await at.say("What does a.txt say?")
            [call] = await at.calls(session)
        first, second = service.bodies()
    assert (call.tool, call.status, call.recovered) == ("read", "completed", True)
    assert "tools" not in first
    assert "- read: " in first["messages"][0]["content"]
    assert first["messages"][0] == second["messages"][0]
    roles = [message["role"] for message in second["messages"]]
    assert roles == ["system", "user", "assistant", "user"]
    assert second["messages"][2]["content"].endswith(
        '{"name": "read", "arguments": {"path":"a.txt"}}'
    )
    assert second["messages"][3]["content"].startswith("Result of read:\n1\tforty-two")
