"""`opencode mcp serve` and the protocol's own inspector, which judges our tools strictly."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from opencode.tests.fakes.real_tools import HERE

PLACE = HERE / "acpx" / "node_modules" / ".bin"
SERVE = [sys.executable, "-m", "opencode", "mcp", "serve"]


def inspect(*words: str) -> Any:
    if not (PLACE / "mcp-inspector").exists():
        pytest.skip("needs the inspector (make setup-real)")
    command = [PLACE / "node", PLACE / "mcp-inspector", "--cli", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    return json.loads(done.stdout)


def test_over_stdio_every_schema_is_portable(project: Path) -> None:
    where = ["--cwd", str(project)]
    listed = inspect("--strict", "--method", "tools/list", *where, "--", *SERVE)
    assert {"read", "edit", "bash", "grep"} <= {tool["name"] for tool in listed["tools"]}


def test_over_http_a_tool_is_called(project: Path) -> None:
    (project / "a.txt").write_text("hello\n")
    environment = {**os.environ, "OPENCODE_SERVER_PASSWORD": "secret"}
    command = [*SERVE, "--http", "--port", "0"]
    with subprocess.Popen(
        command, cwd=project, env=environment, stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout
            url = server.stdout.readline().split()[-1]
            words = ["--method", "tools/call", "--tool-name", "read", "--tool-arg", "path=a.txt"]
            bearer = ["--transport", "http", "--header", "Authorization: Bearer secret"]
            result = inspect("--server-url", url, *words, *bearer)
            assert "hello" in result["content"][0]["text"]
        finally:
            server.terminate()
