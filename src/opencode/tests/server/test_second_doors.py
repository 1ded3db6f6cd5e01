import asyncio
import json
import os
from pathlib import Path
from typing import Any

import httpx
import pytest

from opencode.config import grants, paths, secrets
from opencode.core.permission import Rule
from opencode.tests.fakes.model_client import model_server
from opencode.tests.server.served import call, say, served


async def test_a_files_bytes_come_as_they_are_and_as_a_page_of_nobody(project: Path) -> None:
    (project / "a b.html").write_bytes(b"<script>steal()</script>\xff")
    (project.parent / "secret").write_text("x")
    (project / "link").symlink_to(project.parent / "secret")
    async with served(project) as at, httpx.AsyncClient(base_url=f"{at.url}/api/fs/read") as http:
        page = await http.get("/a%20b.html")
        gone = await http.get("/nope")
        outside = [await http.get(path) for path in ("/link", "/%2e%2e/secret", "//etc/passwd")]
    assert page.content == (project / "a b.html").read_bytes()
    assert page.headers["content-security-policy"].startswith("sandbox;")
    assert page.headers["x-content-type-options"] == "nosniff"
    assert gone.status_code == 404
    assert {one.status_code for one in outside} <= {403, 404}


async def test_what_is_taken_back_is_brought_again_or_let_be(project: Path) -> None:
    script = [say("One"), say("Two"), say("Three")]
    async with served(project, script) as at, httpx.AsyncClient(base_url=f"{at.url}/api") as http:
        name = (await http.post("/session", json={})).json()["data"]["id"]
        here = f"/session/{name}"

        async def shown() -> list[str]:
            rows = (await http.get(f"{here}/message", params={"order": "asc"})).json()["data"]
            return [one["id"] for one in rows]

        for text in ("first", "second", "third"):
            await http.post(f"{here}/prompt", json={"prompt": {"text": text}})
            await http.post(f"{here}/wait")
        whole = await shown()
        for at_message in (4, 2):
            body = {"messageID": whole[at_message]}
            staged = (await http.post(f"{here}/revert/stage", json=body)).json()["data"]
            standing = (await http.get(here)).json()["data"]["revert"]
            assert staged == standing == body
            assert await shown() == whole
        assert len((await http.get(f"{here}/context")).json()["data"]) == 2
        assert (await http.post(f"{here}/revert/clear")).status_code == 204
        assert "revert" not in (await http.get(here)).json()["data"]
        await http.post(f"{here}/revert/stage", json={"messageID": whole[2]})
        assert (await http.post(f"{here}/revert/commit")).status_code == 204
        assert (await http.post(f"{here}/revert/clear")).status_code == 204
        assert await shown() == whole[:2]
        assert "revert" not in (await http.get(here)).json()["data"]
        kept = {"messageID": whole[0], "files": False}
        assert (await http.post(f"{here}/revert/stage", json=kept)).status_code == 400


async def test_a_call_that_waits_is_found_and_heard_of_by_its_newer_name(project: Path) -> None:
    (project / "opencode.toml").write_text("")
    rules = paths.config_dir()
    rules.mkdir(parents=True)
    (rules / "opencode.toml").write_text('[permissions]\nbash_ask = ["touch"]\n')
    script = [call("bash", command="touch made"), say("It is made")]
    async with served(project, script) as at, httpx.AsyncClient(base_url=f"{at.url}/api") as http:
        name = (await http.post("/session", json={})).json()["data"]["id"]
        heard: list[dict[str, Any]] = []
        async with http.stream("GET", "/event") as events:
            await http.post(f"/session/{name}/prompt", json={"prompt": {"text": "Do"}})
            async for line in events.aiter_lines():
                if not line.startswith("data: "):
                    assert not line.startswith("event:")
                    continue
                heard.append(json.loads(line[6:]))
                if heard[-1]["type"] == "permission.v2.asked":
                    break
        asked = heard[-1]["data"]
        everywhere = (await http.get("/permission/request")).json()["data"]
        here = f"/session/{name}/permission"
        one = (await http.get(f"{here}/{asked['id']}")).json()["data"]
        none = await http.get(f"{here}/per_gone")
        await http.post(f"{here}/{asked['id']}/reply", json={"reply": "once"})
        await http.post(f"/session/{name}/wait")
    assert heard[0]["type"] == "server.connected"
    assert {one["location"]["directory"] for one in heard[1:]} == {str(project)}
    assert heard[-2]["type"] == "permission.asked"
    assert everywhere == [one] == [asked]
    assert one["source"]["messageID"].startswith("msg_")
    assert none.status_code == 404
    assert (project / "made").exists()


async def test_what_is_allowed_for_longer_is_listed_by_project_and_taken_back(
    project: Path,
) -> None:
    book = grants.Grants()
    rule = Rule("bash", "make", "allow")
    book.add([rule], "project", session="ses_1", project=project)
    book.add([Rule("edit", "*", "allow")], "user", session="ses_1", project=project)
    async with served(project) as at, httpx.AsyncClient(base_url=at.url) as http:
        mine = (await http.get("/project/current")).json()["id"]
        all_of_them = (await http.get("/api/permission/saved")).json()["data"]
        asked = {"projectID": mine}
        here = (await http.get("/api/permission/saved", params=asked)).json()["data"]
        gone = await http.delete(f"/api/permission/saved/{here[0]['id']}")
        again = await http.delete(f"/api/permission/saved/{here[0]['id']}")
    assert [(one["action"], one["resource"]) for one in here] == [("bash", "make")]
    assert {one["projectID"] for one in all_of_them} == {mine, "global"}
    assert (gone.status_code, again.status_code) == (204, 404)
    assert [one.scope for one in book.all()] == ["user"]


async def test_a_provider_is_connected_to_by_key_and_let_go(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MISTRAL_API_KEY", "from the shell")
    async with served(project) as at, httpx.AsyncClient(base_url=f"{at.url}/api") as http:
        before = (await http.get("/integration/openai")).json()["data"]
        sent = await http.post("/integration/openai/connect/key", json={"key": "sk-mine"})
        rows = {one["id"]: one for one in (await http.get("/integration")).json()["data"]}
        everything = (await http.get("/integration")).text
        gone = await http.delete("/credential/openai")
        again = await http.delete("/credential/openai")
        unknown = await http.get("/integration/nobody")
        blank = await http.post("/integration/openai/connect/key", json={"key": " "})
    assert before["connections"] == []
    assert {"type": "env", "names": ["OPENAI_API_KEY"]} in before["methods"]
    assert sent.status_code == 204
    assert rows["openai"]["connections"][0]["id"] == "openai"
    assert rows["mistral"]["connections"] == [{"type": "env", "name": "MISTRAL_API_KEY"}]
    assert "sk-mine" not in everything
    assert "from the shell" not in everything
    assert [one.status_code for one in (gone, again, unknown, blank)] == [204, 404, 404, 400]
    assert dict(secrets.stored_keys()) == {}


async def test_a_login_is_asked_after_by_its_name(project: Path) -> None:
    with model_server() as github:
        paths.config_dir().mkdir(parents=True)
        host = f'[provider.github-copilot.options]\nenterpriseUrl = "{github.url}"\n'
        (paths.config_dir() / "opencode.toml").write_text(host)
        async with served(project) as at, httpx.AsyncClient(base_url=f"{at.url}/api") as http:
            one = (await http.get("/integration/github-copilot")).json()["data"]
            way = {"methodID": one["methods"][0]["id"], "inputs": {}}
            begin = "/integration/github-copilot/connect/oauth"
            given_up = (await http.post(begin, json=way)).json()["data"]
            there = f"/integration/attempt/{given_up['attemptID']}"
            assert (await http.delete(there)).status_code == 204
            assert (await http.get(there)).status_code == 404
            begun = (await http.post(begin, json=way)).json()["data"]
            there = f"/integration/attempt/{begun['attemptID']}"
            done = await http.post(f"{there}/complete", json={})
            how = (await http.get(there)).json()["data"]
            keys_only = await http.post("/integration/openai/connect/oauth", json=way)
    assert "ABCD-1234" in begun["instructions"]
    assert begun["mode"] == "auto"
    assert done.status_code == 204
    assert how["status"] == "complete"
    assert how["time"] == begun["time"]
    assert keys_only.status_code == 400
    assert secrets.stored_keys()["github-copilot"] == "gho_lasting"


@pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals")
async def test_terminals_are_the_same_in_both_generations(project: Path) -> None:
    async with served(project) as at, httpx.AsyncClient(base_url=at.url) as http:
        made = (await http.post("/api/pty", json={"command": "/bin/cat"})).json()["data"]
        there = f"/api/pty/{made['id']}"
        renamed = (await http.put(there, json={"title": "Mine"})).json()["data"]
        old = (await http.get("/pty")).json()
        ticket = (await http.post(f"{there}/connect-token")).json()["data"]
        gone = await http.delete(there)
        async with asyncio.timeout(10):
            while (await http.get("/api/pty")).json()["data"]:
                await asyncio.sleep(0.01)
    assert old == [renamed]
    assert ticket["expires_in"] > 0
    assert gone.status_code == 204
