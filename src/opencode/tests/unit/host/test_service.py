"""Units and LaunchAgents: what is written, checked by the system's own program, and who is told."""

import os
import plistlib
import shutil
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import opencode
from opencode.cli.main import app
from opencode.cli.shared.output import run_command
from opencode.core.error import OpenCodeError, UsageError
from opencode.host.service import Service, agent_of, install, standing, uninstall, unit_of

ODD = Service(
    "opencode-odd",
    "com.opencode.odd",
    "opencode odd",
    [sys.executable, "-m", "opencode", "serve", "--title", 'a "b" 100% $HOME \\n c'],
    Path("/"),
    {"A_KEY": "x%y$z"},
    Path("/logs"),
)


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """systemctl and launchctl that write down what they are told."""
    folder, log = tmp_path / "bin", tmp_path / "told"
    folder.mkdir()
    for name in ("systemctl", "launchctl"):
        program = folder / name
        program.write_text(
            f'#!/bin/sh\necho "{name} $@" >> {log}\n'
            'case "$*" in *is-active*) echo active;; print*) printf "\\tstate = running\\n";;'
            ' *"$REFUSED"*) test -n "$REFUSED" && { echo no bus; exit 1; };; esac\nexit 0\n'
        )
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return log


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
def test_the_unit_is_as_systemd_wants_it(tmp_path: Path) -> None:
    unit = tmp_path / "opencode-odd.service"
    unit.write_text(unit_of(ODD))
    command = ["systemd-analyze", "verify", "--user", "--man=no", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, [ln for ln in done.stderr.splitlines() if "odd" in ln]) == (0, [])
    assert "100%% $$HOME" in unit.read_text()
    assert 'Environment="A_KEY=x%%y$z"\n' in unit.read_text()
    unit.write_text(unit_of(replace(ODD, command=["relative"])))
    assert subprocess.run(command, capture_output=True).returncode != 0


def test_the_agent_starts_at_login_by_the_interpreter_s_path_and_logs_privately() -> None:
    found = plistlib.loads(agent_of(ODD))
    assert found["Label"] == "com.opencode.odd"
    assert found["ProgramArguments"] == ODD.command
    assert Path(found["ProgramArguments"][0]).is_absolute()
    assert found["RunAtLoad"] is True
    assert found["KeepAlive"] == {"SuccessfulExit": False}
    assert found["StandardOutPath"] == "/logs/opencode-odd.log"


def test_it_is_installed_looked_at_and_taken_away_with_systemd(told: Path) -> None:
    file = install(ODD, "linux")
    assert file == Path.home() / ".config/systemd/user/opencode-odd.service"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert standing("opencode-odd", "", "linux").word == "active"
    assert uninstall("opencode-odd", "", "linux") == file
    assert not file.exists()
    assert uninstall("opencode-odd", "", "linux") is None
    assert standing("opencode-odd", "", "linux").file == ""
    assert [line.removeprefix("systemctl --user ") for line in told.read_text().splitlines()] == [
        "daemon-reload",
        "enable opencode-odd.service",
        "restart opencode-odd.service",
        "is-active opencode-odd.service",
        "disable --now opencode-odd.service",
        "daemon-reload",
    ]


def test_it_is_installed_looked_at_and_taken_away_with_launchd(told: Path, tmp_path: Path) -> None:
    service = replace(ODD, logs=tmp_path / "Logs")
    file = install(service, "darwin")
    assert file == Path.home() / "Library/LaunchAgents/com.opencode.odd.plist"
    assert (tmp_path / "Logs").is_dir()
    assert standing("", "com.opencode.odd", "darwin").word == "running"
    assert uninstall("", "com.opencode.odd", "darwin") == file
    here = f"gui/{os.getuid()}"
    assert told.read_text().splitlines() == [
        f"launchctl bootout {here}/com.opencode.odd",
        f"launchctl bootstrap {here} {file}",
        f"launchctl print {here}/com.opencode.odd",
        f"launchctl bootout {here}/com.opencode.odd",
    ]


def test_a_manager_that_refuses_and_a_system_without_one_are_told(
    told: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFUSED", "enable")
    with pytest.raises(OpenCodeError, match="no bus"):
        install(ODD, "linux")
    with pytest.raises(UsageError, match="Windows") as found:
        install(ODD, "win32")
    assert "schtasks" in found.value.hint
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UsageError, match="no systemd"):
        install(ODD, "linux")


@pytest.mark.skipif(sys.platform != "linux", reason="systemd's words")
def test_the_command_makes_a_key_that_stays_and_passes_options_on(
    told: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unit = Path.home() / ".config/systemd/user/opencode-server-openai.service"
    assert run_command(app, ["service", "install"]) == 0
    printed = capsys.readouterr().out
    key = printed.partition("API key: ")[2].splitlines()[0]
    assert f'Environment="OPENAI_PROXY_API_KEY={key}"' in unit.read_text()
    words = ["service", "install", "server-openai", "--preset", "copilot", "--port", "4999"]
    assert run_command(app, words) == 0
    assert "API key" not in capsys.readouterr().out
    assert '"server-openai" "--preset" "copilot" "--port" "4999"' in unit.read_text()
    assert run_command(app, ["service", "status"]) == 0
    assert capsys.readouterr().out == f"server-openai: active ({unit})\nserve: not installed\n"
    assert run_command(app, ["service", "uninstall"]) == 0
    assert not unit.exists()
    for refused in (["tui"], ["serve", "--prot", "1"], ["serve", "--host", "0.0.0.0"]):
        assert run_command(app, ["service", "install", *refused]) == 2
    assert not list(unit.parent.iterdir())


def sample(mark: str) -> str:
    page = (Path(opencode.__file__).parents[2] / "docs" / "service.md").read_text("utf-8")
    return page.partition(f"<!-- {mark} -->\n```")[2].partition("\n")[2].partition("```")[0]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
def test_the_unit_in_the_documentation_is_as_systemd_wants_it(tmp_path: Path) -> None:
    unit = tmp_path / "opencode-by-hand.service"
    unit.write_text(sample("systemd").replace("%h/.local/bin/opencode", sys.executable))
    command = ["systemd-analyze", "verify", "--user", "--man=no", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, "by-hand" in done.stderr) == (0, False), done.stderr
