import base64
import re
import socket
from pathlib import Path
from pkgutil import iter_modules

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Message

import opencode.server.routes
from opencode.config import paths, secrets
from opencode.server.access.auth import Guard, Rules, checked_origins, is_loopback
from opencode.server.app import table
from opencode.tests.fakes.model_client import model_server
from opencode.tests.server.served import served

LOCKED = Rules(secret="secrät")
JSON = {"content-type": "application/json"}


async def status(url: str, path: str, method: str = "GET", **more: object) -> int:
    headers = {str(k): str(v) for k, v in (more.pop("headers", {}) or {}).items()}
    async with (
        httpx.AsyncClient(base_url=url) as http,
        http.stream(method, path, headers=headers, **more) as response,
    ):
        return response.status_code


async def test_a_foreign_host_is_misdirected_before_anything_else(project: Path) -> None:
    async with served(project) as at:
        for path in ("/session", "/event", "/global/health", "/nowhere"):
            assert await status(at.url, path, headers={"host": "evil.example"}) == 421
        port = at.url.rpartition(":")[2]
        assert await status(at.url, "/session", headers={"host": f"localhost:{port}"}) == 200
        assert await status(at.url, "/session", headers={"host": "localhost:1"}) == 421
        assert await status(at.url, "/session", headers={"host": f"localhost:{port}.evil"}) == 421


@pytest.mark.parametrize(
    ("port", "host", "wanted"),
    [(80, "localhost", 200), (80, "localhost:81", 421), (81, "localhost", 421)],
)
async def test_the_port_that_browsers_leave_out_is_80(port: int, host: str, wanted: int) -> None:
    said: list[int] = []

    async def send(message: Message) -> None:
        said.append(message.get("status", 0))

    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b""}
    scope |= {"server": ("127.0.0.1", port), "headers": [(b"host", host.encode())]}
    await Guard(PlainTextResponse("in"), Rules())(scope, _nothing, send)
    assert said[0] == wanted


async def _nothing() -> Message:
    return {"type": "http.request"}


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
async def test_pages_of_other_sites_are_refused_on_every_method(project: Path, method: str) -> None:
    async with served(project) as at:
        for headers in (
            {"origin": "https://evil.example"},
            {"origin": "null"},
            {"origin": at.url + ".evil.example"},
            {"sec-fetch-site": "cross-site"},
            {"sec-fetch-site": "same-site"},
        ):
            assert await status(at.url, "/session/ses_1/abort", method, headers=headers) == 403
        assert await status(at.url, "/session", headers={"origin": at.url}) == 200


async def test_only_named_origins_may_call_from_a_page(project: Path) -> None:
    rules = Rules(origins=("https://app.example",))
    async with served(project, rules=rules) as at, httpx.AsyncClient(base_url=at.url) as http:
        asked = {"origin": "https://app.example", "access-control-request-method": "POST"}
        preflight = await http.options("/session", headers=asked)
        assert preflight.status_code == 204
        assert preflight.headers["access-control-allow-origin"] == "https://app.example"
        answer = await http.get("/session", headers={"origin": "https://app.example"})
        assert answer.headers["access-control-allow-origin"] == "https://app.example"
        other = await http.options("/session", headers={"origin": "https://other.example"})
        assert other.status_code == 403
        assert "access-control-allow-origin" not in other.headers


async def test_with_a_password_every_route_asks_for_it(
    project: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "opencode.server")
    basic = base64.b64encode("opencode:secrät".encode()).decode()
    wrong = base64.b64encode("opencode:secräT".encode()).decode()
    async with served(project, rules=LOCKED) as at, httpx.AsyncClient(base_url=at.url) as http:
        for path in ("/global/health", "/doc", "/event", "/session", "/nowhere", "/v1/models"):
            refused = await http.get(path)
            assert refused.status_code == 401
            assert refused.headers["www-authenticate"].startswith("Basic")
        known = ("Bearer secrät", f"Basic {basic}")
        assert [
            (await http.get("/session", headers={"authorization": a.encode()})).status_code
            for a in known
        ] == [200, 200]
        for given in (f"Basic {wrong}", "Bearer secret2", "Bearer", "Basic ???", "secret"):
            answer = await http.get("/session", headers={"authorization": given})
            assert answer.status_code == 401
        assert (await http.get(f"/session?auth_token={basic}")).status_code == 200
        assert (await http.post(f"/session?auth_token={basic}")).status_code == 401
    assert "GET /session 200" in caplog.text
    assert not [word for word in ("secrät", basic) if word in caplog.text]


async def test_no_route_forgets_the_password(project: Path) -> None:
    names = [module.name for module in iter_modules(opencode.server.routes.__path__)]
    rows, _ = table(names)
    token = base64.b64encode("opencode:secrät".encode()).decode()
    async with served(project, rules=LOCKED) as at, httpx.AsyncClient(base_url=at.url) as http:
        for row in rows:
            path = re.sub(r"\{[^}]+\}", "x", row.path)
            query = {} if row.method == "GET" else {"auth_token": token}
            assert (await http.request(row.method, path, params=query)).status_code == 401, path


async def test_what_is_too_long_or_too_deep_is_the_callers_fault(project: Path) -> None:
    async with served(project) as at, httpx.AsyncClient(base_url=at.url) as http:
        deep = await http.post("/session", content=b"[" * 100_000, headers=JSON)
        long = await http.get("/file", params={"path": "a/" * 3_000})
    assert (deep.status_code, long.status_code) == (400, 400)
    assert "Traceback" not in deep.text + long.text


async def test_bodies_are_json_and_of_a_size(project: Path) -> None:
    async with (
        served(project, rules=Rules(body_limit=2_000_000)) as at,
        httpx.AsyncClient(base_url=at.url) as http,
    ):
        text = {"content-type": "text/plain"}
        assert (await http.post("/session", content="{}", headers=text)).status_code == 415
        assert (await http.post("/session", content="{}")).status_code == 415
        json = {"content-type": "application/json"}
        big = b'{"title": "' + b"x" * 2_000_000 + b'"}'
        assert (await http.post("/session", content=big, headers=json)).status_code == 413

        async def pieces():
            yield big

        refused = await http.post("/session", content=pieces(), headers=json)
        assert refused.status_code == 413
        broken = await http.post("/session", content="{", headers=json)
        assert broken.status_code == 400
        assert broken.json()["error"]["code"] == "BadRequest"
        wrong = await http.post("/session", json={"title": 5})
        assert wrong.status_code == 400
        assert "title" in wrong.json()["data"]["message"]
        assert (await http.post("/session")).status_code == 200


async def test_unknown_paths_and_methods_are_errors_in_json(project: Path) -> None:
    async with served(project) as at, httpx.AsyncClient(base_url=at.url) as http:
        unknown = await http.get("/nope")
        assert (unknown.status_code, unknown.json()["name"]) == (404, "NotFoundError")
        assert (await http.put("/session")).status_code == 405
        elsewhere = await http.get("/session", params={"directory": "/"})
        assert elsewhere.status_code == 400
        assert (await http.get("/session", params={"directory": str(project)})).status_code == 200


async def test_paths_stay_in_the_project(project: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("x")
    (project / "link").symlink_to(tmp_path)
    (project / "in.txt").write_text("inside")
    async with served(project) as at, httpx.AsyncClient(base_url=at.url) as http:
        for path in (
            "../secret.txt",
            "link/secret.txt",
            str(tmp_path / "secret.txt"),
            "/etc/passwd",
        ):
            for route in ("/file", "/file/content", "/api/files/read"):
                answer = await http.get(route, params={"path": path})
                assert answer.status_code == 403
        for path in ("~/x", "a\0b", "file:///etc/passwd"):
            assert (await http.get("/file", params={"path": path})).status_code == 400
        assert (await http.get("/file/content", params={"path": "in.txt"})).json()[
            "content"
        ] == "inside"
        names = [one["name"] for one in (await http.get("/file", params={"path": "."})).json()]
        assert "in.txt" in names
        assert (await http.get("/file/content", params={"path": "no.txt"})).status_code == 404
        assert (await http.get("/file/content")).status_code == 400


async def test_keys_are_stored_and_never_answered(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with served(project) as at, httpx.AsyncClient(base_url=at.url) as http:

        async def openai() -> dict[str, object]:
            found = (await http.get("/config/providers")).json()["providers"]
            return next(one for one in found if one["id"] == "openai")

        assert (await openai())["authenticated"] is False
        secret = "sk-test-0123456789abcdef"
        assert (await http.put("/auth/openai", json={"apiKey": secret})).json() is True
        assert (await openai())["authenticated"] is True
        assert "openai" in (await http.get("/provider")).json()["connected"]
        for path in ("/config", "/config/providers", "/provider", "/provider/auth", "/api/config"):
            assert secret not in (await http.get(path)).text
        assert (await http.put("/auth/openai", json={})).status_code == 400
        assert (await http.delete("/auth/openai")).json() is True
        assert (await openai())["authenticated"] is False


@pytest.mark.parametrize(
    ("provider", "sent", "kept"),
    [
        ("gemini", {"type": "api", "key": "a-key"}, ("google", "api", "a-key")),
        (
            "github-copilot",
            {"type": "oauth", "refresh": "gho_x", "access": "y", "expires": 1},
            ("github-copilot", "oauth", "gho_x"),
        ),
        (
            "bedrock",
            {"accessKeyId": "AKIDX", "secretAccessKey": "s/1", "region": "eu-west-1"},
            ("bedrock", "api", "AKIDX:s/1"),
        ),
    ],
)
async def test_each_provider_takes_its_own_kind_of_secret(
    provider: str, sent: dict[str, object], kept: tuple[str, str, str], project: Path
) -> None:
    async with served(project) as at, httpx.AsyncClient(base_url=at.url) as http:
        assert (await http.put(f"/auth/{provider}", json=sent)).json() is True
    name, kind, key = kept
    assert secrets.read_auth()[name] == {"type": kind, "key": key}


async def test_a_login_is_begun_with_a_code_and_finished_when_it_was_typed(project: Path) -> None:
    login = "/provider/github-copilot/oauth"
    with model_server() as github:
        paths.config_dir().mkdir(parents=True)
        host = f'[provider.github-copilot.options]\nenterpriseUrl = "{github.url}"\n'
        (paths.config_dir() / "opencode.toml").write_text(host)
        async with served(project) as at, httpx.AsyncClient(base_url=at.url) as http:
            ways = (await http.get("/provider/auth")).json()
            assert [way["type"] for way in ways["github-copilot"]] == ["oauth"]
            begun = (await http.post(f"{login}/authorize", json={"method": 0})).json()
            assert begun["method"] == "auto"
            assert "ABCD-1234" in begun["instructions"]
            assert (await http.post(f"{login}/callback", json={"method": 0})).json() is True
            assert "github-copilot" in (await http.get("/provider")).json()["connected"]
            for path, body in (
                (f"{login}/callback", {"method": 0}),
                (f"{login}/authorize", {"method": 0, "inputs": {"enterpriseUrl": "elsewhere"}}),
                ("/provider/openai/oauth/authorize", {"method": 0}),
            ):
                assert (await http.post(path, json=body)).status_code == 400, path
    assert secrets.stored_keys()["github-copilot"] == "gho_lasting"


async def test_a_websocket_passes_the_same_guard(project: Path) -> None:
    async with served(project) as at:
        host = at.url.removeprefix("http://")
        for extra, code in (
            ("", b"101"),
            ("Origin: https://evil.example\r\n", b"403"),
            ("Origin: null\r\n", b"403"),
        ):
            with socket.create_connection(("127.0.0.1", int(host.rpartition(":")[2]))) as wire:
                wire.setblocking(False)
                lines = (
                    f"GET /api/chat/ws HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\n"
                    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                    f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{extra}\r\n"
                )
                import asyncio

                loop = asyncio.get_running_loop()
                await loop.sock_sendall(wire, lines.encode())
                answer = await asyncio.wait_for(loop.sock_recv(wire, 200), 10)
            assert answer.split()[1] == code


def test_loopback_and_origins_are_read_exactly() -> None:
    assert [is_loopback(one) for one in ("127.0.0.1", "::1", "localhost", "127.9.9.9")] == [
        True
    ] * 4
    assert [is_loopback(one) for one in ("0.0.0.0", "::", "192.168.1.2", "example.com")] == [
        False
    ] * 4
    assert checked_origins(["https://a.example:8443"]) == ("https://a.example:8443",)
    for bad in ("a.example", "https://a.example/", "*", "ftp://a"):
        with pytest.raises(ValueError, match="no origin"):
            checked_origins([bad])
