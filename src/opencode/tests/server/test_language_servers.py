"""Language servers by hand over HTTP, against one that finds BUG in lines."""

import sys
from pathlib import Path

import httpx

from opencode.config import paths
from opencode.tests.fakes import toy_language_server
from opencode.tests.server.served import served
from opencode.tests.server.test_events import named, reading

TOY = str(Path(toy_language_server.__file__))


async def test_a_server_is_started_heard_and_ended_by_hand(project: Path) -> None:
    command = f"command = ['{sys.executable}', '{TOY}']"
    paths.config_dir().mkdir(parents=True, exist_ok=True)
    (paths.config_dir() / "opencode.toml").write_text(f"[lsp.python]\n{command}\n")
    file = project / "sub" / "bad.py"
    file.parent.mkdir()
    file.write_text("fine\nBUG\n")
    async with (
        served(project) as at,
        httpx.AsyncClient(base_url=at.url, timeout=20) as http,
        reading(at) as reader,
    ):
        rows = (await http.get("/lsp/servers")).json()
        assert (await http.get("/lsp/diagnostics")).json() == []
        started = (await http.post("/lsp/start", json={"language": "python"})).json()
        events = await reader.until(lambda one: one["event"] == "lsp.client.diagnostics")
        [of_all] = (await http.get("/lsp/diagnostics")).json()
        [of_one] = (await http.get("/lsp/diagnostics", params={"path": "sub/bad.py"})).json()
        assert [one["status"] for one in (await http.get("/lsp")).json()] == ["connected"]
        assert (await http.post("/lsp/stop", json={"id": started["id"]})).json() is True
        assert (await http.get("/lsp")).json() == []
        assert (await http.post("/lsp/stop", json={"id": started["id"]})).json() is False
        again = (await http.post("/lsp/start", json={"path": "sub/bad.py"})).json()
        both = await http.post("/lsp/stop", json={"id": "pylsp", "language": "python"})
        other = await http.post("/lsp/start", json={"id": "pylsp"})
        unknown = await http.post("/lsp/stop", json={"id": "nobody"})
        nothing = await http.post("/lsp/start", json={"language": "go"})
        outside = await http.get("/lsp/diagnostics", params={"path": "../x.py"})
    known = {one["id"]: one for one in rows}
    assert {"pyright", "typescript-language-server", "gopls", "rust-analyzer"} <= known.keys()
    assert known["gopls"]["install"]
    assert known[started["id"]] | {"state": "running", "root": str(project)} == started == again
    assert of_all == of_one
    assert (of_one["path"], of_one["ready"]) == (str(file), True)
    assert [(one["line"], one["severity"]) for one in of_one["diagnostics"]] == [(2, "error")]
    [told] = named(events, "lsp.client.diagnostics")
    assert told["properties"] == {"path": str(file), "serverID": started["id"]}
    assert both.json() is True
    assert other.status_code == 400
    assert "[lsp.python] server" in other.json()["data"]["message"]
    assert [one.status_code for one in (unknown, nothing, outside)] == [404, 404, 403]


async def test_where_none_can_be_used_the_table_still_says_how_to_get_one(project: Path) -> None:
    paths.config_dir().mkdir(parents=True, exist_ok=True)
    (paths.config_dir() / "opencode.toml").write_text("[lsp]\nenabled = false\n")
    async with served(project) as at, httpx.AsyncClient(base_url=at.url) as http:
        rows = (await http.get("/lsp/servers")).json()
        refused = await http.post("/lsp/start", json={"language": "python"})
    assert {one["state"] for one in rows} == {"off"}
    assert refused.status_code == 400
    assert "/lsp/servers" in refused.json()["data"]["message"]
