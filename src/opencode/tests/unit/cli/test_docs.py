from pathlib import Path

import msgspec
import pytest

import opencode
from opencode.cli.main import app, command_names
from opencode.cli.shared.output import run_command
from opencode.config.reference import lines

DOCS = Path(opencode.__file__).parents[2] / "docs"
PAGE = (DOCS / "configuration.md").read_text("utf-8")
MARKS = ("<!-- reference -->\n", "<!-- end of reference -->")


def test_the_reference_is_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(app, ["config", "schema", "--markdown"]) == 0
    printed = capsys.readouterr().out.strip()
    held = PAGE.partition(MARKS[0])[2].partition(MARKS[1])[0].strip()
    assert held == printed, "run `make reference`"


def test_every_command_stands_on_the_page_of_commands() -> None:
    page = (DOCS / "cli.md").read_text("utf-8")
    assert [name for name in command_names() if f"opencode {name}" not in page] == []


def test_the_schema_for_editors_has_every_key_and_its_sentence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_command(app, ["config", "schema"]) == 0
    made = msgspec.json.decode(capsys.readouterr().out)
    assert made["properties"]["model"]["description"].startswith("`provider/model`")
    assert made["properties"]["ui"]["properties"]["theme"]["type"] == "string"
    provider = made["properties"]["provider"]["additionalProperties"]["properties"]
    assert provider["api_key_env"]["description"] == "The variable that holds the key."
    keys = {line.key.split(".")[0] for line in lines()}
    assert keys <= set(made["properties"])


def test_every_setting_has_its_sentence() -> None:
    assert [line.key for line in lines() if not line.about] == []
