"""The proxy of the documentation, run for real: a browser's and a program's requests through it."""

import asyncio
import json
import shutil
import ssl
import subprocess
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.asyncio.client import connect

import opencode
from opencode.server.access.auth import Rules
from opencode.server.app import OPENAI
from opencode.server.listen import bind
from opencode.server.openai.completion import Completions
from opencode.tests.fakes.company import certified
from opencode.tests.server.served import say, served

NAME = "box.example.com"
RULES = Rules(secret="secret", hosts=(NAME,))
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")

pytestmark = pytest.mark.skipif(not shutil.which("nginx"), reason="no nginx here")


def sample() -> str:
    page = (Path(opencode.__file__).parents[2] / "docs" / "service.md").read_text("utf-8")
    return page.partition("<!-- nginx -->\n```")[2].partition("\n")[2].partition("```")[0]


PLAIN = """
server {
  listen 8443 ssl;
  server_name api.example.com;
  ssl_certificate /etc/ssl/box.pem;
  ssl_certificate_key /etc/ssl/box.key;
  location / { proxy_pass http://127.0.0.1:4096; }
}
"""
"""As people have it who never heard of streams."""


@asynccontextmanager
async def proxied(
    folder: Path, server: str, text: str = ""
) -> AsyncGenerator[tuple[int, ssl.SSLContext]]:
    """nginx with the sample; only ports and the certificate's place are others."""
    authority = folder / "authority.pem"
    certified(folder, authority, [NAME, "localhost"])
    with bind("127.0.0.1", 0, usual=0) as free:
        port = free.getsockname()[1]
    text = (text or sample()).replace("8443", str(port))
    text = text.replace("127.0.0.1:4096", urlsplit(server).netloc)
    text = text.replace("/etc/ssl/box.pem", f"{folder}/site.pem")
    text = text.replace("/etc/ssl/box.key", f"{folder}/site.pem")
    own = "".join(f"{name}_temp_path {folder}/{name};\n" for name in TEMPORARY)
    file = folder / "nginx.conf"
    file.write_text(f"events {{}}\nhttp {{\naccess_log off;\n{own}{text}}}\n")
    more = f"daemon off; master_process off; pid {folder}/pid; error_log stderr;"
    with subprocess.Popen(["nginx", "-c", str(file), "-g", more]) as process:
        try:
            await _until_it_listens(port, process)
            yield port, ssl.create_default_context(cafile=str(authority))
        finally:
            process.kill()


async def _until_it_listens(port: int, process: "subprocess.Popen[bytes]") -> None:
    while process.poll() is None:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.02)
        else:
            writer.close()
            return
    raise AssertionError("nginx does not start")


async def heard(
    http: httpx.AsyncClient, words: str, method: str, path: str, body: Any = None
) -> None:
    """A stream as far as these words; more never comes."""
    async with (
        http.stream(method, path, json=body) as answer,
        aclosing(answer.aiter_lines()) as lines,
    ):
        async for line in lines:
            if words in line:
                return
    raise AssertionError(f"{words} never came")


async def test_words_pages_sockets_and_large_bodies_get_through_the_proxy_of_the_document(
    project: Path, tmp_path: Path
) -> None:
    held = [{"text": "first"}, {"sleep": 60}, {"text": "second"}]
    body = {"model": "opencode/default", "messages": [{"role": "user", "content": "Hi"}]}
    script = [held, say("Read it"), say("One two")]
    async with (
        served(project, script, rules=RULES, completions=Completions()) as at,
        proxied(tmp_path, at.url) as (port, trust),
        httpx.AsyncClient(
            base_url=f"https://localhost:{port}",
            headers={"host": f"{NAME}:{port}", "authorization": "Bearer secret"},
            verify=trust,
            timeout=20,
        ) as http,
    ):
        await heard(http, "first", "POST", "/v1/chat/completions", {**body, "stream": True})
        await heard(http, "server.connected", "GET", "/event")
        page = await http.get("/session", headers={"origin": f"https://{NAME}:{port}"})
        assert page.status_code == 200
        other = await http.get("/session", headers={"origin": f"https://evil.example:{port}"})
        assert other.status_code == 403
        body["messages"] = [{"role": "user", "content": "long " * 400_000}]
        assert (await http.post("/v1/chat/completions", json=body)).status_code == 200
        session = (await at.door.create()).id
        async with connect(
            f"wss://{NAME}:{port}/api/chat/ws/{session}",
            ssl=trust,
            host="localhost",
            additional_headers={"authorization": "Bearer secret"},
        ) as ws:
            await ws.send(json.dumps({"message": "More"}))
            frames = [json.loads(await ws.recv())]
            while frames[-1]["type"] != "done":
                frames.append(json.loads(await ws.recv()))
    assert frames[-1]["content"] == "One two"


async def test_a_stream_asks_a_plain_proxy_not_to_hold_it_back(
    project: Path, tmp_path: Path
) -> None:
    held = [{"text": "first"}, {"sleep": 60}, {"text": "second"}]
    rules = Rules(secret="the-key", bearer_only=True)
    body = {"model": "default", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
    async with (
        served(project, [held], rules=rules, completions=Completions(), only=OPENAI) as at,
        proxied(tmp_path, at.url, PLAIN) as (port, trust),
        httpx.AsyncClient(
            base_url=f"https://localhost:{port}",
            headers={"authorization": "Bearer the-key"},
            verify=trust,
            timeout=20,
        ) as http,
    ):
        await heard(http, "first", "POST", "/v1/chat/completions", body)
