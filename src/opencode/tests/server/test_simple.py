import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import connect

from opencode.tests.server.served import say, served


async def test_sessions_of_the_plain_api_come_and_go(project: Path) -> None:
    async with served(project) as at, httpx.AsyncClient(base_url=at.url) as http:
        made = (await http.post("/api/sessions", json={"title": "My Session"})).json()
        assert (made["title"], made["project_path"]) == ("My Session", str(project))
        for path in ("/api/sessions", "/api/sessions/"):
            assert [one["id"] for one in (await http.get(path)).json()] == [made["id"]]
        one = f"/api/sessions/{made['id']}"
        assert (await http.patch(one, json={"title": "Other"})).json()["title"] == "Other"
        assert (await http.delete(one)).json() == {"status": "ok"}
        gone = await http.get(one)
        assert (gone.status_code, gone.json()["error"]["code"]) == (404, "NotFoundError")


async def test_chat_answers_whole_and_in_pieces_and_remembers(project: Path) -> None:
    async with (
        served(project, [say("Hello you"), say("And again")]) as at,
        httpx.AsyncClient(base_url=at.url) as http,
    ):
        whole = (await http.post("/api/chat/message", json={"message": "Hi"})).json()
        body = {"session_id": whole["session_id"], "message": "More"}
        streamed = (await http.post("/api/chat/stream", json=body)).text
        history = await http.get(f"/api/chat/history/{whole['session_id']}")
        for path in ("/api/chat/message", "/api/chat/stream"):
            unknown = {"session_id": "ses_none", "message": "x"}
            assert (await http.post(path, json=unknown)).status_code == 404
            assert (await http.post(path, json={})).status_code == 400
    assert whole["message"] == {"role": "assistant", "content": "Hello you"}
    assert whole["usage"]["output"] == 3
    lines = [line.removeprefix("data: ") for line in streamed.split("\n") if line]
    assert lines[-1] == "[DONE]"
    assert "".join(json.loads(line)["content"] for line in lines[:-1]) == "And again"
    assert [one["content"] for one in history.json()["messages"]] == [
        "Hi",
        "Hello you",
        "More",
        "And again",
    ]


async def test_a_socket_streams_and_survives_mistakes(project: Path) -> None:
    async with served(project, [say("One two"), say("Three")]) as at:
        url = at.url.replace("http", "ws")
        session = (await at.door.create()).id
        async with connect(f"{url}/api/chat/ws") as ws:
            async with connect(f"{url}/api/chat/ws") as other:
                await other.send(b"binary")
                await other.wait_closed()
                assert other.close_code == 1003
            await ws.send("no json")
            assert json.loads(await ws.recv())["type"] == "error"
            await ws.send(json.dumps({"type": "message", "session_id": "ses_no", "content": "x"}))
            assert json.loads(await ws.recv())["type"] == "error"
            await ws.send(json.dumps({"type": "message", "session_id": session, "content": "Hi"}))
            frames = await _until_done(ws)
        async with connect(f"{url}/api/chat/ws/{session}") as ws:
            await ws.send(json.dumps({"message": "More"}))
            more = await _until_done(ws)
    assert frames[0]["type"] == "ack"
    assert "".join(f["content"] for f in frames if f["type"] == "chunk") == "One two"
    assert (frames[-1]["content"], more[-1]["content"]) == ("One two", "Three")
    assert {frame["session_id"] for frame in [*frames, *more]} == {session}


async def _until_done(ws: Any) -> list[dict[str, Any]]:
    frames: list[dict[str, Any]] = []
    while not frames or frames[-1]["type"] != "done":
        frames.append(json.loads(await ws.recv()))
        assert frames[-1]["type"] != "error"
    return frames


async def test_tools_are_listed_and_run_through_the_gate(project: Path) -> None:
    (project / "a.txt").write_text("needle\n")
    (project / "opencode.toml").write_text('[permissions]\nbash_ask = ["date"]\n')
    async with served(project) as at, httpx.AsyncClient(base_url=at.url, timeout=20) as http:
        listed = (await http.get("/api/tools")).json()
        names = [one["name"] for one in listed if one["available"]]
        assert {"bash", "grep", "glob"} <= set(names)
        assert {one["name"] for one in listed if not one["available"]} == {"skill", "websearch"}
        assert (await http.get("/experimental/tool/ids")).json() == names
        good = {"tool": "grep", "arguments": {"pattern": "needle"}}
        found = (await http.post("/api/tools/execute", json=good)).json()
        assert found["success"] is True
        assert "a.txt" in found["output"]
        bad = {"tool": "bash", "arguments": {"command": "date"}}
        refused = await http.post("/api/tools/execute", json=bad)
        assert refused.status_code == 403
        assert await at.door.asks() == []


async def test_files_models_and_settings_are_there(project: Path) -> None:
    (project / "src").mkdir()
    (project / "src" / "main.py").write_text("x = 1\n")
    async with served(project) as at, httpx.AsyncClient(base_url=at.url) as http:
        listed = (await http.get("/api/files/list", params={"path": "src"})).json()
        assert [one["path"] for one in listed] == ["src/main.py"]
        read = (await http.get("/api/files/read", params={"path": "src/main.py"})).json()
        assert read["content"] == "x = 1\n"
        search = await http.get("/api/files/search", params={"query": "main"})
        assert search.json() == ["src/main.py"]
        posted = await http.post("/api/files/search", json={"query": "main"})
        assert posted.json() == ["src/main.py"]
        models = {one["id"]: one for one in (await http.get("/api/models")).json()}
        assert models["offline"]["models"] == ["rules"]
        assert (await http.get("/api/config")).json()["session"]["auto_save"] is True
        assert (await http.get("/api/health")).json()["status"] == "ok"


async def test_a_limit_says_how_long_to_wait(project: Path) -> None:
    limit = {"error": "provider.rate_limit", "message": "Too many.", "retry_after": 60}
    async with served(project, [[limit]]) as at, httpx.AsyncClient(base_url=at.url) as http:
        refused = await http.post("/api/chat/message", json={"message": "Go"})
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
    details = refused.json()["error"]["details"]
    assert (details["retry_after"], details["remaining"]) == (60, 0)
    assert datetime.fromisoformat(details["reset_at"]) > datetime.now(UTC)
