"""Starts the scripted model service for a test and talks to its control routes."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class ModelServer:
    """A running scripted model service; `url` is its address without a path."""

    def __init__(self, url: str) -> None:
        self.url = url

    def script(self, *turns: dict[str, Any]) -> None:
        """Play these turns from now on; what was received before is forgotten."""
        self._call("PUT", "/__script", list(turns))

    def requests(self) -> list[dict[str, Any]]:
        """Every request received since the last script (format: see model_server)."""
        return self._call("GET", "/__requests")

    def keys_last(self, seconds: float) -> None:
        """How long keys for Copilot are good for from now on."""
        self._call("PUT", "/__lasts", seconds)

    def bodies(self) -> list[dict[str, Any]]:
        """The bodies of the model requests."""
        return [entry["body"] for entry in self.requests() if entry["wire"]]

    def wait_for_request(self, patience: float = 10.0) -> bool:
        """Whether a model request arrives within `patience`."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if self.bodies():
                return True
            time.sleep(0.02)
        return False

    def wait_for_outcome(self, n: int, patience: float = 10.0) -> str:
        """How request `n` ended: done, fault or closed; "" when it has not within `patience`."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            seen = self.requests()
            if len(seen) > n and "outcome" in seen[n]:
                return seen[n]["outcome"]
            time.sleep(0.02)
        return ""

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=10) as reply:
            return json.load(reply)


@contextmanager
def model_server(
    turns: Sequence[dict[str, Any]] = (), *, record: Path | None = None, window: int = 131072
) -> Iterator[ModelServer]:
    """The service as a child process; it ends with the block, or with us."""
    command = [sys.executable, "-m", "opencode.tests.fakes.model_server", "--window", str(window)]
    if record:
        command += ["--record", str(record)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        try:
            server = ModelServer(process.stdout.readline().strip())
            server.script(*turns)
            yield server
        finally:
            process.kill()
