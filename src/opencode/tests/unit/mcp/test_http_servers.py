import asyncio
import json
import os
import stat
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import msgspec
import pytest

from opencode.cli.mcp import app
from opencode.cli.shared.output import run_command
from opencode.config import paths
from opencode.core.error import OpenCodeError, ToolError
from opencode.mcp import tokens
from opencode.mcp.entry import read_entry
from opencode.mcp.oauth import log_in
from opencode.tests.fakes.toy_mcp_http import Toy, serving
from opencode.tests.unit.mcp.calling import context, running, until


def entry(toy: Toy, path: str = "/mcp", **more):
    return {"url": f"{toy.base}{path}", **more}


async def browse(address: str) -> None:
    def get() -> None:
        with urllib.request.urlopen(address) as page:
            page.read()

    await asyncio.to_thread(get)


async def token(servers, folder: Path) -> str:
    tool = servers.tools()["toy_token"]
    return (await tool.run({}, context(folder))).output


async def test_a_server_at_an_address_gets_its_headers(tmp_path: Path) -> None:
    headers = {"Authorization": "Bearer mine"}
    with serving(locked=False) as toy:
        async with running(tmp_path, toy=entry(toy, headers=headers)) as servers:
            await servers.tried(20)
            assert await token(servers, tmp_path) == "Bearer mine"


@pytest.mark.parametrize("more", [{"type": "sse"}, {}])
async def test_the_older_transport_is_spoken_where_it_is_named_or_nothing_newer_is_there(
    more: dict[str, str], tmp_path: Path
) -> None:
    headers = {"Authorization": "Bearer mine"}
    with serving(locked=False) as toy:
        async with running(tmp_path, toy=entry(toy, "/sse", headers=headers, **more)) as servers:
            await servers.tried(20)
            assert servers.lives["toy"].state == "ready", servers.lives["toy"].detail
            await token(servers, tmp_path)
            assert "Bearer mine" in toy.seen


async def test_nobody_at_the_address_is_said_with_the_address(tmp_path: Path) -> None:
    async with running(tmp_path, toy={"url": "http://127.0.0.1:9/mcp"}) as servers:
        await servers.tried(20)
        life = servers.lives["toy"]
        assert life.state == "restarting"
        assert "failed to connect" in life.detail
        assert "http://127.0.0.1:9/mcp" in life.detail


async def test_a_login_is_stored_privately_and_used_by_a_session_that_waited_for_it(
    tmp_path: Path,
) -> None:
    with serving() as toy:
        async with running(tmp_path, toy=entry(toy)) as servers:
            await servers.tried(20)
            assert servers.lives["toy"].state == "login"
            assert "opencode mcp auth toy" in servers.lives["toy"].detail
            await log_in(read_entry("toy", entry(toy)), browse)
            await until(lambda: servers.lives["toy"].state == "ready")
            stored = tokens.grants()["toy"]
            assert await token(servers, tmp_path) == f"Bearer {stored.access_token}"

            toy.good.clear()
            toy.refreshes.clear()
            with pytest.raises(ToolError, match="opencode mcp auth toy"):
                await token(servers, tmp_path)
            await until(lambda: servers.lives["toy"].state == "login")
            await log_in(read_entry("toy", entry(toy)), browse)
            await until(lambda: servers.lives["toy"].state == "ready")
            assert await token(servers, tmp_path) != f"Bearer {stored.access_token}"
    assert toy.logins == 2
    file = paths.data_dir() / "mcp-auth.json"
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_a_token_is_renewed_before_it_ends_once_for_all_and_never_goes_elsewhere(
    tmp_path: Path,
) -> None:
    with serving() as toy, serving(locked=False) as other:
        grant = await log_in(read_entry("toy", entry(toy)), browse)
        tokens.keep("toy", msgspec.structs.replace(grant, expires=time.time() + 1))
        async with (
            running(tmp_path, toy=entry(toy)) as one,
            running(tmp_path, toy=entry(toy)) as two,
        ):
            await asyncio.gather(one.tried(20), two.tried(20))
            first = await token(one, tmp_path)
            assert first == await token(two, tmp_path)
            assert first != f"Bearer {grant.access_token}"
            assert toy.refreshed == 1
            stored = tokens.grants()["toy"]
            assert stored.refresh_token != grant.refresh_token
            toy.good.clear()  # revoked: renewed at the refusal, unseen by the caller
            assert await token(one, tmp_path) != first
        assert (toy.refreshed, toy.logins) == (2, 1)
        async with running(tmp_path, toy=entry(other)) as elsewhere:
            await elsewhere.tried(20)
            assert "Bearer" not in await token(elsewhere, tmp_path)
            assert set(other.seen) == {""}


async def test_a_server_that_asks_for_no_login_is_no_login(tmp_path: Path) -> None:
    with serving(locked=False) as toy, pytest.raises(OpenCodeError, match="asked for no login"):
        await log_in(read_entry("toy", entry(toy)), browse)
    assert tokens.grants() == {}


def test_the_command_line_logs_in_lists_and_logs_out(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def opencode(*words: str) -> str:
        assert run_command(app, list(words)) == 0
        return capsys.readouterr().out

    with serving() as toy:
        opencode("add", "toy", f"{toy.base}/mcp")
        going = subprocess.Popen(
            [sys.executable, "-m", "opencode", "mcp", "auth", "toy", "--no-browser"],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert going.stdout
        with going.stdout as said:
            assert said.readline() == "Log in there:\n"
            asyncio.run(browse(said.readline().strip()))
            assert said.read() == "Logged in to toy.\n"
        assert going.wait() == 0
        [listed] = json.loads(opencode("list", "--json"))
        assert (listed["state"], listed["tools"]) == ("ready", "1")
        assert f"{toy.base}/mcp" in opencode("auth", "list")
        assert tokens.grants()["toy"].access_token not in opencode("auth", "list")
        opencode("logout", "toy")
        assert "nowhere" in opencode("auth", "list")
        opencode("remove", "toy")
        assert json.loads(opencode("list", "--json")) == []


async def test_a_server_that_went_away_is_looked_for_again(tmp_path: Path) -> None:
    with serving(locked=False) as toy:
        async with running(tmp_path, toy=entry(toy)) as servers:
            await servers.tried(20)
            toy.gone = True
            with pytest.raises(ToolError, match="was lost during the call"):
                await token(servers, tmp_path)
            await until(lambda: servers.lives["toy"].state == "failed")
            assert "Given up after 3 restarts" in servers.lives["toy"].detail
            with pytest.raises(ToolError, match="is failed"):
                await token(servers, tmp_path)
            toy.gone = False
            await token(servers, tmp_path)
