from pathlib import Path

import msgspec
import pytest

from opencode.cli.main import app
from opencode.cli.shared.output import run_command
from opencode.config import paths


def told(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert run_command(app, ["debug", *words]) == 0
    return capsys.readouterr().out


def test_config_is_whole_says_where_from_and_shows_no_key(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "opencode.toml").write_text(
        '[ui]\ntheme = "dark"\n[mcp.servers.x]\ncommand = "y"\nenv = {A_TOKEN = "very-secret"}\n'
    )
    found = msgspec.json.decode(told(capsys, "config"))
    assert found["settings"]["ui"]["theme"] == "dark"
    assert found["origins"]["ui.theme"].startswith("project config")
    assert found["waits_for_trust"]["mcp.servers.x"]["env"] == {"A_TOKEN": "[hidden]"}
    assert "very-secret" not in str(found)
    assert msgspec.json.decode(told(capsys, "config", "--json")) == found


def test_services_are_told_to_programs(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(app, ["service", "status", "--json"]) == 0
    nothing = {"file": "", "state": ""}
    found = msgspec.json.decode(capsys.readouterr().out)
    assert found == {"server-openai": nothing, "serve": nothing}


def test_paths_name_the_log(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = msgspec.json.decode(told(capsys, "paths", "--json"))
    assert found["log"] == str(paths.log_dir() / "opencode.log")
    assert found["log"] in told(capsys, "paths")


def test_a_prompt_is_shown_part_by_part_and_leaves_nothing_behind(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "AGENTS.md").write_text("Speak like a pirate. " * 20)
    found = msgspec.json.decode(told(capsys, "prompt", "--json", "Fix", "the", "bug"))
    parts = {(part["part"], part["name"]): part["tokens"] for part in found["parts"]}
    assert parts["rules", str(project / "AGENTS.md")] > 50
    assert parts["tool", "read"] > 10
    assert found["tokens"] == sum(parts.values())
    assert found["request"]["messages"][0]["parts"][0]["text"] == "Fix the bug"
    assert found["wire"] == {}
    assert "Speak like a pirate." in told(capsys, "prompt", "--full", "Hi")
    assert not (paths.data_dir() / "sessions").exists()


def test_the_wire_holds_what_the_provider_would_get_without_the_key(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "k-very-secret-one")
    words = ("prompt", "--model", "anthropic/claude-sonnet-5", "--json", "Hi")
    wire = msgspec.json.decode(told(capsys, *words))["wire"]
    assert wire["model"].endswith("claude-sonnet-5")
    assert wire["api_key"] == "[hidden]"
    assert wire["messages"][0]["role"] == "system"
