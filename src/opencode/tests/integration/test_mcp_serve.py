from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest

from opencode.tests.later import later

mcp, types = later("mcp"), later("mcp_types")

SERVE = [sys.executable, "-m", "opencode", "mcp", "serve"]


def stdio(project: Path) -> mcp.StdioServerParameters:
    return mcp.StdioServerParameters(
        command=SERVE[0], args=SERVE[1:], cwd=project, env=dict(os.environ)
    )


def text(result: types.CallToolResult) -> str:
    [part] = result.content
    assert isinstance(part, types.TextContent)
    return part.text


async def test_a_client_sees_and_uses_our_tools_and_risky_ones_are_refused(project: Path) -> None:
    (project / "a.txt").write_text("hello\n")
    async with mcp.Client(stdio(project)) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert len(tools) >= 10
        assert {"read", "edit", "bash"} <= set(tools)
        assert "task" not in tools
        assert tools["read"].annotations
        assert tools["read"].annotations.read_only_hint
        read = await client.call_tool("read", {"path": "a.txt"})
        assert "hello" in text(read)
        assert not read.is_error
        wrong = await client.call_tool("read", {"path": "none.txt"})
        assert wrong.is_error
        refused = await client.call_tool("read", {"path": ".env"})
        assert refused.is_error
        assert text(refused).startswith("Refused: this needs a person's permission. Nobody can")
        assert "[permissions]" in text(refused)


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_a_client_that_can_ask_its_person_decides_through_them(
    mode: str, project: Path
) -> None:
    (project / ".env").write_text("KEY=1\n")
    asked: list[str] = []

    async def person(context: Any, params: types.ElicitRequestParams) -> types.ElicitResult:
        del context
        asked.append(params.message)
        return types.ElicitResult(
            action="accept", content={"allow": "once" if len(asked) == 1 else "no"}
        )

    async with mcp.Client(stdio(project), elicitation_callback=person, mode=mode) as client:
        allowed = await client.call_tool("read", {"path": ".env"})
        assert "KEY=1" in text(allowed)
        assert "May read run this?" in asked[0]
        refused = await client.call_tool("read", {"path": ".env"})
        assert refused.is_error


async def test_over_http_only_who_has_the_token_comes_in(project: Path) -> None:
    (project / "a.txt").write_text("hello\n")
    served = subprocess.Popen(
        [*SERVE, "--http"],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "OPENCODE_SERVER_PASSWORD": "secret"},
    )
    assert served.stdout
    try:
        line = await asyncio.to_thread(served.stdout.readline)
        address = line.split()[-1]
        from mcp.client.streamable_http import streamable_http_client

        async with httpx2.AsyncClient() as http:
            stranger = await http.post(address, json={"jsonrpc": "2.0", "id": 1, "method": "ping"})
            assert stranger.status_code == 401
        headers = {"Authorization": "Bearer secret"}
        async with (
            httpx2.AsyncClient(headers=headers) as http,
            mcp.Client(streamable_http_client(address, http_client=http)) as client,
        ):
            assert len((await client.list_tools()).tools) >= 10
            assert "hello" in text(await client.call_tool("read", {"path": "a.txt"}))
        port = address.rpartition(":")[2].partition("/")[0]
        second = [*SERVE, "--http", "--port", port]
        late = await asyncio.to_thread(subprocess.run, second, capture_output=True, text=True)
        assert late.returncode == 1
        assert f"Port {port} on 127.0.0.1 is in use." in late.stderr
    finally:
        served.terminate()
        served.wait()
        served.stdout.close()


def test_notifications_get_no_reply_and_the_end_of_stdin_is_the_end(project: Path) -> None:
    hello = {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "by hand", "version": "1"},
    }
    lines = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "ping"},
    ]
    with subprocess.Popen(
        SERVE, cwd=project, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as served:
        assert served.stdin
        assert served.stdout
        served.stdin.write("".join(json.dumps(line) + "\n" for line in lines))
        served.stdin.flush()
        answers = [json.loads(served.stdout.readline()) for _ in range(2)]
        rest, _ = served.communicate()
    assert [answer["id"] for answer in answers] == [1, 2]
    assert rest == ""
    assert served.returncode == 0
