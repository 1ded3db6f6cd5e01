"""What an editor lends to `opencode acp`: its unsaved files, its MCP servers, its person."""

import sys
from pathlib import Path

import pytest
from acp import RequestError
from acp.schema import (
    EnvVariable,
    HttpHeader,
    HttpMcpServer,
    McpServerStdio,
    PermissionOption,
    SseMcpServer,
)

from opencode.tests.fakes.editor import editor, near, text
from opencode.tests.fakes.scripts import call, script
from opencode.tests.fakes.toy_mcp_http import serving

FILES = {"fs": {"readTextFile": True, "writeTextFile": True}}
TOY = Path(__file__).parents[1] / "fakes" / "toy_mcp_server.py"


def once(options: list[PermissionOption]) -> str:
    return options[0].option_id


async def test_tools_see_what_was_typed_and_not_saved_and_undo_comes_back_to_it(
    project: Path, tmp_path: Path
) -> None:
    file = project / "a.txt"
    file.write_bytes(b"saved\r\nlast\r\n")
    model = script(
        tmp_path,
        "s",
        [call("read", path="a.txt")],
        [call("edit", path="a.txt", old_string="typed", new_string="edited")],
        [{"text": "Done."}],
    )
    async with editor("-m", model, can=FILES) as (agent, seen):
        seen.buffers[str(file)] = "saved\ntyped\nlast\n"
        made = await agent.new_session(cwd=str(project))
        await agent.prompt(session_id=made.session_id, prompt=[text("Edit it")])
        read, edit = seen.ended()
        assert "typed" in read.raw_output["output"]
        assert edit.status == "completed"
        assert edit.content[0].new_text == "saved\nedited\nlast\n"
        assert seen.written == [(str(file), "saved\r\nedited\r\nlast\r\n")]
        assert file.read_bytes() == b"saved\r\nedited\r\nlast\r\n"
        await agent.prompt(session_id=made.session_id, prompt=[text("/undo")])
        assert file.read_bytes() == b"saved\r\ntyped\r\nlast\r\n"
        await agent.prompt(session_id=made.session_id, prompt=[text("/redo")])
        assert file.read_bytes() == b"saved\r\nedited\r\nlast\r\n"


async def test_reading_writes_nothing_and_stale_text_is_not_edited(
    project: Path, tmp_path: Path
) -> None:
    file = project / "a.txt"
    file.write_text("saved\n")
    model = script(
        tmp_path,
        "s",
        [call("read", path="a.txt")],
        [{"text": "Read."}],
        [call("edit", path="a.txt", old_string="typed", new_string="edited")],
        [{"text": "Tried."}],
    )
    async with near(model, can=FILES) as (agent, seen):
        seen.buffers[str(file)] = "typed\n"
        made = await agent.new_session(cwd=str(project))
        await agent.prompt(session_id=made.session_id, prompt=[text("Read it")])
        assert file.read_text() == "saved\n"
        seen.buffers[str(file)] = "typed on\n"
        await agent.prompt(session_id=made.session_id, prompt=[text("Edit it")])
        assert seen.ended()[-1].status == "failed"
        assert "changed since" in seen.ended()[-1].raw_output["output"]
        assert file.read_text() == "saved\n"
        assert not seen.written


async def test_what_an_editor_makes_of_an_edit_when_saving_goes_back_with_it(
    project: Path, tmp_path: Path
) -> None:
    file = project / "a.txt"
    file.write_text("one\n")
    model = script(
        tmp_path,
        "s",
        [call("read", path="a.txt")],
        [call("edit", path="a.txt", old_string="one", new_string="two")],
        [call("edit", path="a.txt", old_string="TWO", new_string="three")],
        [call("write", path="b.txt", content="new\n")],
        [{"text": "Done."}],
    )
    async with near(model, can=FILES) as (agent, seen):
        seen.on_save = str.upper
        made = await agent.new_session(cwd=str(project))
        await agent.prompt(session_id=made.session_id, prompt=[text("Edit it")])
        assert [u.status for u in seen.ended()] == ["completed"] * 4
        assert file.read_text() == "THREE\n"
        assert (project / "b.txt").read_text() == "NEW\n"
        await agent.prompt(session_id=made.session_id, prompt=[text("/undo")])
        assert file.read_text() == "one\n"
        assert not (project / "b.txt").exists()


async def test_an_edit_the_editor_refuses_is_not_made(project: Path, tmp_path: Path) -> None:
    (project / "a.txt").write_text("old\n")
    model = script(
        tmp_path,
        "s",
        [call("edit", path="a.txt", old_string="old", new_string="new")],
        [call("write", path="b.txt", content="new\n")],
        [{"text": "Done."}],
    )

    def refuse(words: str) -> str:
        raise RequestError.internal_error({"details": f"may not write {words.strip()}"})

    async with near(model, can=FILES) as (agent, seen):
        seen.on_save = refuse
        made = await agent.new_session(cwd=str(project))
        await agent.prompt(session_id=made.session_id, prompt=[text("Edit it")])
        assert [one.status for one in seen.ended()] == ["failed", "failed"]
        assert "may not write new. Nothing was changed" in seen.ended()[0].raw_output["output"]
        assert (project / "a.txt").read_text() == "old\n"
        assert not (project / "b.txt").exists()


async def test_servers_of_the_editor_join_its_sessions_and_are_never_written_down(
    project: Path, tmp_path: Path
) -> None:
    model = script(tmp_path, "s", [call("toy_echo", text="hello")], [{"text": "Done."}])
    server = McpServerStdio(
        name="toy", command=sys.executable, args=[str(TOY)], env=[EnvVariable(name="A", value="1")]
    )
    async with near(model) as (agent, seen):
        seen.choose = once
        wrong = HttpMcpServer(type="http", name="wrong", url="ftp://x", headers=[])
        made = await agent.new_session(cwd=str(project), mcp_servers=[wrong, server])
        await agent.prompt(session_id=made.session_id, prompt=[text("Echo")])
        [echo] = seen.ended()
        assert echo.status == "completed"
        assert "hello" in echo.raw_output["output"]
        assert echo.content
        assert "ftp://x" in seen.said("agent_thought_chunk")
        apart = await agent.new_session(cwd=str(project))
        await agent.prompt(session_id=apart.session_id, prompt=[text("Echo")])
        assert "no tool" in seen.ended()[-1].raw_output["output"].lower()
    settings = [p for p in Path.home().rglob("*") if p.suffix in (".toml", ".jsonc")]
    assert not settings
    assert not list(project.iterdir())


async def test_servers_of_the_editor_may_be_elsewhere_and_want_its_headers(
    project: Path, tmp_path: Path
) -> None:
    model = script(tmp_path, "s", [call("web_token")], [call("old_token")], [{"text": "Done."}])
    secret = HttpHeader(name="Authorization", value="Bearer handed over")
    with serving() as toy:
        toy.good["handed over"] = float("inf")
        web = HttpMcpServer(type="http", name="web", url=f"{toy.base}/mcp", headers=[secret])
        old = SseMcpServer(type="sse", name="old", url=f"{toy.base}/sse", headers=[secret])
        async with near(model) as (agent, seen):
            seen.choose = once
            made = await agent.new_session(cwd=str(project), mcp_servers=[web, old])
            await agent.prompt(session_id=made.session_id, prompt=[text("Ask both")])
            assert [one.status for one in seen.ended()] == ["completed", "completed"]
    assert set(toy.seen) == {"Bearer handed over"}


async def test_a_sub_agents_question_reaches_the_person_and_says_who_asks(
    project: Path, tmp_path: Path
) -> None:
    (project / ".env").write_text("KEY=1\n")
    model = script(
        tmp_path,
        "s",
        [call("task", prompt="Read the keys")],
        [call("read", path=".env")],
        [{"text": "The key is 1."}],
        [{"text": "It is 1."}],
    )
    async with near(model) as (agent, seen):
        seen.choose = once
        made = await agent.new_session(cwd=str(project))
        await agent.prompt(session_id=made.session_id, prompt=[text("Find out")])
        await seen.until(lambda: "It is 1." in seen.said())
        [(asked, _)] = seen.asked
        assert "sub-agent" in asked.content[0].content.text
        assert asked.title == "read .env"
        assert {session for session, _ in seen.updates} == {made.session_id}
        [task] = seen.of("tool_call")
        assert task.kind == "think"
        assert "The key is 1." in seen.ended()[0].content[0].content.text


@pytest.mark.parametrize(("words", "allowed"), [((), 0), (("--trust",), 1)])
async def test_a_folders_own_settings_need_trust(
    words: tuple[str, ...], allowed: int, project: Path, tmp_path: Path
) -> None:
    (project / ".env").write_text("KEY=1\n")
    (project / "opencode.toml").write_text('permission = { read = { "*.env" = "allow" } }\n')
    model = script(tmp_path, "s", [call("read", path=".env")], [{"text": "Done."}])
    async with editor("-m", model, *words) as (agent, seen):
        made = await agent.new_session(cwd=str(project))
        await agent.prompt(session_id=made.session_id, prompt=[text("Read")])
        await seen.until(lambda: "Done." in seen.said())
        assert ("opencode trust" in seen.said("agent_thought_chunk")) != bool(allowed)
        assert len(seen.asked) == 1 - allowed
        assert (seen.ended()[0].status == "completed") == bool(allowed)
