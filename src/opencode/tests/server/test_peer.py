import asyncio
import ctypes
import os
import socket
import sys
from contextlib import closing
from pathlib import Path

import pytest

from opencode.server.access.auth import Rules
from opencode.server.access.peer import is_stranger
from opencode.tests.server.served import served

NOBODY = 65534
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux tells")


@linux
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_our_own_programs_are_known_and_those_that_let_go_are_not(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.create_server((host, 0), family=family)) as listener:
        with socket.create_connection(listener.getsockname()[:2]) as caller:
            here, _ = listener.accept()
            ends = here.getpeername()[:2], here.getsockname()[:2]
            assert not is_stranger(*ends)
            caller.shutdown(socket.SHUT_WR)
            assert not is_stranger(*ends)
        with here:
            assert is_stranger(*ends)


def test_what_cannot_be_known_is_no_stranger() -> None:
    assert not is_stranger(("testclient", 50000), ("testserver", 80))
    assert not is_stranger(("192.0.2.1", 50000), ("192.0.2.2", 80))
    assert not is_stranger(("127.0.0.1", 1), ("127.0.0.1", 2))
    assert not is_stranger(None, None)


@linux
@pytest.mark.skipif(sys.platform == "win32" or os.getuid() != 0, reason="root can be others")
async def test_another_user_of_the_machine_needs_the_password(project: Path) -> None:
    async with served(project) as at:
        port = int(at.url.rpartition(":")[2])
        assert b" 200 " in await asyncio.to_thread(asked, port, 0)
        assert b" 403 " in await asyncio.to_thread(asked, port, NOBODY)
        said = "X-Forwarded-For: 192.0.2.1\r\n"
        assert b" 403 " in await asyncio.to_thread(asked, port, NOBODY, said)
    async with served(project, rules=Rules(secret="word")) as at:
        port = int(at.url.rpartition(":")[2])
        key = "Authorization: Bearer word\r\n"
        assert b" 200 " in await asyncio.to_thread(asked, port, NOBODY, key)


def asked(port: int, user: int, extra: str = "") -> bytes:
    """The first line of an answer to somebody: file rights are a thread's own on Linux."""
    libc = ctypes.CDLL(None)
    libc.setfsuid(user)
    try:
        with socket.create_connection(("127.0.0.1", port)) as wire:
            lines = f"GET /path HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{extra}\r\n"
            wire.sendall(lines.encode())
            return wire.recv(65536).partition(b"\r\n")[0]
    finally:
        libc.setfsuid(0)
