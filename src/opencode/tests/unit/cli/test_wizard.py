import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import opencode
from opencode.cli.main import app
from opencode.cli.shared.output import run_command
from opencode.config import paths, secrets


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
@pytest.mark.parametrize(
    ("answers", "wanted"),
    [
        (
            ["gemni", "gemini", "not a key", "k-very-secret-one", "gemini-9", "nord", "xx", "ja"],
            {
                "provider": {"default": "google", "google": {"model": "gemini-9"}},
                "ui": {"theme": "nord", "language": "ja"},
            },
        ),
        (
            ["own", "mine", "", "ai.example", "https://ai.example/v1", "", "big", "", ""],
            {
                "provider": {
                    "default": "mine",
                    "mine": {"base_url": "https://ai.example/v1", "model": "big"},
                }
            },
        ),
        (["", "", ""], {}),
    ],
)
def test_the_answers_are_the_users_file(
    answers: list[str], wanted: dict[str, object], project: Path
) -> None:
    paths.config_dir().mkdir(parents=True)
    file = paths.config_dir() / "opencode.toml"
    file.write_text("# mine\n")
    ours, theirs = os.openpty()
    source = str(Path(opencode.__file__).parents[1])
    process = subprocess.Popen(
        [sys.executable, "-m", "opencode", "config", "wizard"],
        env={**os.environ, "PYTHONPATH": source},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    waiting = list(answers)
    said = every = b""
    while True:
        try:
            told = os.read(ours, 4096)
        except OSError:
            break
        if not told:
            break
        said += told
        every += told
        if waiting and said.endswith(b": "):
            os.write(ours, waiting.pop(0).encode() + b"\n")
            said = b""
    os.close(ours)
    assert (process.wait(), waiting) == (0, []), said
    text = file.read_text()
    assert text.startswith("# mine\n")
    assert tomllib.loads(text) == wanted
    assert "secret" not in text
    assert max(map(len, every.decode().splitlines())) <= 80
    assert (b"Nothing was changed." in every) == (not wanted)
    assert (b"did you mean gemini?" in every) == ("gemni" in answers)
    if "k-very-secret-one" in answers:
        assert secrets.stored_keys() == {"google": "k-very-secret-one"}


def test_without_a_terminal_nothing_is_asked(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(app, ["config", "wizard"]) == 2
    assert "opencode config set" in capsys.readouterr().err
