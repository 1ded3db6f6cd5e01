import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

import opencode
from opencode.cli.main import app
from opencode.cli.shared.output import run_command
from opencode.config import paths


def run(*arguments: str) -> int:
    return run_command(app, list(arguments))


def test_a_setting_is_written_shown_and_taken_out_again(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("config", "set", "provider.openai.max_tokens", "12") == 0
    assert run("config", "set", "ui.theme", "dark", "--project") == 0
    assert (project / "opencode.toml").read_text() == '[ui]\ntheme = "dark"\n'
    capsys.readouterr()
    assert run("config", "show", "--origin", "--json") == 0
    shown = msgspec.json.decode(capsys.readouterr().out)
    assert shown["provider.openai.max_tokens"]["value"] == 12
    assert shown["provider.openai.max_tokens"]["origin"].startswith("user config")
    assert shown["ui.theme"]["origin"].startswith("project config")
    assert run("config", "get", "ui.theme") == 0
    assert capsys.readouterr().out == "dark\n"
    assert run("config", "unset", "ui.theme", "--project") == 0
    assert run("config", "get", "provider.openai") == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["provider.openai.max_tokens", "12"] in lines


def test_wrong_keys_and_values_are_usage_errors_with_the_fix(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("config", "set", "modle", "x") == 2
    assert "did you mean model?" in capsys.readouterr().err
    assert run("config", "set", "limits.max_steps", "many") == 2
    assert "expected a whole number" in capsys.readouterr().err
    assert run("config", "get", "ui.thme") == 2
    assert "did you mean ui.theme?" in capsys.readouterr().err
    assert not paths.config_dir().exists()


def test_keys_are_never_shown(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("config", "set", "provider.x.api_key", "very-secret") == 0
    assert run("config", "set", "provider.x.headers.Authorization", "Bearer very-secret") == 0
    for arguments in (["show"], ["show", "--json"], ["get", "provider.x"], []):
        assert run("config", *arguments) == 0
    assert "very-secret" not in capsys.readouterr().out


def test_the_schema_knows_every_section_by_the_name_people_write(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("config", "schema") == 0
    schema = msgspec.json.decode(capsys.readouterr().out)
    assert {"provider", "agent", "ui", "permissions"} <= set(schema["properties"])
    assert "providers" not in schema["properties"]


@pytest.mark.skipif(os.name == "nt", reason="a shell script is the editor")
def test_edit_opens_the_editor_and_checks_what_was_written(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    editor = project / "editor"
    editor.write_text('#!/bin/sh\necho "[ui" > "$1"\n')
    editor.chmod(0o755)
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", str(editor))
    assert run("config", "edit", "--project") == 2
    assert f"{project}/opencode.toml:1" in capsys.readouterr().err
    monkeypatch.delenv("EDITOR")
    assert run("config", "edit") == 2
    assert "Set EDITOR" in capsys.readouterr().err


def test_path_names_the_places_and_files(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "opencode.json").write_text("{}")
    assert run("config", "path", "--json") == 0
    found = msgspec.json.decode(capsys.readouterr().out)
    assert found["files"] == [str(project / "opencode.json")]
    assert found["config"] == str(paths.config_dir())


def test_a_key_is_stored_from_stdin_listed_without_it_and_forgotten(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source = str(Path(opencode.__file__).parents[1])
    stored = subprocess.run(
        [sys.executable, "-m", "opencode", "auth", "set", "openai"],
        input="k-very-secret\n",
        env={**os.environ, "PYTHONPATH": source},
        capture_output=True,
        text=True,
    )
    assert (stored.returncode, stored.stderr) == (0, "")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "k-other-secret")
    assert run("auth", "list") == 0
    out = capsys.readouterr().out
    assert "openai" in out
    assert "ANTHROPIC_API_KEY" in out
    assert "secret" not in out + stored.stdout
    assert run("auth", "logout", "openai") == 0
    assert run("auth", "logout", "openai") == 2
    assert "no key is stored for openai" in capsys.readouterr().err
