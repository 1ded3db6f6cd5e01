"""A small MCP server over HTTP that wants a login, with the authorization server beside it.

Standard library only. /mcp speaks streamable HTTP, /sse the older transport; tokens rotate."""

import base64
import hashlib
import json
import queue
import secrets
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

NOTHING = {"type": "object", "properties": {}}


class Toy(ThreadingHTTPServer):
    """What the server knows; tests look at it."""

    daemon_threads = True

    def __init__(self, *, locked: bool, life: float) -> None:
        super().__init__(("127.0.0.1", 0), _Page)
        self.locked, self.life = locked, life
        self.codes: dict[str, tuple[str, str]] = {}
        self.good: dict[str, float] = {}
        self.refreshes: set[str] = set()
        self.refreshed = self.logins = self.registered = 0
        self.seen: list[str] = []
        """Authorization headers of the calls."""
        self.streams: list[queue.Queue[dict[str, Any]]] = []
        self.guard = threading.Lock()
        self.gone = False
        """Connections are cut without a word."""

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def tokens(self) -> dict[str, Any]:
        access, refresh = secrets.token_hex(8), secrets.token_hex(8)
        self.good[access] = time.time() + self.life
        self.refreshes.add(refresh)
        return {
            "access_token": access,
            "refresh_token": refresh,
            "token_type": "Bearer",
            "expires_in": self.life,
        }

    def trade(self, form: dict[str, str]) -> dict[str, Any] | None:
        with self.guard:
            if form["grant_type"] == "refresh_token":
                if form["refresh_token"] not in self.refreshes:
                    return None
                self.refreshes.remove(form["refresh_token"])  # each is good once
                self.refreshed += 1
                return self.tokens()
            challenge, redirect = self.codes.pop(form["code"])
            proof = hashlib.sha256(form["code_verifier"].encode()).digest()
            if base64.urlsafe_b64encode(proof).decode().rstrip("=") != challenge:
                return None
            if form["redirect_uri"] != redirect:
                return None
            self.logins += 1
            return self.tokens()


class _Page(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Toy

    def log_message(self, format: str, *args: Any) -> None:
        del format, args

    def say(self, status: int, body: Any = None, **headers: str) -> None:
        data = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if body is not None:
            self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def is_let_in(self) -> bool:
        said = self.headers.get("Authorization", "")
        self.server.seen.append(said)
        if not self.server.locked:
            return True
        if self.server.good.get(said.removeprefix("Bearer "), 0) > time.time():
            return True
        where = f"{self.server.base}/.well-known/oauth-protected-resource/mcp"
        self.say(401, {}, WWW_Authenticate=f'Bearer resource_metadata="{where}"')
        return False

    def do_GET(self) -> None:
        base, parts = self.server.base, urlsplit(self.path)
        if parts.path.startswith("/.well-known/oauth-protected-resource"):
            self.say(200, {"resource": f"{base}/mcp", "authorization_servers": [base]})
        elif parts.path.startswith("/.well-known/"):
            self.say(
                200,
                {
                    "issuer": base,
                    "authorization_endpoint": f"{base}/authorize",
                    "token_endpoint": f"{base}/token",
                    "registration_endpoint": f"{base}/register",
                    "response_types_supported": ["code"],
                    "code_challenge_methods_supported": ["S256"],
                    "token_endpoint_auth_methods_supported": ["none"],
                },
            )
        elif parts.path == "/authorize":
            asked = {key: values[0] for key, values in parse_qs(parts.query).items()}
            code = secrets.token_hex(8)
            self.server.codes[code] = (asked["code_challenge"], asked["redirect_uri"])
            back = urlencode({"code": code, "state": asked["state"]})
            self.say(302, None, Location=f"{asked['redirect_uri']}?{back}")
        elif parts.path == "/sse" and self.is_let_in():
            self.stream()
        elif parts.path != "/sse":
            self.say(405, {})

    def do_DELETE(self) -> None:
        self.say(200, {})

    def do_POST(self) -> None:
        if self.server.gone:
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        match urlsplit(self.path).path:
            case "/register":
                self.server.registered += 1
                self.say(201, {**json.loads(body), "client_id": "toy-client"})
            case "/token":
                form = {key: values[0] for key, values in parse_qs(body.decode()).items()}
                found = self.server.trade(form)
                self.say(200 if found else 400, found or {"error": "invalid_grant"})
            case "/messages":
                message = json.loads(body)
                if "id" in message:
                    self.server.streams[-1].put(self.answer(message))
                self.say(202)
            case "/mcp" if self.is_let_in():
                message = json.loads(body)
                if "id" in message:
                    self.say(200, self.answer(message))
                else:
                    self.say(202)
            case "/mcp":
                pass
            case _:
                self.say(404, {})

    def stream(self) -> None:
        news: queue.Queue[dict[str, Any]] = queue.Queue()
        self.server.streams.append(news)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"event: endpoint\ndata: /messages\n\n")
        while message := news.get():
            self.wfile.write(f"event: message\ndata: {json.dumps(message)}\n\n".encode())
            self.wfile.flush()

    def answer(self, message: dict[str, Any]) -> dict[str, Any]:
        said = self.headers.get("Authorization", "")
        results: dict[str, Any] = {
            "initialize": {
                "protocolVersion": "2025-06-18",
                "capabilities": {"tools": {}},
                "serverInfo": {"name": "toy", "version": "1"},
            },
            "tools/list": {"tools": [{"name": "token", "inputSchema": NOTHING}]},
            "tools/call": {"content": [{"type": "text", "text": said}]},
        }
        if (found := results.get(message["method"])) is None:
            error = {"code": -32601, "message": "Method not found"}
            return {"jsonrpc": "2.0", "id": message["id"], "error": error}
        return {"jsonrpc": "2.0", "id": message["id"], "result": found}


@contextmanager
def serving(*, locked: bool = True, life: float = 3600) -> Generator[Toy]:
    """The server, on a free port of loopback."""
    toy = Toy(locked=locked, life=life)
    thread = threading.Thread(target=toy.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield toy
    finally:
        for stream in toy.streams:
            stream.put({})
        toy.shutdown()
        thread.join()
        toy.server_close()
