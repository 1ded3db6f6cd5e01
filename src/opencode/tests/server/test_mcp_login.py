import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from opencode.mcp import tokens
from opencode.tests.fakes.toy_mcp_http import Toy, serving
from opencode.tests.server.served import served


async def added(http: httpx.AsyncClient, toy: Toy, **more: Any) -> None:
    config = {"type": "remote", "url": f"{toy.base}/mcp", **more}
    assert (await http.post("/mcp", json={"name": "toy", "config": config})).status_code == 200


async def until(http: httpx.AsyncClient, status: str) -> None:
    async with asyncio.timeout(20):
        while (await http.get("/mcp")).json()["toy"]["status"] != status:
            await asyncio.sleep(0.02)


async def visited(address: str) -> str:
    """Where the browser is sent to after the login, without going there."""
    async with httpx.AsyncClient() as browser:
        return (await browser.get(address)).headers["location"]


async def test_a_login_is_begun_finished_with_the_code_and_forgotten(project: Path) -> None:
    with serving() as toy:
        async with served(project) as at, httpx.AsyncClient(base_url=at.url, timeout=30) as http:
            await added(http, toy)
            await until(http, "needs_auth")
            early = await http.post("/mcp/toy/auth/callback", json={"code": "x"})
            given_up = (await http.post("/mcp/toy/auth")).json()
            begun = (await http.post("/mcp/toy/auth")).json()
            assert begun["oauthState"] in begun["authorizationUrl"]
            assert begun["oauthState"] != given_up["oauthState"]
            back = parse_qs(urlsplit(await visited(begun["authorizationUrl"])).query)
            done = await http.post("/mcp/toy/auth/callback", json={"code": back["code"][0]})
            assert done.json() == {"status": "connected"}
            assert "toy" in tokens.grants()
            again = (await http.post("/mcp/toy/auth")).json()
            landed = await visited(again["authorizationUrl"])
            whole = await http.post("/mcp/toy/auth/callback", json={"code": landed})
            assert whole.json() == {"status": "connected"}
            assert (await http.delete("/mcp/toy/auth")).json() == {"success": True}
            assert tokens.grants() == {}
            odd = (await http.post("/mcp/toy/auth")).json()
            wrong = landed.replace(again["oauthState"], "another")
            refused = await http.post("/mcp/toy/auth/callback", json={"code": wrong})
            assert odd["oauthState"]
    assert early.status_code == 400
    assert refused.status_code == 400
    assert "State" in refused.json()["data"]["message"]
    assert toy.logins == 2


async def test_a_person_logs_in_with_a_browser_while_the_request_waits(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("DISPLAY", raising=False)
    with serving() as toy:
        async with (
            served(project) as at,
            httpx.AsyncClient(base_url=at.url, timeout=30) as http,
            httpx.AsyncClient(follow_redirects=True) as browser,
            at.door.subscribe(),
        ):
            await added(http, toy)
            async with http.stream("GET", "/event") as events:
                waiting = asyncio.create_task(http.post("/mcp/toy/auth/authenticate"))
                async for line in events.aiter_lines():
                    if '"mcp.browser.open.failed"' in line and line.startswith("data:"):
                        address = line.partition('"url":"')[2].partition('"')[0]
                        break
            page = await browser.get(address)
            answer = (await waiting).json()
    assert "Logged in" in page.text
    assert answer == {"status": "connected"}


async def test_what_takes_no_login_says_so(project: Path) -> None:
    with serving(locked=False) as toy:
        async with served(project) as at, httpx.AsyncClient(base_url=at.url) as http:
            await added(http, toy)
            local = {"name": "local", "config": {"type": "local", "command": ["true"]}}
            await http.post("/mcp", json=local)
            unknown = await http.post("/mcp/nobody/auth")
            started = await http.post("/mcp/local/auth")
            open_door = await http.post("/mcp/toy/auth")
            nothing = await http.delete("/mcp/nobody/auth")
            back = await http.post("/mcp/nobody/auth/callback", json={"code": "x"})
    assert [one.status_code for one in (unknown, nothing, back)] == [404, 404, 404]
    assert [started.status_code, open_door.status_code] == [400, 400]
    assert "no login" in open_door.json()["data"]["message"]
    assert "no login" in started.json()["error"]
