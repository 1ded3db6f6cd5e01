"""The official reference servers, from npm and from Python, through our client."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from opencode.core.ask import Ask, Question, Reply
from opencode.core.error import ToolError
from opencode.tests.fakes.real_tools import PATH, real
from opencode.tests.fakes.scripts import call, desk, script
from opencode.tests.fakes.toy_web import Answer, toy_web
from opencode.tests.unit.mcp.calling import context, quiet, running


def server(program: str, *arguments: str) -> dict[str, Any]:
    return {"command": real(program), "args": list(arguments), "env": {"PATH": PATH}}


async def test_the_filesystem_server_is_used_by_a_model_within_its_folder(
    project: Path, tmp_path: Path
) -> None:
    (project / "a.txt").write_text("hello\n")
    files = server("mcp-server-filesystem", str(project))
    model = script(
        tmp_path,
        "m",
        [call("files_read_text_file", path=str(project / "a.txt"))],
        [call("files_write_file", path=str(project / "b.txt"), content="made")],
        [call("files_read_text_file", path="/etc/passwd")],
        [{"text": "done"}],
    )

    def answers(ask: Ask) -> Reply:
        return Reply("allow")

    settings = {"mcp": {"servers": {"files": files}}}
    async with desk(project, model, answers, overrides=settings, servers_within=30) as at:
        read, wrote, refused = await at.calls(await at.say("go"))
        assert "hello" in read.output
        assert wrote.status == "completed"
        assert (project / "b.txt").read_text() == "made"
        assert refused.status == "error"


async def test_the_everything_server_shows_all_that_servers_can(project: Path) -> None:
    asked: list[Question] = []

    async def person(questions: list[Question]) -> list[list[str]]:
        asked.extend(questions)
        raise ToolError("Nobody answers.")

    everything = server("mcp-server-everything", "stdio")
    async with running(project, quiet, everything=everything) as servers:
        await servers.tried(30)
        told = servers.lives["everything"].told
        assert told.resources
        assert told.templates
        assert told.prompts
        tools = servers.tools()
        ctx = context(project, person)
        echo = await tools["everything_echo"].run({"message": "hi"}, ctx)
        assert "hi" in echo.output
        structured = await tools["everything_get-structured-content"].run(
            {"location": "New York"}, ctx
        )
        assert "temperature" in structured.output
        picture = await tools["everything_get-tiny-image"].run({}, ctx)
        assert picture.files[0].mime == "image/png"
        [part, *_] = await servers.mentioned(f"see @everything:{told.resources[0].uri}")
        assert part
        words = await servers.expanded("/everything:args-prompt city=Oslo")
        assert "Oslo" in words


async def test_the_memory_server_remembers(project: Path) -> None:
    memory = server("mcp-server-memory")
    memory["env"]["MEMORY_FILE_PATH"] = str(project / "memory.json")
    entity = {"name": "Ada", "entityType": "person", "observations": ["writes programs"]}
    async with running(project, quiet, memory=memory) as servers:
        await servers.tried(30)
        tools, ctx = servers.tools(), context(project)
        await tools["memory_create_entities"].run({"entities": [entity]}, ctx)
        found = await tools["memory_search_nodes"].run({"query": "Ada"}, ctx)
        assert "writes programs" in found.output


async def test_the_git_and_time_servers_of_python_answer(project: Path) -> None:
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "--allow-empty", "-m", "first"]):
        subprocess.run(["git", *words], cwd=project, check=True)
    git, time = server("mcp-server-git", "-r", str(project)), server("mcp-server-time")
    async with running(project, quiet, git=git, time=time) as servers:
        await servers.tried(30)
        tools, ctx = servers.tools(), context(project)
        log = await tools["git_log"].run({"repo_path": str(project)}, ctx)
        assert "first" in log.output
        now = await tools["time_get_current_time"].run({"timezone": "UTC"}, ctx)
        assert json.loads(now.output)["timezone"] == "UTC"


async def test_the_fetch_server_of_python_fetches(project: Path) -> None:
    with toy_web({"/p": Answer("<h1>Head</h1>", "text/html")}) as web:
        fetch = server("mcp-server-fetch", "--ignore-robots-txt", "--allow-private-ips")
        async with running(project, quiet, fetch=fetch) as servers:
            await servers.tried(30)
            tools, ctx = servers.tools(), context(project)
            page = await tools["fetch_fetch" if "fetch_fetch" in tools else "fetch"].run(
                {"url": f"{web.url}/p"}, ctx
            )
            assert "Head" in page.output


pytestmark = pytest.mark.timeout(120)
