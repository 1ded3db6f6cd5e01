import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import opencode
from opencode.cli.main import app
from opencode.cli.shared.output import run_command
from opencode.cli.show.completing import fitting, of_line

SOURCE = str(Path(opencode.__file__).parents[1])


@pytest.fixture
def on_path(tmp_path: Path) -> dict[str, str]:
    """An environment in which shells find `opencode`."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "opencode"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m opencode "$@"\n')
    program.chmod(0o755)
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHONPATH": SOURCE, "TERM": "dumb"}


def offered(*words: str) -> list[str]:
    return [value for value, _ in fitting(list(words))]


def test_commands_options_and_values_are_offered(project: Path) -> None:
    (project / "opencode.toml").write_text('[profiles.fast]\nmodel = "offline/rules"\n')
    assert offered("conf") == ["config"]
    assert "set" in offered("config", "")
    assert offered("config", "show", "--orig") == ["--origin"]
    assert "--continue" in offered("--con")
    assert offered("run", "--format", "str") == ["stream-json"]
    assert offered("run", "--format=js") == ["--format=json"]
    assert offered("run", "--profile", "") == ["fast"]
    assert offered("run", "--agent", "pl") == ["plan"]
    assert "offline/rules" in offered("--model", "off")
    assert offered("config", "get", "ui.the") == ["ui.theme"]
    assert offered("run", "--file", "") == []
    assert offered("completion", "wor") == []


def test_a_half_typed_line_is_cut_where_bash_cuts_it() -> None:
    assert of_line("opencode run -m ollama/a:7", 26) == (["run", "-m", "ollama/a:7"], 9)
    assert of_line("opencode run --format=js x", 24) == (["run", "--format=js"], 9)
    assert of_line('opencode run "half a', 20)[0] == ["run", "half a"]
    assert of_line("opencode run ", 13) == (["run", ""], 0)


@pytest.mark.skipif(os.name == "nt" or not shutil.which("bash"), reason="needs bash")
def test_a_real_bash_completes(project: Path, on_path: dict[str, str]) -> None:
    script = """
        eval "$(opencode completion bash)"
        complete -p opencode
        ask() {
            COMP_LINE="$1" COMP_POINT=${#1} COMPREPLY=()
            _opencode
            echo "${COMPREPLY[*]}"
        }
        ask "opencode confi"
        ask "opencode config pat"
        ask "opencode run --format=stream"
    """
    done = subprocess.run(
        ["bash", "-c", script], env=on_path, cwd=project, capture_output=True, text=True
    )
    lines = done.stdout.splitlines()
    assert lines[0].endswith("-F _opencode opencode")
    assert lines[1:] == ["config", "path", "stream-json"], done.stderr


@pytest.mark.skipif(not shutil.which("zsh"), reason="needs zsh")
def test_a_real_zsh_completes(project: Path, on_path: dict[str, str]) -> None:
    script = """
        autoload -Uz compinit && compinit -u -D
        eval "$(opencode completion zsh)"
        _describe() { print -l -- "${(@P)4}"; }
        words=(opencode config pat) CURRENT=3
        _opencode
        print -- $_comps[opencode]
    """
    done = subprocess.run(
        ["zsh", "-f", "-c", script], env=on_path, cwd=project, capture_output=True, text=True
    )
    lines = done.stdout.splitlines()
    assert lines[0].startswith("path:Print where things lie"), done.stderr
    assert lines[-1] == "_opencode"


@pytest.mark.skipif(not shutil.which("fish"), reason="needs fish")
def test_a_real_fish_completes(project: Path, on_path: dict[str, str]) -> None:
    script = 'opencode completion fish | source; complete -C "opencode config pat"'
    done = subprocess.run(
        ["fish", "-N", "-c", script], env=on_path, cwd=project, capture_output=True, text=True
    )
    assert done.stdout.startswith("path\tPrint where things lie"), done.stderr


def test_every_shell_has_a_script_and_an_unknown_one_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for shell in ("bash", "zsh", "fish", "powershell"):
        assert run_command(app, ["completion", shell]) == 0
        assert "completion words" in capsys.readouterr().out
    monkeypatch.setenv("SHELL", "/bin/zsh")
    assert run_command(app, ["completion"]) == 0
    assert "#compdef" in capsys.readouterr().out
    monkeypatch.setenv("SHELL", "/bin/odd")
    assert run_command(app, ["completion"]) == 2
