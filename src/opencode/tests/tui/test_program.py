"""The whole program in a pseudo-terminal: its options, trust, and a model worker that is killed."""

import os
import re
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from opencode.tests.fakes.model_client import model_server
from opencode.tests.tui.on_pty import Terminal

Start = Callable[..., Terminal]


@pytest.fixture
def start(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    monkeypatch.chdir(project.parent)
    made: list[Terminal] = []

    def begin(*words: str, **environment: str) -> Terminal:
        command = [sys.executable, "-m", "opencode", str(project), *words]
        made.append(Terminal(command=command, **environment))
        return made[-1]

    yield begin
    for terminal in made:
        terminal.close()


def leave(terminal: Terminal) -> str:
    """Quit; the id the person is told."""
    terminal.press(b"\x11")
    assert terminal.end() == 0
    terminal.assert_given_back()
    found = re.search(rb"session resume (ses_\w+)", terminal.written)
    return found[1].decode() if found else ""


def test_a_session_is_begun_by_options_and_gone_on_with_by_others(
    start: Start, project: Path
) -> None:
    (project / "one.py").write_text("# TODO: this\n")
    first = start("--agent", "plan", "-m", "offline/rules", "--prompt", "Find all TODO comments")
    first.see("plan · offline/rules")
    session = leave(first)
    assert session
    again = start("--continue", "--agent", "build")
    again.see("Find all TODO comments")
    again.see(" build ")
    assert leave(again) == session
    named = start("--session", session[:12])
    named.see("Find all TODO comments")
    assert leave(named) == session


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--agent", "biuld"], "There is no agent 'biuld'"),
        (["--session", "zzz"], "zzz"),
        (["--profile", "nope"], "there is no profile 'nope'"),
    ],
)
def test_words_that_mean_nothing_are_told_in_the_shell(
    start: Start, words: list[str], said: str
) -> None:
    terminal = start(*words)
    assert terminal.end() in (1, 2)
    assert said in terminal.written.decode(errors="replace")
    assert terminal.is_restored()


def test_a_profile_trust_by_hand_and_the_named_folder_take_effect(
    start: Start, project: Path
) -> None:
    (project / "opencode.toml").write_text(
        '[profiles.calm]\nagent = "plan"\n[permissions]\nbash_allow = ["make"]\n'
    )
    terminal = start("--profile", "calm", "-m", "offline/rules")
    terminal.see("bash_allow")
    terminal.press(b"2")
    terminal.see(" plan ")
    terminal.see("trusted")
    leave(terminal)
    again = start("--profile", "calm", "-m", "offline/rules")
    again.see(" plan ")
    assert b"bash_allow" not in again.written
    if sys.platform == "linux":
        assert Path(f"/proc/{again.child.pid}/cwd").resolve() == project
    leave(again)


def workers(folder: Path) -> list[int]:
    """Model workers whose runtime folder is this test's."""
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        try:
            line = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if b"opencode.providers" in line and str(folder).encode() in line:
            found.append(int(entry.name))
    return found


@pytest.mark.skipif(
    not shutil.which("true") or not Path("/proc/self/cmdline").exists(), reason="/proc"
)
@pytest.mark.slow
def test_a_worker_killed_in_the_middle_of_an_answer_leaves_app_and_terminal_whole(
    start: Start, alone: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    own = tmp_path_factory.mktemp("w")
    turn = {"text": ["piece "] * 2000, "pause": 0.05, "repeat": True}
    with model_server([turn]) as service:
        file = alone / ".config" / "opencode" / "opencode.toml"
        file.parent.mkdir(parents=True)
        file.write_text(f'[provider.toy]\nbase_url = "{service.url}/v1"\napi_key = "k"\n')
        terminal = start("-m", "toy/gpt-test", XDG_RUNTIME_DIR=str(own))
        terminal.see("build")
        terminal.press(b"hello\r")
        terminal.see("piece")
        killed = workers(own)
        assert killed
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        terminal.rest(1.0)
        terminal.press(b"\x1b")
        terminal.rest(0.5)  # else the two keys are one: Alt and Ctrl+Q
        assert leave(terminal)
