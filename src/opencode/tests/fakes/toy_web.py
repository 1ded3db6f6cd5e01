"""A real web server on loopback with pages that a test names."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Answer:
    body: bytes | str | list[Any] | dict[str, Any] = b""
    mime: str = "text/html; charset=utf-8"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    held: threading.Event | None = None
    """The answer is sent when this is set."""


@dataclass
class Web:
    url: str
    pages: dict[str, Answer]
    asked: list[tuple[str, dict[str, str], bytes]]
    """Path with query, headers, body."""


@contextmanager
def toy_web(pages: dict[str, Answer]) -> Iterator[Web]:
    asked: list[tuple[str, dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            size = int(self.headers.get("content-length", 0))
            asked.append((self.path, dict(self.headers), self.rfile.read(size)))
            page = pages.get(self.path.partition("?")[0], Answer("not here", status=404))
            if page.held:
                page.held.wait(20)
            body = page.body
            if isinstance(body, list | dict):
                body = json.dumps(body)
            data = body.encode() if isinstance(body, str) else body
            self.send_response(page.status)
            headers = {"Content-Type": page.mime, "Content-Length": str(len(data))} | page.headers
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self.wfile.write(data)
            except OSError:
                return  # whoever asked had enough

        do_GET = do_POST = answer

        def log_message(self, format: str, *args: Any) -> None:
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield Web(f"http://127.0.0.1:{server.server_address[1]}", pages, asked)
    finally:
        for page in pages.values():
            if page.held:
                page.held.set()
        server.shutdown()
        thread.join()
        server.server_close()
