"""Keeps a server running and knows how it stands; nothing here draws."""

import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from enum import Enum
from pathlib import Path

from opencode.host.processes import keeper

_POLL = 2.0
"""Seconds between two looks."""
_STARTING = 20.0
"""Seconds a server may take until it answers."""
_ENDING = 5.0
_PAUSES = (0.0, 2.0, 5.0, 15.0, 60.0)
"""Seconds before a server that ends again and again is started anew."""


class State(Enum):
    """How the server stands, as its sign in the menu bar."""

    STARTING = "🔄"
    ONLINE = "⚡"
    OFFLINE = "🔴"
    ERROR = "⚠️"


def command_for(host: str, port: int) -> list[str]:
    """The preset's server by the absolute path of this interpreter; it ends when its owner does."""
    words = [sys.executable, "-m", "opencode", "server-openai", "--preset", "copilot"]
    return [*keeper(), *words, "--host", host, "--port", str(port)]


class Watch:
    """Starts the server, looks at `/health`, starts it again after a crash, ends it. `look` may be
    called by hand; `run` calls it until `end`, in a thread of its own."""

    def __init__(
        self, host: str, port: int, log: Path, command: Sequence[str] = (), poll: float = _POLL
    ) -> None:
        self.address = f"http://{host}:{port}"
        self.log = log
        self.state = State.STARTING
        self.detail = ""
        """Why it is not online, in one line."""
        self._command = [*(command or command_for(host, port))]
        self._poll = poll
        self._child: subprocess.Popen[bytes] | None = None
        self._began = 0.0
        self._crashes = 0
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def run(self) -> None:
        """Look until it is ended."""
        while not self._over.is_set():
            self.look()
            self._over.wait(self._poll)

    def look(self) -> State:
        """Start what does not run, and say how it stands."""
        with self._lock:
            if not self._over.is_set():
                self.state, self.detail = self._looked()
            return self.state

    def restart(self) -> None:
        """End the server; the next look starts another."""
        with self._lock:
            self._stop()
            self._child, self._crashes = None, 0
            self.state, self.detail = State.STARTING, ""

    def end(self) -> None:
        """End the server, and looking; returns when it is gone."""
        self._over.set()
        with self._lock:
            self._stop()
            self.state, self.detail = State.OFFLINE, ""

    def _looked(self) -> tuple[State, str]:
        if self._child is None:
            return self._start()
        code = self._child.poll()
        if code is not None:
            return self._crashed(code)
        status = self._health()
        if status == 200:
            self._crashes = 0
            return State.ONLINE, ""
        if status:
            return State.ERROR, f"/health answers {status}."
        if time.monotonic() - self._began < _STARTING:
            return State.STARTING, ""
        return State.OFFLINE, "It runs and does not answer."

    def _start(self) -> tuple[State, str]:
        self._began = time.monotonic()
        try:
            self.log.parent.mkdir(parents=True, exist_ok=True)
            with self.log.open("ab") as log:
                self._child = subprocess.Popen(
                    self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log
                )
        except OSError as error:
            return State.ERROR, f"It cannot be started: {error}"
        return State.STARTING, ""

    def _crashed(self, code: int) -> tuple[State, str]:
        pause = _PAUSES[min(self._crashes, len(_PAUSES) - 1)]
        if time.monotonic() - self._began >= pause:
            self._crashes += 1
            state, detail = self._start()
            if state is State.ERROR:
                return state, detail
        return State.OFFLINE, f"It ended with {code}; its log says why."

    def _health(self) -> int:
        """Its status; 0 when nobody answers."""
        try:
            with self._opener.open(f"{self.address}/health", timeout=2) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code
        except OSError:
            return 0

    def _stop(self) -> None:
        child = self._child
        if child is None or child.poll() is not None:
            return
        child.terminate()
        try:
            child.wait(_ENDING)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
