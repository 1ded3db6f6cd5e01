import re
from pathlib import Path
from pkgutil import iter_modules

import httpx

import opencode
import opencode.server.routes
from opencode.server.app import table
from opencode.server.route import Route
from opencode.tests.server.served import served

ROOT = Path(opencode.__file__).parents[2]
ROUTES, SOCKETS = table(module.name for module in iter_modules(opencode.server.routes.__path__))


def test_the_document_lists_exactly_the_routes_there_are() -> None:
    text = (ROOT / "docs" / "http-api.md").read_text("utf-8")
    written = set(re.findall(r"^\| (GET|POST|PUT|PATCH|DELETE|WS) \| `([^`]+)` \|", text, re.M))
    there = {(row.method, row.path.replace(":path", "")) for row in ROUTES}
    there |= {("WS", row.path) for row in SOCKETS}
    assert written == there


def test_no_two_rows_say_the_same() -> None:
    rows = [(row.method, row.path) for row in ROUTES]
    assert len(rows) == len(set(rows))


async def test_the_openapi_document_is_made_of_the_table(project: Path) -> None:
    async with served(project) as at, httpx.AsyncClient(base_url=at.url) as http:
        document = (await http.get("/doc")).json()
        assert (await http.get("/openapi.json")).json() == document
        page = await http.get("/doc", headers={"accept": "text/html"})
    assert document["openapi"].startswith("3.1")
    found = {
        (method.upper(), path)
        for path, operations in document["paths"].items()
        for method in operations
    }
    assert found == {(row.method, row.path.replace(":path", "")) for row in ROUTES}
    references = set(re.findall(r'"#/components/schemas/(\w+)"', str(document).replace("'", '"')))
    assert references <= set(document["components"]["schemas"])
    names = [op["operationId"] for ops in document["paths"].values() for op in ops.values()]
    assert len(names) == len(set(names))
    assert page.headers["content-type"].startswith("text/html")
    assert "/session" in page.text
    assert "http" not in re.sub(r"<!doctype html>", "", page.text).replace("http-api", "")


async def test_unknown_sessions_are_404_everywhere(project: Path) -> None:
    rows = [row for row in ROUTES if "{sessionID}" in row.path]
    async with served(project) as at, httpx.AsyncClient(base_url=at.url) as http:
        for row in rows:
            answer = await _unknown(http, row)
            assert (row.path, answer.status_code) == (row.path, 404)
            assert answer.json()["error"]["code"] == "NotFoundError"


async def _unknown(http: httpx.AsyncClient, row: Route) -> httpx.Response:
    bodies = {
        "message": {"content": "x"},
        "permission": {"action": "bash", "resources": ["ls"]},
        "prompt_async": {"content": "x"},
        "revert": {"messageID": "msg_1"},
        "shell": {"command": "true"},
        "{permissionID}": {"response": "once"},
        "command": {"command": "x"},
        "summarize": {},
        "agent": {"agent": "build"},
        "model": {"model": {"providerID": "a", "id": "b"}},
        "prompt": {"prompt": {"text": "x"}},
        "reply": {"reply": "once", "answers": []},
        "stage": {"messageID": "msg_1"},
    }
    path = row.path
    for name in ("sessionID", "messageID", "permissionID", "requestID"):
        path = path.replace("{" + name + "}", f"{name[:3]}_unknown")
    body = bodies.get(row.path.rpartition("/")[2], {"title": "x"}) if row.body else None
    return await http.request(row.method, path, json=body)
