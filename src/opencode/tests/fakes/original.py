"""The original's server as npm installs it, before a scripted model; skipped where it is not."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from opencode.tests.fakes.model_client import ModelServer
from opencode.tests.fakes.real_tools import HERE

PROGRAM = HERE / "original" / "node_modules" / ".bin" / "opencode"
_TITLE = {"match": '"model":"small"', "text": "A short title", "repeat": True}


@dataclass(frozen=True)
class Original:
    url: str
    project: Path
    model: ModelServer

    def say(self, *turns: dict[str, Any]) -> None:
        """What the model answers from now on; titles are made besides."""
        self.model.script(_TITLE, *turns)


def call(tool: str, **arguments: Any) -> dict[str, Any]:
    """A turn that calls one tool."""
    return {"calls": [{"id": f"call_{tool}", "name": tool, "arguments": arguments}]}


@contextmanager
def original(home: Path, model: ModelServer, password: str = "") -> Iterator[Original]:
    """Started, and ended with the block."""
    if not PROGRAM.exists():
        pytest.skip("needs opencode-ai of npm (make setup-real)")
    project = home / "project"
    project.mkdir()
    subprocess.run(["git", "init", "-q", project], check=True)
    settings = home / ".config" / "opencode" / "opencode.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps(_settings(model.url)))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "OPENCODE_DISABLE_MODELS_FETCH": "1",
        "OPENCODE_DISABLE_AUTOUPDATE": "1",
        "OPENCODE_DISABLE_LSP_DOWNLOAD": "1",
        "OPENCODE_DISABLE_DEFAULT_PLUGINS": "1",
        "OPENCODE_PURE": "1",
        **({"OPENCODE_SERVER_PASSWORD": password} if password else {}),
    }
    command = [str(PROGRAM), "serve", "--port", str(port)]
    with (
        (home / "server.log").open("wb") as log,
        subprocess.Popen(
            command, env=environment, cwd=project, stdout=log, stderr=log, start_new_session=True
        ) as process,
    ):
        try:
            url = f"http://127.0.0.1:{port}"
            _await_health(url, process, home / "server.log")
            yield Original(url, project, model)
        finally:
            os.killpg(process.pid, signal.SIGKILL)  # its launcher would leave the server behind


def _settings(model: str) -> dict[str, Any]:
    models = {
        "one": {"name": "One", "limit": {"context": 100_000, "output": 8_000}},
        "two": {"name": "Two", "limit": {"context": 50_000, "output": 4_000}},
        "small": {"name": "Small"},
    }
    options = {"baseURL": f"{model}/v1", "apiKey": "key"}
    provider = {"npm": "@ai-sdk/openai-compatible", "options": options, "models": models}
    return {
        "model": "fake/one",
        "small_model": "fake/small",
        "autoupdate": False,
        "share": "disabled",
        "enabled_providers": ["fake"],
        "provider": {"fake": provider},
        "permission": {"bash": "ask"},
    }


def _await_health(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 60
    with httpx.Client(trust_env=False) as client:
        while time.monotonic() < deadline and process.poll() is None:
            try:
                client.get(f"{url}/global/health")
                return
            except httpx.HTTPError:
                time.sleep(0.1)
    pytest.fail(f"the original's server did not start: {log.read_text('utf-8', 'replace')}")
