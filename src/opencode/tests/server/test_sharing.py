import subprocess
import sys
from pathlib import Path

import httpx

from opencode.config import paths
from opencode.server.access.auth import Rules
from opencode.tests.server.served import call, say, served


async def test_a_shared_session_is_read_on_a_page_until_it_is_taken_away(project: Path) -> None:
    (project / "a.txt").write_text("needle <b>\n")
    script = [call("grep", pattern="needle"), say("**Found** it <script>alert(1)</script>")]
    async with served(project, script) as at, httpx.AsyncClient(base_url=at.url) as http:
        session = (await http.post("/session")).json()["id"]
        await http.post(f"/session/{session}/message", json={"content": "Find the <i>needle</i>"})
        shared = (await http.post(f"/session/{session}/share")).json()
        again = (await http.post(f"/session/{session}/share")).json()
        url = shared["share"]["url"]
        page = await http.get(url)
        listed = (await http.get("/session")).json()
        one = (await http.get(f"/session/{session}")).json()
        gone = (await http.request("DELETE", f"/session/{session}/share")).json()
        missing = await http.get(url)
    assert url.startswith(f"{at.url}/s/")
    assert session not in url
    assert again["share"] == listed[0]["share"] == one["share"] == shared["share"]
    assert "<strong>Found</strong>" in page.text
    assert "Find the &lt;i&gt;needle&lt;/i&gt;" in page.text
    assert "needle &lt;b&gt;" in page.text
    assert "<script>" not in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert "share" not in gone
    assert missing.status_code == 404


async def test_readers_of_the_events_hear_of_the_page(project: Path) -> None:
    async with served(project) as at, httpx.AsyncClient(base_url=at.url) as http:
        session = (await http.post("/session")).json()["id"]
        async with http.stream("GET", "/event") as stream:
            lines = stream.aiter_lines()
            await anext(lines)
            await http.post(f"/session/{session}/share")
            told = ""
            async for line in lines:
                if line.startswith("data:") and "/s/" in line:
                    told = line
                    break
    assert '"type":"session.updated"' in told


async def test_where_nothing_is_shared_that_is_said(project: Path) -> None:
    (project / "opencode.toml").write_text('share = "disabled"\n')
    async with served(project) as at, httpx.AsyncClient(base_url=at.url) as http:
        session = (await http.post("/session")).json()["id"]
        refused = await http.post(f"/session/{session}/share")
    assert refused.status_code == 400
    assert "switched off" in refused.json()["data"]["message"]


async def test_every_new_session_is_shared_where_that_is_wanted(project: Path) -> None:
    settings = paths.config_dir() / "opencode.toml"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text('share = "auto"\n')
    async with served(project) as at, httpx.AsyncClient(base_url=at.url) as http:
        session = (await http.post("/session")).json()["id"]
        shared = (await http.get(f"/session/{session}")).json()["share"]["url"]
        assert (await http.get(shared)).status_code == 200


async def test_a_page_asks_for_the_password_like_everything_else(project: Path) -> None:
    async with (
        served(project, rules=Rules(secret="pw")) as at,
        httpx.AsyncClient(base_url=at.url) as http,
    ):
        name = await at.door.share((await at.door.create()).id)
        assert (await http.get(f"/s/{name}")).status_code == 401
        assert (await http.get(f"/s/{name}", auth=("opencode", "pw"))).status_code == 200
        assert (await http.get("/s/nothing", auth=("opencode", "pw"))).status_code == 404


async def test_a_deleted_session_has_no_page_any_more(project: Path) -> None:
    async with served(project) as at, httpx.AsyncClient(base_url=at.url) as http:
        session = (await http.post("/session")).json()["id"]
        url = (await http.post(f"/session/{session}/share")).json()["share"]["url"]
        await http.delete(f"/session/{session}")
        assert await at.door.shares() == {}
        assert (await http.get(url)).status_code == 404


def test_run_says_how_the_shared_session_is_shown(project: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "opencode", "run", "--share", "-m", "offline/rules", "Hello"],
        cwd=project,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "opencode serve" in done.stderr
    assert "/s/" in done.stderr
