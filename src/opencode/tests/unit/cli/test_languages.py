import json
from pathlib import Path
from typing import Any

import pytest
import typer

from opencode.cli import main as cli
from opencode.cli.shared.output import run_command
from opencode.cli.show.help import complain
from opencode.cli.show.tongue import language, said
from opencode.i18n.catalog import Catalogue, languages
from opencode.i18n.width import width
from opencode.tests import catalogue

FOREIGN = [code for code in languages() if code != "en"]
every_language = pytest.mark.parametrize("code", FOREIGN)
_WHOLE = 80


def helps(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    command: Any = typer.main.get_command(cli.app)
    cli._dress(command)
    assert run_command(command, [*words, "--help"]) == 0
    return capsys.readouterr().out


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG", "OPENCODE_LANGUAGE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("COLUMNS", "80")


def test_the_catalogue_has_what_commands_and_errors_say() -> None:
    now = json.loads(catalogue.ENGLISH.read_text("utf-8"))
    made = catalogue.gathered(now)
    assert {name: now[name] for name in made} == made, "make locales"


@every_language
def test_help_is_in_the_language_and_fits_eighty_columns(
    code: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    english = {words: helps([*words], capsys) for words in (("run",), ("session",), ())}
    monkeypatch.setenv("OPENCODE_LANGUAGE", code)
    spoken = Catalogue(code)
    for words, plain in english.items():
        text = helps([*words], capsys)
        assert text.startswith(spoken.t("cli.usage"))
        assert spoken.t("cli.options") in text
        longest = max(width(line) for line in plain.splitlines())
        assert max(map(width, text.splitlines())) <= max(_WHOLE, longest)
        examples = [line for line in plain.splitlines() if line.startswith("  opencode run")]
        assert all(line.split("  ")[1] in text for line in examples)


@every_language
def test_an_error_is_in_the_language_and_keeps_its_names(
    code: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENCODE_LANGUAGE", code)
    assert run_command(cli.app, ["session", "show", "nosuch"]) == 1
    told = capsys.readouterr().err
    template = Catalogue(code).t("errors.no_session_goes_by", text="nosuch")
    assert template in told
    assert "opencode session list --all" in told


@every_language
def test_wrong_words_are_told_in_the_language(
    code: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENCODE_LANGUAGE", code)
    command: Any = typer.main.get_command(cli.app)
    cli._dress(command)
    assert run_command(command, ["models", "--nosuch"]) == 2
    told = capsys.readouterr().err
    assert told.startswith(Catalogue(code).t("cli.usage"))
    assert "--nosuch" in told
    assert Catalogue(code).t("cli.no_such_option", name="--nosuch") in told


def test_english_stays_as_typer_writes_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    assert "  --limit <int range>  At most so many; 0 for all.  [default: 0; x>=0]" in helps(
        ["session", "list"], capsys
    )


@pytest.mark.parametrize(
    ("environment", "settings", "code"),
    [
        ({}, "", "en"),
        ({"LANG": "de_DE.UTF-8"}, "", "de"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, "", "en"),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "de:en"}, "", "de"),
        ({"LANG": "de_DE.UTF-8"}, '[ui]\nlanguage = "en"\n', "en"),
        ({"LANG": "en_US.UTF-8"}, '[ui]\nlanguage = "de"\n', "de"),
        ({"LANG": "en_US.UTF-8"}, 'model = "offline/rules" # any language\n', "en"),
        ({"OPENCODE_LANGUAGE": "en"}, '[ui]\nlanguage = "de"\n', "en"),
        ({"OPENCODE_LANGUAGE": "Deutsch"}, "", "de"),
        ({"OPENCODE_LANGUAGE": "klingon"}, "", "en"),
        ({"LANG": "en_US.UTF-8"}, "[ui\nlanguage =", "en"),
    ],
)
def test_the_environment_then_the_settings_then_the_system_choose(
    environment: dict[str, str],
    settings: str,
    code: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    folder = tmp_path / f"settings-{code}-{len(settings)}"
    (folder / "opencode").mkdir(parents=True)
    (folder / "opencode" / "opencode.toml").write_text(settings)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    assert language() == code


def test_what_is_not_known_is_said_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENCODE_LANGUAGE", "de")
    assert said("Nobody wrote this sentence into a catalogue.") == (
        "Nobody wrote this sentence into a catalogue."
    )
    assert complain(typer.BadParameter("Nobody knows this, either")).endswith("this, either")


def test_an_unknown_language_is_refused_with_the_nearest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_command(cli.app, ["tui", "--language", "deutch"]) == 2
    assert "did you mean Deutsch?" in capsys.readouterr().err
