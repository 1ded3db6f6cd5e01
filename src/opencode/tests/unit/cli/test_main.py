import os
import subprocess
import sys
from pathlib import Path

import pytest

import opencode
from opencode.cli.main import app, command_names, with_command
from opencode.cli.shared.output import run_command

SOURCE = str(Path(opencode.__file__).parents[1])


def call(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "opencode", *arguments],
        env={**os.environ, "PYTHONPATH": SOURCE},
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ([], ["tui"]),
        (["."], ["tui", "."]),
        (["--model", "a/b"], ["tui", "--model", "a/b"]),
        (["--model", "a/b", "."], ["tui", "--model", "a/b", "."]),
        (["run", "x"], ["run", "x"]),
        (["--profile", "dev", "run", "x"], ["run", "x", "--profile", "dev"]),
        (["-m", "a/b", "run", "--", "-x"], ["run", "-m", "a/b", "--", "-x"]),
        (["--continue", "run", "x"], ["run", "x", "--continue"]),
        (["--auto", "-m", "a/b", "run", "x"], ["run", "x", "--auto", "-m", "a/b"]),
        (["--print-logs"], ["--print-logs", "tui"]),
        (["--log-level", "debug", "run", "x"], ["--log-level", "debug", "run", "x"]),
        (
            ["--print-logs", "--log-level=debug", "."],
            ["--print-logs", "--log-level=debug", "tui", "."],
        ),
        (["run", "x", "--print-logs"], ["--print-logs", "run", "x"]),
        (["run", "--log-level", "debug", "x"], ["--log-level", "debug", "run", "x"]),
        (["run", "--", "--print-logs"], ["run", "--", "--print-logs"]),
        (["mcp", "add", "x", "y", "--print-logs"], ["mcp", "add", "x", "y", "--print-logs"]),
        (["--help"], ["--help"]),
        (["confg"], ["confg"]),
        (["help"], ["--help"]),
        (["help", "session", "list"], ["session", "list", "--help"]),
    ],
)
def test_words_without_a_command_are_for_the_terminal_app(
    words: list[str], meant: list[str], project: Path
) -> None:
    assert with_command(words) == meant


def test_help_names_both_ways_to_call_us_and_what_the_app_takes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_command(app, ["--help"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Usage: opencode [OPTIONS] [DIRECTORY]\n")
    for word in ("--profile", "--model", "--provider", "--log-level", *command_names()):
        assert f" {word}" in out


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["confg"], "did you mean config?"),
        (["config", "shw"], "Did you mean 'show'?"),
        (["config", "show", "--orign"], "--origin"),
        (["run", "--format", "jsn", "x"], "did you mean json?"),
        (["run", "--max-steps", "few", "x"], "'few' is not a whole number"),
        (["run", "--max-cost", "-1", "x"], "less than 0"),
        (["--log-level", "loud", "config", "show"], "'loud' is none of DEBUG"),
    ],
)
def test_wrong_words_name_the_nearest_right_ones(
    words: list[str], hint: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from typer.main import get_command

    from opencode.cli.shared.values import lighten

    command = get_command(app)
    lighten(command)
    assert run_command(command, words) == 2
    assert hint in capsys.readouterr().err


@pytest.mark.parametrize("name", command_names())
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(app, [name, "--help"]) == 0
    assert "Usage: opencode " + name in capsys.readouterr().out


def test_short_commands_load_no_validation_library(project: Path) -> None:
    code = (
        "import sys; sys.argv = ['opencode', 'config', 'show', '--json']\n"
        "from opencode.__main__ import main\n"
        "try: main()\n"
        "except SystemExit as end: print(end.code, 'pydantic' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": SOURCE},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "0 False"


def test_no_words_whatsoever_end_in_a_traceback(project: Path) -> None:
    odd = (["config", "get", "["], ["config", "set", "a", "b", "c"], ["session", "show", "zzz"])
    for words in (*odd, ["--profile"], ["export", "\x00" if os.name == "nt" else "../x"]):
        done = call(*words, cwd=project)
        assert done.returncode in (1, 2), words
        assert "Traceback" not in done.stderr, words


def test_the_terminal_app_takes_the_project_as_the_official_client_names_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = tmp_path / "gone"
    run_command(app, ["tui", f"--project={gone}", "--model=a/b", "--agent=plan", "--session=s"])
    assert f"There is no folder {gone}." in capsys.readouterr().err
