import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from opencode.cli.auth import app
from opencode.cli.shared.output import run_command
from opencode.config import paths, secrets
from opencode.tests.fakes.model_client import ModelServer, model_server


@pytest.fixture(scope="module")
def service() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


def run(*arguments: str) -> int:
    return run_command(app, list(arguments))


def test_a_key_is_stored_listed_masked_and_forgotten(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("set", "anthropic", "sk-ant-0123456789-wxyz") == 0
    assert str(paths.auth_file()) in capsys.readouterr().out
    assert run("set", "gemini", "AIza0123456789abcd") == 0
    monkeypatch.setenv("GROQ_API_KEY", "gsk_0123456789zzzz")
    capsys.readouterr()
    assert run("list", "--json") == 0
    listed = json.loads(capsys.readouterr().out)
    assert {(one["provider"], one["kind"], one["key"]) for one in listed} == {
        ("anthropic", "stored", "sk-a…wxyz"),
        ("google", "stored", "AIza…abcd"),
        ("groq", "environment", "gsk_…zzzz"),
    }
    assert run("remove", "gemini") == 0
    assert run("logout", "gemini") == 2
    assert list(secrets.stored_keys()) == ["anthropic"]


def test_a_strange_provider_is_noted_and_stored_with_the_nearest_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("set", "antropic", "key-0123456789") == 0
    assert "anthropic" in capsys.readouterr().err
    assert secrets.stored_keys()["antropic"] == "key-0123456789"


def test_logging_in_to_copilot_shows_a_code_and_keeps_the_token(
    service: ModelServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("login", "copilot", "--host", service.url) == 0
    told = capsys.readouterr()
    assert "type ABCD-1234" in told.err
    assert "gho_lasting" not in told.out + told.err
    assert secrets.read_auth()["github-copilot"]["type"] == "oauth"
    assert secrets.stored_keys()["github-copilot"] == "gho_lasting"
    assert service.url in (paths.config_dir() / "opencode.toml").read_text()


def test_logging_in_to_nobody_asks_for_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("login") == 2
    assert "opencode auth login PROVIDER" in capsys.readouterr().err


def test_a_keychain_is_used_where_there_is_one(alone: Path) -> None:
    env = dict(os.environ) | {
        "PYTHON_KEYRING_BACKEND": "opencode.tests.fakes.keychain.FileKeychain",
        "PYTHONPATH": str(Path(__file__).parents[4]),
    }

    def run_apart(*words: str, typed: str = "") -> str:
        done = subprocess.run(
            [sys.executable, "-m", "opencode", "auth", *words],
            input=typed,
            capture_output=True,
            text=True,
            env=env,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "keychain" in run_apart("set", "openai", typed="sk-0123456789abcd\n")
    assert "sk-0123456789abcd" in (alone / "keychain.json").read_text()
    assert "sk-0123456789abcd" not in paths.auth_file().read_text()
    assert "sk-0…abcd" in run_apart("list")
    run_apart("logout", "openai")
    assert (alone / "keychain.json").read_text() == "{}"
