"""The menu bar: a real server under the watch, and the menu on a stub of rumps."""

import json
import os
import plistlib
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from opencode.bar.watch import State, Watch, command_for
from opencode.cli.main import app
from opencode.cli.shared.output import run_command
from opencode.host.service import Service, agent_of

_STUB = Path(__file__).parents[2] / "fakes" / "menu_bar"
_TOY = """
import http.server, sys, pathlib
class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(pathlib.Path(sys.argv[2]).read_text()))
        self.end_headers()
    def log_message(self, *a): pass
print("began", flush=True)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Health).serve_forever()
"""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture
def status(tmp_path: Path) -> Path:
    file = tmp_path / "status"
    file.write_text("200")
    return file


@pytest.fixture
def watch(tmp_path: Path, status: Path) -> Iterator[Watch]:
    port = free_port()
    command = [sys.executable, "-c", _TOY, str(port), str(status)]
    found = Watch("127.0.0.1", port, tmp_path / "logs" / "server.log", command)
    yield found
    found.end()


def until(watch: Watch, state: State, also: Callable[[], bool] = lambda: True) -> None:
    deadline = time.monotonic() + 20
    while not (watch.look() is state and also()):
        assert time.monotonic() < deadline, (watch.state, watch.detail)
        time.sleep(0.02)


def pid_of(watch: Watch) -> int:
    assert watch._child
    return watch._child.pid


def test_it_starts_goes_online_and_shows_errors(watch: Watch, status: Path) -> None:
    assert watch.state is State.STARTING
    assert watch.look() is State.STARTING
    until(watch, State.ONLINE)
    status.write_text("500")
    until(watch, State.ERROR)
    assert "500" in watch.detail
    status.write_text("200")
    until(watch, State.ONLINE)


def test_a_server_that_crashes_is_offline_and_started_again(watch: Watch) -> None:
    until(watch, State.ONLINE)
    first = pid_of(watch)
    os.kill(first, signal.SIGKILL)
    until(watch, State.OFFLINE)
    until(watch, State.ONLINE, lambda: pid_of(watch) != first)
    second = pid_of(watch)
    watch.restart()
    until(watch, State.ONLINE, lambda: pid_of(watch) != second)


def test_one_that_ends_at_once_is_not_started_in_a_rush(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = [sys.executable, "-c", "print('began', flush=True); raise SystemExit(3)"]
    watch = Watch("127.0.0.1", free_port(), log, command)
    watch.look()
    deadline = time.monotonic() + 20
    while log.read_text().count("began") < 2 and time.monotonic() < deadline:
        watch.look()
        time.sleep(0.02)
    for n in range(1000):
        assert watch.look() is State.OFFLINE or watch.state is State.STARTING
        if n > 20 and watch.detail:
            break
        time.sleep(0.01)
    assert log.read_text().count("began") == 2
    assert "3" in watch.detail
    watch.end()


def test_an_interpreter_that_is_gone_is_an_error_not_a_crash(tmp_path: Path) -> None:
    watch = Watch("127.0.0.1", free_port(), tmp_path / "log", ["/nowhere/python"])
    assert watch.look() is State.ERROR
    assert "/nowhere/python" in watch.detail


def test_ending_takes_the_server_along(watch: Watch) -> None:
    until(watch, State.ONLINE)
    pid = pid_of(watch)
    watch.end()
    assert watch.look() is State.OFFLINE
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_the_server_is_the_preset_s_by_this_interpreter() -> None:
    words = command_for("localhost", 8080)
    assert Path(words[0]).is_absolute()
    assert words[-8:] == [
        "opencode",
        "server-openai",
        "--preset",
        "copilot",
        "--host",
        "localhost",
        "--port",
        "8080",
    ]


def run_bar(home: Path, port: int, played: str) -> "subprocess.Popen[str]":
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PYTHONPATH": f"{Path(__file__).parents[4]}{os.pathsep}{_STUB}",
        "PLAYED": played,
    }
    command = [sys.executable, "-m", "opencode", "statusbar", "--port", str(port)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=home)


@pytest.mark.skipif(sys.platform == "win32", reason="macOS and its like")
@pytest.mark.slow
def test_the_menu_starts_the_real_server_shows_it_online_and_quits_with_it(alone: Path) -> None:
    port = free_port()
    with run_bar(alone, port, "wait:⚡,Restart server,wait:🔄,wait:⚡,Quit") as bar:
        assert bar.stdout
        lines = [bar.stdout.readline().strip() for _ in range(2)]
        assert lines == ["first 🔄", "shown ⚡"]
        rest = bar.stdout.read().split("\n")
        assert bar.wait(30) == 0
    assert rest == ["shown 🔄", "shown ⚡", "quit", ""]
    with pytest.raises(OSError, match="refused"), socket.create_connection(("127.0.0.1", port)):
        pass
    assert (alone / "Library/Logs/opencode/opencode-statusbar-server.log").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="macOS and its like")
def test_the_server_of_a_menu_that_is_killed_ends_with_it(alone: Path) -> None:
    port = free_port()
    with run_bar(alone, port, "wait:⚡,wait:🔴") as bar:
        assert bar.stdout
        lines = [bar.stdout.readline().strip() for _ in range(2)]
        assert lines == ["first 🔄", "shown ⚡"]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
            assert json.load(answer)["status"]
        bar.kill()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            return
        time.sleep(0.05)
    raise AssertionError("the server is still there")


@pytest.mark.skipif(sys.platform == "darwin", reason="elsewhere it is refused")
def test_it_is_refused_elsewhere_with_what_there_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_command(app, ["statusbar", "install"]) == 2
    assert "macOS only" in capsys.readouterr().err
    assert run_command(app, ["statusbar", "uninstall"]) == 2
    assert run_command(app, ["statusbar"]) == 2
    assert "[macos]" in capsys.readouterr().err


def test_its_agent_starts_at_login_and_keeps_private_logs() -> None:
    service = Service("x", "com.opencode.statusbar", "", [sys.executable], Path("/"))
    assert plistlib.loads(agent_of(service))["Label"] == "com.opencode.statusbar"
