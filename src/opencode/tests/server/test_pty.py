import asyncio
import base64
import json
import os
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from opencode.server.access.auth import Rules
from opencode.tests.server.served import Served, served

pytestmark = pytest.mark.skipif(os.name != "posix", reason="terminals are POSIX only")


def ws(at: Served, path: str) -> str:
    return at.url.replace("http:", "ws:") + path


async def until(socket: ClientConnection, wanted: str) -> str:
    seen = ""
    async with asyncio.timeout(20):
        while wanted not in seen:
            frame = await socket.recv()
            seen += frame if isinstance(frame, str) else ""
    return seen


async def test_a_shell_is_typed_into_resized_and_seen_by_late_ones(project: Path) -> None:
    async with served(project) as at, httpx.AsyncClient(base_url=at.url) as http:
        made = (await http.post("/pty", json={"command": "/bin/sh", "title": "mine"})).json()
        path = f"/pty/{made['id']}"
        size = {"size": {"rows": 33, "cols": 99}}
        assert (await http.put(path, json=size)).json()["title"] == "mine"
        async with connect(ws(at, f"{path}/connect")) as socket:
            await socket.send("stty size; tty; echo 'a😀'b; pwd\n")
            seen = await until(socket, str(project) + "\r\n")
        async with connect(ws(at, f"{path}/connect?cursor=--1")) as late:
            again = await until(late, str(project) + "\r\n")
            mark = json.loads((await late.recv())[1:])["cursor"]
        async with connect(ws(at, f"{path}/connect?cursor={mark}")) as socket:
            while isinstance(more := await socket.recv(), str):  # the shell's prompt, if it is late
                pass
            await socket.send("exit 3\n")
            async for _ in socket:  # until the program ends
                pass
        ended = (await http.get(path)).json()
        assert (await http.delete(path)).json() is True
        assert (await http.get(path)).status_code == 404
    assert "33 99" in seen
    assert "/dev/" in seen
    assert "a😀b" in seen
    assert again.startswith(seen[:20])
    assert more.startswith(b"\0")
    assert json.loads(more[1:])["cursor"] >= mark
    assert (ended["status"], ended["exitCode"]) == ("exited", 3)
    assert made["cwd"] == str(project)


async def test_events_tell_a_terminals_life(project: Path) -> None:
    kinds: list[str] = []
    async with (
        served(project) as at,
        httpx.AsyncClient(base_url=at.url) as http,
        http.stream("GET", "/event") as stream,
    ):
        lines = stream.aiter_lines()
        await anext(lines)
        made = (await http.post("/pty", json={"command": "true"})).json()
        async for line in lines:
            if line.startswith("data:"):
                told = json.loads(line[5:])
                kinds.append(told["type"])
                if told["type"] == "pty.exited":
                    assert told["properties"] == {"id": made["id"], "exitCode": 0}
                    break
    assert "pty.created" in kinds


async def test_of_terminals_that_ended_the_newest_are_kept(project: Path) -> None:
    async with served(project) as at, httpx.AsyncClient(base_url=at.url, timeout=30) as http:
        await asyncio.gather(*(http.post("/pty", json={"command": "true"}) for _ in range(23)))
        while any(one["status"] == "running" for one in (await http.get("/pty")).json()):
            await asyncio.sleep(0.05)
        last = (await http.post("/pty", json={"command": "cat"})).json()
        kept = (await http.get("/pty")).json()
    assert (len(kept), kept[-1]["id"]) == (21, last["id"])


async def test_a_ticket_opens_one_terminal_once_where_a_password_is_asked(project: Path) -> None:
    rules = Rules(secret="pw")
    auth = ("opencode", "pw")
    async with (
        served(project, rules=rules) as at,
        httpx.AsyncClient(base_url=at.url, auth=auth) as http,
    ):
        one = (await http.post("/pty", json={"command": "/bin/cat"})).json()["id"]
        other = (await http.post("/pty", json={"command": "/bin/cat"})).json()["id"]
        given = (await http.post(f"/pty/{one}/connect-token")).json()
        ticket = f"/pty/{one}/connect?ticket={given['ticket']}"
        with pytest.raises(InvalidStatus):
            async with connect(ws(at, f"/pty/{one}/connect")):
                pass
        async with connect(ws(at, ticket)) as socket:
            await socket.send("hello\n")
            await until(socket, "hello")
        with pytest.raises(InvalidStatus):
            async with connect(ws(at, ticket)):
                pass
        third = (await http.post(f"/pty/{one}/connect-token")).json()["ticket"]
        with pytest.raises(InvalidStatus):
            async with connect(ws(at, f"/pty/{other}/connect?ticket={third}")):
                pass
        token = base64.b64encode(b"opencode:pw").decode()
        async with connect(ws(at, f"/pty/{other}/connect?auth_token={token}")) as socket:
            await socket.recv()
    assert given["expires_in"] > 0


async def test_terminals_end_with_the_server_and_stay_in_the_project(project: Path) -> None:
    async with served(project) as at, httpx.AsyncClient(base_url=at.url) as http:
        body = {"command": "/bin/sh", "args": ["-c", "trap '' HUP TERM; sleep 1000 & wait"]}
        pid = (await http.post("/pty", json=body)).json()["pid"]
        outside = await http.post("/pty", json={"cwd": "/"})
        nothing = await http.post("/pty", json={"command": "no-such-program"})
        huge = {"size": {"rows": 0, "cols": 1}}
        [made] = (await http.get("/pty")).json()
        assert (await http.put(f"/pty/{made['id']}", json=huge)).status_code == 400
        assert (await http.get("/pty/shells")).json()[0]["path"].startswith("/")
    assert (outside.status_code, nothing.status_code) == (403, 400)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
