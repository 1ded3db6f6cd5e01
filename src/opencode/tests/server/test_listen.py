import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import httpx
import pytest

from opencode.config import paths
from opencode.server.listen import PortTaken, bind
from opencode.tests.server.served import served


def test_the_usual_port_is_taken_when_free_and_the_next_one_when_not() -> None:
    with bind("127.0.0.1", 0, usual=0) as first:
        taken = first.getsockname()[1]
        with bind("127.0.0.1", 0, usual=taken) as second:
            assert taken < second.getsockname()[1] <= taken + 9
        with pytest.raises(PortTaken, match=str(taken)) as error:
            bind("127.0.0.1", taken, usual=4096)
        assert "--port" in error.value.hint
    with bind("127.0.0.1", 0, usual=taken) as again:
        assert again.getsockname()[1] == taken


async def test_who_sends_no_whole_request_is_let_go_and_who_left_leaves_no_fault(
    project: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lines = "POST /session HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\n"
    async with served(project, idle=1) as at:
        port = int(at.url.rpartition(":")[2])
        read, write = await asyncio.open_connection("127.0.0.1", port)
        write.write(f"{lines.format(port)}Content-Length: 9\r\n\r\n{{".encode())
        whole = "GET /path HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n"
        refused = "POST /path HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"
        starts = [one.format(port) for one in ("", whole[:9], whole + whole[:9])]
        ends = await asyncio.gather(*(_answers(port, one) for one in (*starts, refused)))
        assert [end.count(b"HTTP/1.1 ") for end in ends] == [0, 0, 1, 1]
        write.write(b'"a": 1 }')  # a body may take its time
        assert b" 200 " in await asyncio.wait_for(read.readline(), 20)
        write.write(f"{lines.format(port)}Content-Length: 9\r\n\r\n{{".encode())
        write.close()
        both = "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /path HTTP/1.1"
        smuggled = await _answers(port, f"{lines.format(port)}{both}\r\n\r\n")
        assert smuggled.count(b"HTTP/1.1 ") == 1
        async with httpx.AsyncClient(base_url=at.url) as http:
            json = {"content-type": "application/json"}
            torn = await http.post("/session", content=b'{"title":"\xff"}', headers=json)
            huge = await http.get(f"/web/sessions?limit={2**63}")
        assert (torn.status_code, huge.status_code) == (400, 400)
    assert not [one for one in caplog.records if one.levelname == "ERROR"]


async def _answers(port: int, text: str) -> bytes:
    """All that comes until the server closes the connection."""
    read, write = await asyncio.open_connection("127.0.0.1", port)
    write.write(text.encode())
    found = await asyncio.wait_for(read.read(), 20)
    write.close()
    return found


async def _start(project: Path, *words: str, **env: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "opencode",
        *words,
        cwd=project,
        env={**os.environ, **env},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def _line(process: asyncio.subprocess.Process) -> str:
    assert process.stdout
    return (await asyncio.wait_for(process.stdout.readline(), 30)).decode().strip()


def _free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
async def test_serve_tells_its_address_and_ends_with_open_streams(project: Path) -> None:
    port = _free()
    words = ("serve", "-p", str(port), "-m", "offline/rules")
    process = await _start(project, *words, OPENCODE_SERVER_PASSWORD="pass")
    try:
        assert await _line(process) == f"opencode server listening on http://127.0.0.1:{port}"
        headers = {"authorization": "Bearer pass"}
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers) as http:
            assert (await http.get("/global/health")).json()["healthy"] is True
            shell = await http.post("/session", json={})
            run = await http.post(
                f"/session/{shell.json()['id']}/shell",
                json={"command": "echo [$OPENCODE_SERVER_PASSWORD]", "agent": "build"},
            )
            state = run.json()["parts"][1]["state"]
            assert "[]" in state["output"]
            async with http.stream("GET", "/event") as stream:
                await anext(stream.aiter_lines())
                process.send_signal(signal.SIGTERM)
                assert await asyncio.wait_for(process.wait(), 20) == 0
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_a_wide_server_without_a_password_does_not_start(project: Path) -> None:
    for words in (
        ("serve", "--hostname", "0.0.0.0"),
        ("serve", "-h", "0.0.0.0"),
        ("server-openai", "--host", "0.0.0.0", "--no-auth"),
        ("server-openai", "--host", "0.0.0.0", "--preset", "copilot"),
        ("server-openai", "--key", ""),
    ):
        process = await _start(project, *words)
        _, stderr = await process.communicate()
        assert process.returncode == 2
        assert b"Error:" in stderr


async def test_serve_takes_its_defaults_from_the_settings_and_h_alone_is_help(
    project: Path,
) -> None:
    port = _free()
    settings = paths.config_dir() / "opencode.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f'[server]\nport = {port}\nhostname = "localhost"\n')
    process = await _start(project, "serve", "-m", "offline/rules")
    try:
        assert await _line(process) == f"opencode server listening on http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.communicate()
    helped = await _start(project, "serve", "-h")
    stdout, _ = await helped.communicate()
    assert helped.returncode == 0
    assert b"--hostname" in stdout


async def test_server_openai_makes_a_key_and_prints_it_once(project: Path) -> None:
    port = _free()
    process = await _start(project, "server-openai", OPENAI_PROXY_PORT=str(port))
    try:
        label, _, key = (await _line(process)).partition(": ")
        assert label == "API key"
        assert len(key) >= 16
        assert await _line(process) == f"OpenAI-compatible server: http://127.0.0.1:{port}/v1"
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
            assert (await http.get("/v1/models")).status_code == 401
            good = {"authorization": f"Bearer {key}"}
            assert (await http.get("/v1/models", headers=good)).status_code == 200
        second = await _start(project, "server-openai", "--port", str(port))
        _, stderr = await second.communicate()
        assert second.returncode == 1
        assert f"Port {port}".encode() in stderr
    finally:
        process.terminate()
        await process.communicate()


def test_small_answers_are_not_held_back_by_the_system() -> None:
    with bind("127.0.0.1", 0, usual=0) as listener:
        # Only for sockets of a named protocol does asyncio turn the delay off.
        assert listener.proto == socket.IPPROTO_TCP
