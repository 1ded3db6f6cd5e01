import os
import subprocess
import sys
from pathlib import Path

import pytest
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

import opencode
from opencode.cli.main import app
from opencode.cli.shared.output import run_command
from opencode.server.announce import KIND


async def test_a_server_is_found_on_the_network_while_it_runs(project: Path, alone: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(alone),
        "PYTHONPATH": str(Path(opencode.__file__).parents[1]),
    }
    command = [sys.executable, "-m", "opencode", "serve", "--mdns", "-h", "127.0.0.1"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            port = int(server.stdout.readline().rpartition(":")[2])
            name = server.stdout.readline().removeprefix("Announced as ").strip()
            assert name == f"opencode-{port}.{KIND}"
            network = AsyncZeroconf(interfaces=["127.0.0.1"])
            found = AsyncServiceInfo(KIND, name)
            assert await found.async_request(network.zeroconf, 8000)
            assert (found.port, found.parsed_addresses()) == (port, ["127.0.0.1"])
            await network.async_close()
        finally:
            server.terminate()
            assert server.wait(20) == 0


def test_the_network_s_server_needs_a_password(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(app, ["serve", "--mdns"]) == 2
    assert "OPENCODE_SERVER_PASSWORD" in capsys.readouterr().err
