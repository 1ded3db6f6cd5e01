import asyncio
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from opencode.config import paths
from opencode.tests.fakes import toy_mcp_server
from opencode.tests.server.served import say, served
from opencode.tests.server.test_events import named, reading


def git(project: Path, *words: str) -> None:
    subprocess.run(["git", "-C", str(project), *words], check=True, capture_output=True)


async def test_what_differs_from_the_last_commit_comes_as_patches(project: Path) -> None:
    async with served(project) as at, httpx.AsyncClient(base_url=at.url) as http:
        assert "vcs" not in (await http.get("/project/current")).json()
        for _ in range(2):
            assert (await http.post("/project/git/init")).json()["vcs"] == "git"
        (project / "main.py").write_text("one\ntwo\n")
        git(project, "add", ".")
        git(project, "commit", "-qm", "first")
        git(project, "checkout", "-qb", "work")
        (project / "main.py").write_text("one\nthree\n")
        git(project, "commit", "-qam", "second")
        (project / "new.txt").write_text("x\ny")
        vcs = (await http.get("/vcs")).json()
        status = (await http.get("/vcs/status")).json()
        now = (await http.get("/vcs/diff?mode=git")).json()
        branch = (await http.get("/vcs/diff?mode=branch&context=0")).json()
        odd = await http.get("/vcs/diff?mode=odd")
        raw = (await http.get("/vcs/diff/raw")).text
        (project / "new.txt").unlink()
        applied = await http.post("/vcs/apply", json={"patch": raw})
        again = await http.post("/vcs/apply", json={"patch": raw})
        outside = raw.replace("new.txt", "../new.txt")
        refused = await http.post("/vcs/apply", json={"patch": outside})
    assert vcs == {"branch": "work", "dirty": True, "default_branch": "main"}
    assert [(one["file"], one["status"]) for one in status] == [("new.txt", "added")]
    assert "+y\n\\ No newline" in now[0]["patch"]
    assert {one["file"]: one["status"] for one in branch} == {
        "main.py": "modified",
        "new.txt": "added",
    }
    assert "-two\n+three" in branch[0]["patch"]
    assert odd.status_code == 400
    assert applied.json() == {"applied": True}
    assert (project / "new.txt").read_text() == "x\ny"
    assert again.status_code == 400
    assert refused.status_code == 403
    assert not (project.parent / "new.txt").exists()


async def test_without_git_there_is_nothing_to_tell(project: Path) -> None:
    async with served(project) as at, httpx.AsyncClient(base_url=at.url) as http:
        assert (await http.get("/vcs")).json() == {}
        assert (await http.get("/vcs/diff?mode=git")).json() == []


async def test_mcp_servers_are_added_ended_and_started(project: Path) -> None:
    toy = [sys.executable, str(toy_mcp_server.__file__)]
    async with served(project) as at, httpx.AsyncClient(base_url=at.url) as http:
        body = {"name": "toy", "config": {"type": "local", "command": toy}}
        connected, disabled = {"toy": {"status": "connected"}}, {"toy": {"status": "disabled"}}
        assert (await http.post("/mcp", json=body, timeout=30)).json() == connected
        offered = (await http.get("/experimental/resource")).json()
        assert offered["toy:note"] == {"name": "note", "uri": "toy://note", "client": "toy"}
        session = (await http.post("/session", json={})).json()["id"]
        source = {"type": "resource", "clientName": "toy", "uri": "toy://note"}
        brings = {"type": "file", "mime": "text/plain", "url": "toy://note", "source": source}
        parts = [{"type": "text", "text": "Read this"}, brings]
        said = await http.post(
            f"/session/{session}/message", json={"parts": parts, "noReply": True}
        )
        assert "Resource toy://note of toy" in said.text
        assert (await http.post("/mcp/toy/disconnect")).json() is True
        assert (await http.get("/mcp")).json() == disabled
        assert (await http.post("/mcp/toy/connect", timeout=30)).json() is True
        assert (await http.get("/mcp")).json() == connected
        assert (await http.post("/mcp", json=body)).status_code == 400
        assert (await http.post("/mcp/nobody/connect")).status_code == 404
        broken = {"name": "broken", "config": {"type": "local"}}
        assert (await http.post("/mcp", json=broken)).status_code == 400


async def test_skills_come_with_their_text(project: Path) -> None:
    folder = paths.config_dir() / "skills" / "greet"
    folder.mkdir(parents=True)
    text = "---\nname: greet\ndescription: How to greet\n---\nSay hello.\n"
    (folder / "SKILL.md").write_text(text)
    async with served(project) as at, httpx.AsyncClient(base_url=at.url) as http:
        [skill] = (await http.get("/skill")).json()
        assert (await http.get("/formatter")).json() == []
        assert (await http.get("/lsp")).json() == []
    assert (skill["name"], skill["description"]) == ("greet", "How to greet")
    assert "Say hello." in skill["content"]


@pytest.mark.skipif(
    not shutil.which("basedpyright-langserver", path=sysconfig.get_path("scripts")),
    reason="needs basedpyright (pip install basedpyright)",
)
async def test_symbols_are_found_by_name(project: Path) -> None:
    (project / "a.py").write_text("\n\ndef wanted_here() -> None: ...\n")
    (project / "notes.txt").write_text("wanted_here\n")
    async with served(project) as at, httpx.AsyncClient(base_url=at.url, timeout=60) as http:
        found = (await http.get("/find/symbol?query=wanted_here")).json()
        running = (await http.get("/lsp")).json()
    assert found[0]["name"] == "wanted_here"
    assert found[0]["kind"] == 12
    assert found[0]["location"]["uri"].endswith("a.py")
    assert found[0]["location"]["range"]["start"] == {"line": 2, "character": 4}
    assert [one["status"] for one in running] == ["connected"]


async def test_files_are_written_inside_the_project_only(project: Path) -> None:
    async with served(project) as at, httpx.AsyncClient(base_url=at.url) as http:
        new = {"path": "deep/er/new.txt", "content": "Ünï"}
        assert (await http.post("/api/files/write", json=new)).json()["status"] == "ok"
        outside = {"path": "../out.txt", "content": "x"}
        own = {"path": ".GIT/hooks/pre-commit", "content": "x"}
        for far in ("//server/share/x", "\\\\server\\share", "a\0b"):
            assert (await http.get("/file", params={"path": far})).status_code == 400
            assert (await http.get("/file/status?directory=" + quote(far))).status_code == 400
        assert (await http.post("/api/files/write", json=outside)).status_code == 403
        assert (await http.post("/api/files/write", json=own)).status_code == 403
    assert (project / "deep/er/new.txt").read_text("utf-8") == "Ünï"


async def test_settings_are_changed_whole_or_not_at_all(project: Path) -> None:
    async with served(project) as at, httpx.AsyncClient(base_url=at.url) as http:
        helped = at.door.rooms.code is not None
        shown = (await http.get("/config")).json()
        changed = await http.patch("/config", json={"model": "offline/rules", "agent": {}})
        wrong = await http.post("/api/config", json={"small_model": "a/b", "nonsense": 1})
        unfit = await http.patch("/global/config", json={"limits": {"max_steps": "many"}})
        await http.post("/api/config", json={"limits": {"max_steps": 7}})
        now = (await http.get("/global/config")).json()
        token = {
            "url": "https://example.org/mcp?key=secret",
            "headers": {"Authorization": "secret"},
        }
        await http.patch("/config", json={"mcp": {"far": token}, "theme": "x"})
        file = paths.config_dir() / "opencode.toml"
        before = file.read_text()
        read = await http.get("/config")
        as_read = await http.patch("/config", json=read.json())
        same = file.read_text()
        await http.patch("/config", json={"theme": None, "model": None})
        number = await http.patch("/config", json={"model": 3})
    written = (paths.config_dir() / "opencode.toml").read_text()
    assert (shown["lsp"], shown["formatter"]) == (helped, False)
    assert changed.json()["model"] == now["model"] == "offline/rules"
    assert (wrong.status_code, unfit.status_code) == (400, 400)
    assert 'model = "offline/rules"' in before
    assert "max_steps = 7" in written
    assert "small_model" not in written
    assert (as_read.status_code, same) == (200, before)
    assert ("secret" in before, "secret" in read.text) == (True, False)
    assert ("theme" in before, "theme" in written, "\nmodel" in written) == (True, False, False)
    assert number.status_code == 400


async def test_messages_and_parts_are_mended_by_hand(project: Path) -> None:
    async with (
        served(project, [say("Wrong words"), say("More")]) as at,
        httpx.AsyncClient(base_url=at.url) as http,
    ):
        session = (await http.post("/session")).json()["id"]
        url = f"/session/{session}/message"
        await http.post(url, json={"content": "Hi"})
        first = (await http.get(url)).json()
        answer = first[1]["info"]["id"]
        text = next(p for p in first[1]["parts"] if p["type"] == "text")
        mended = {**text, "text": "Right words"}
        reworded = (await http.patch(f"{url}/{answer}/part/{text['id']}", json=mended)).json()
        words = (await http.get(f"{url}/{answer}")).json()["parts"]
        assert (await http.request("DELETE", f"{url}/{answer}/part/{text['id']}")).json() is True
        left = (await http.get(f"{url}/{answer}")).json()["parts"]
        assert (await http.request("DELETE", f"{url}/{answer}")).json() is True
        assert (await http.request("DELETE", f"{url}/{answer}")).status_code == 404
        listed = (await http.get(url)).json()
        await http.post(url, json={"content": "Go on"})
    assert reworded["text"] == "Right words"
    assert "Right words" in [p.get("text") for p in words]
    assert "text" not in [p["type"] for p in left]
    assert [one["info"]["role"] for one in listed] == ["user"]


async def test_every_part_that_is_listed_can_be_taken_out_and_that_is_told(project: Path) -> None:
    async with (
        served(project, [say("One thing")]) as at,
        httpx.AsyncClient(base_url=at.url) as http,
        reading(at) as reader,
    ):
        session = (await http.post("/session")).json()["id"]
        url = f"/session/{session}/message"
        answer = (await http.post(url, json={"content": "Hi"})).json()["info"]["id"]
        listed = (await http.get(f"{url}/{answer}")).json()["parts"]
        for part in listed[::2]:
            gone = f"{url}/{answer}/part/{part['id']}"
            assert (await http.delete(gone)).json() is True
            assert (await http.delete(gone)).status_code == 404
        left = (await http.get(f"{url}/{answer}")).json()["parts"]
        events = await reader.until(
            lambda one: one["data"].get("properties", {}).get("partID") == listed[-1]["id"]
        )
    assert [part["type"] for part in listed] == ["step-start", "text", "step-finish"]
    assert [part["type"] for part in left] == ["text"]
    told = named(events, "message.part.removed")
    assert [one["properties"]["partID"] for one in told] == [p["id"] for p in listed[::2]]


async def test_terminals_are_told_by_events_and_by_the_queue(project: Path) -> None:
    async with served(project) as at, httpx.AsyncClient(base_url=at.url) as http:
        waiting = asyncio.create_task(http.get("/tui/control/next", timeout=20))
        alone = (await http.get("/tui?prompt=Hello")).json()
        told = (await waiting).json()
        odd = {"type": "session.deleted", "properties": {}}
        assert (await http.post("/tui/publish", json=odd)).status_code == 400
        toast = {"type": "tui.toast.show", "properties": {"message": "m", "variant": "info"}}
        assert (await http.post("/tui/publish", json=toast)).json() is True
        assert (await http.get("/tui/control/next")).json()["body"]["message"] == "m"
        assert (await http.post("/tui/control/response", json={"ok": True})).json() is True
        assert (await http.get("/tui?session=ses_nobody")).status_code == 404
    assert alone == {"attached": False, "done": ["prompt"]}
    assert told == {"path": "/tui", "body": {"text": "Hello"}}
