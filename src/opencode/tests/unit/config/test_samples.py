import os
import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from opencode.cli.main import app
from opencode.cli.shared.output import run_command
from opencode.config import paths
from opencode.config.load import load_settings
from opencode.mcp.servers import entries_of
from opencode.providers.catalog import ROWS

PAGE = Path(__file__).with_name("guide_samples.md").read_text("utf-8")
SAMPLES = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)
KEYS = {row.id: tuple(row.keys) for row in ROWS}


def names(text: str) -> str:
    return ",".join(re.findall(r"^\[?\"?([a-z_.]+)", text, re.MULTILINE))[:40]


@pytest.mark.parametrize(("kind", "text"), SAMPLES, ids=[names(text) for _, text in SAMPLES])
def test_a_sample_works_as_the_users_file_without_a_word(
    kind: str, text: str, project: Path
) -> None:
    paths.config_dir().mkdir(parents=True)
    (paths.config_dir() / f"opencode.{kind}").write_text(text)
    loaded = load_settings(project, env={}, key_variables=KEYS)
    assert loaded.warnings == []
    assert loaded.origins
    entries, notes = entries_of(loaded.settings.mcp.servers, None)
    assert (len(entries), notes) == (len(loaded.settings.mcp.servers), [])


@pytest.mark.parametrize(("kind", "text"), SAMPLES, ids=[names(text) for _, text in SAMPLES])
def test_a_sample_is_shown_as_the_projects_file(
    kind: str, text: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / f"opencode.{kind}").write_text(text)
    assert run_command(app, ["trust"]) == 0
    capsys.readouterr()
    assert run_command(app, ["config", "show", "--origin", "--json"]) == 0
    shown = msgspec.json.decode(capsys.readouterr().out)
    assert all(one["origin"].startswith("project config") for one in shown.values())
    assert shown


def test_what_the_samples_say_is_what_counts(project: Path) -> None:
    whole = next(text for kind, text in SAMPLES if kind == "toml" and "[ui]" in text)
    (project / "opencode.toml").write_text(whole)
    settings = load_settings(project, env={}, trusted=True).settings
    written = tomllib.loads(whole)
    assert settings.default_provider == written["provider"]["default"]
    assert settings.providers["openai"].model == written["provider"]["openai"]["model"]
    assert settings.permissions.bash_allow == written["permissions"]["bash_allow"]
    assert settings.mcp.only == written["mcp"]["servers"]
    assert settings.tools == written["tools"]
    assert (settings.ui.theme, settings.ui.language) == ("dark", "en")


@pytest.mark.parametrize("profile", ["development", "production", "local"])
def test_the_guides_profiles_choose_provider_and_model(profile: str, project: Path) -> None:
    text = next(text for _, text in SAMPLES if "[profiles.development]" in text)
    paths.config_dir().mkdir(parents=True)
    (paths.config_dir() / "opencode.toml").write_text(text)
    wanted = tomllib.loads(text)["profiles"][profile]
    settings = load_settings(project, profile=profile, env=dict(os.environ)).settings
    assert settings.model == f"{wanted['provider']}/{wanted['model']}"
    assert settings.providers.get("ollama", None) is None or wanted["base_url"]
