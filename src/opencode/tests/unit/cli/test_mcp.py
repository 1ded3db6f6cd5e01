import json
from pathlib import Path

import pytest

from opencode.cli.mcp import app
from opencode.cli.shared.output import USAGE, run_command
from opencode.config import paths
from opencode.tests.unit.mcp.calling import TOY


@pytest.fixture
def opencode(project: Path, capsys: pytest.CaptureFixture[str]):
    def run(*words: str, code: int = 0) -> str:
        assert run_command(app, list(words)) == code
        said = capsys.readouterr()
        return said.out + said.err

    return run


def config() -> Path:
    return paths.config_dir() / "opencode.toml"


def test_a_server_is_added_tried_and_removed(opencode) -> None:
    assert "opencode mcp add" in opencode("list")
    opencode("add", "--env", "GIVEN=yes", "toy", "python3", TOY, "noise")
    assert "[mcp.servers.toy]" in config().read_text()
    [row] = json.loads(opencode("list", "--json"))
    assert (row["name"], row["state"]) == ("toy", "ready")
    assert int(row["tools"]) > 1
    assert "toy_echo" in opencode("list", "--tools")
    told = opencode("debug", "toy")
    assert "@toy:toy://note" in told
    assert "/toy:explain" in told
    assert "Echo before you add." in told
    opencode("remove", "toy")
    assert "toy" not in config().read_text()
    opencode("remove", "toy", code=USAGE)


def test_beside_the_list_of_the_guides_sample_servers_are_added_and_listed(opencode) -> None:
    config().parent.mkdir(parents=True)
    config().write_text('[mcp]  # mine\nservers = ["filesystem"]\n')
    said = opencode("list", "--no-connect")
    assert "opencode mcp add filesystem" in said
    opencode("add", "docs", "https://docs.invalid/mcp")
    assert "# mine" in config().read_text()
    [row] = json.loads(opencode("list", "--no-connect", "--json").partition("\nNote")[0])
    assert (row["name"], row["how"]) == ("docs", "https://docs.invalid/mcp")
    opencode("remove", "docs")
    assert "docs" not in config().read_text()


def test_what_cannot_be_a_server_is_refused_before_it_is_written(opencode) -> None:
    assert "stdio, http, sse" in opencode("add", "--type", "pigeon", "x", "cmd", code=USAGE)
    assert "NAME=VALUE" in opencode("add", "--env", "oops", "x", "cmd", code=USAGE)
    assert not config().exists()
    assert "There is no MCP server 'x'" in opencode("debug", "x", code=USAGE)
    assert "opencode mcp add x" in opencode("auth", "x", code=USAGE)


def test_a_server_that_does_not_start_says_what_was_tried(opencode) -> None:
    opencode("add", "gone", "no-such-program", "--flag")
    told = opencode("debug", "gone", code=1)
    assert "no-such-program --flag" in told
    assert "was not found" in told
