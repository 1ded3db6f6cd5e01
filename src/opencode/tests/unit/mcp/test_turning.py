import asyncio
import sys
from pathlib import Path

from opencode.config import trust
from opencode.config.pins import Pins, fingerprint
from opencode.config.schema import McpSection
from opencode.core.place import Place
from opencode.tests.unit.mcp.calling import running, toy, until
from opencode.workspace.collaborators.joining import Joining


async def test_a_server_is_ended_and_its_tools_go_with_it_until_it_is_started_again(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, toy=toy()) as servers:
        await until(lambda: servers.lives["toy"].state == "ready")
        first = set(servers.tools())
        assert "toy_echo" in first
        await servers.turn_off("toy")
        assert servers.lives["toy"].state == "disabled"
        assert not servers.tools()
        await servers.turn_on(servers.lives["toy"].entry)
        await until(lambda: servers.lives["toy"].state == "ready")
        assert set(servers.tools()) == first


async def test_a_server_that_the_settings_switch_off_is_listed_and_can_be_started(
    tmp_path: Path,
) -> None:
    section = McpSection(servers={"toy": toy(enabled=False), "odd": {"enabled": True}})
    joining = Joining(section, Place(tmp_path), {}, lambda event: None, 5.0)
    rows = {row.name: row for row in await joining.listed()}
    assert rows["toy"].state == "disabled"
    assert rows["toy"].how.startswith(str(toy()["command"]))
    assert "neither" in rows["odd"].detail
    task = asyncio.create_task(joining.start())
    await joining.turn("toy", True)
    await until(lambda: joining.servers.lives["toy"].state == "ready")
    row = next(row for row in await joining.listed() if row.name == "toy")
    assert "toy_echo" in dict(row.tools)
    task.cancel()
    await asyncio.wait([task])


async def test_a_program_that_changed_since_it_was_trusted_is_not_started_until_it_is_trusted(
    project: Path,
) -> None:
    (project / "srv.py").write_text("raise SystemExit(3)\n")
    seen = {"mcp.servers.own": {"srv.py": "sha256 of another"}}
    section = McpSection(servers={"own": {"command": [sys.executable, "srv.py"]}})
    joining = Joining(section, Place(project), {}, lambda event: None, 5.0, Pins(project, seen))
    task = asyncio.create_task(joining.start())
    await joining.tried("own")
    own = joining.servers.lives["own"]
    assert own.state == "failed"
    assert "srv.py changed since you trusted this folder" in own.detail
    trust.trust(project, {"srv.py": fingerprint(project / "srv.py", project)})
    await joining.turn("own", True)
    await joining.tried("own")
    assert "exit code 3" in joining.servers.lives["own"].detail
    task.cancel()
    await asyncio.wait([task])
