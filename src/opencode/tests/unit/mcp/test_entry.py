import pytest

from opencode.core.error import ConfigError
from opencode.mcp.entry import Entry, read_entry
from opencode.mcp.servers import entries_of
from opencode.mcp.tool import name_for


def test_the_guides_the_originals_and_the_siblings_spelling_mean_the_same() -> None:
    wanted = Entry(name="fs", kind="stdio", command="npx", args=["-y", "fs"], env={"A": "1"})
    guide = {"command": "npx", "args": ["-y", "fs"], "env": {"A": 1}}
    original = {"type": "local", "command": ["npx", "-y", "fs"], "environment": {"A": "1"}}
    sibling = {"type": "stdio", "command": "npx", "args": ["-y", "fs"], "env": {"A": "1"}}
    assert [read_entry("fs", raw) for raw in (guide, original, sibling)] == [wanted] * 3
    remote = read_entry("r", {"type": "remote", "url": "https://h/mcp", "timeout": 5000})
    assert (remote.kind, remote.timeout) == ("", 5.0)
    assert read_entry("s", {"type": "sse", "url": "http://h/events"}).kind == "sse"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ({"url": "https://me:pw@h/mcp?key=abc#x"}, "https://h/mcp?…"),
        (
            {"command": "npx", "args": ["s", "--api-key", "abc", "-y"]},
            "npx s --api-key [hidden] -y",
        ),
        ({"command": "s", "args": ["--token=abc", "monkey", "x"]}, "s --token=[hidden] monkey x"),
        ({"command": ["docker", "-e", "GH_TOKEN=abc"]}, "docker -e GH_TOKEN=[hidden]"),
    ],
)
def test_how_a_server_is_reached_is_told_without_its_keys(raw: dict[str, str], shown: str) -> None:
    assert read_entry("x", raw).how == shown


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ({}, "neither `command` nor `url`"),
        ({"type": "pigeon", "command": "x"}, "none of stdio, http, sse"),
        ({"url": "ftp://h"}, "must begin with http"),
        ({"command": "x", "arg": []}, "unknown key arg"),
        ({"command": "x", "timeout": "soon"}, "timeout"),
    ],
)
def test_an_entry_that_cannot_be_understood_says_why(raw: dict[str, object], why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        read_entry("x", raw)


def test_the_list_of_names_chooses_and_what_is_off_or_unclear_is_left_out() -> None:
    servers = {"a": {"command": "a"}, "b": {"command": "b", "enabled": False}, "c": {}}
    entries, notes = entries_of(servers, None)
    assert [entry.name for entry in entries] == ["a"]
    assert len(notes) == 1
    entries, notes = entries_of(servers, ["b", "d"])
    assert entries == []
    assert "opencode mcp add d" in notes[0]


def test_no_tool_of_a_server_takes_the_name_of_another() -> None:
    assert name_for("apply", "patch", {"apply_patch"}) == "mcp_apply_patch"
    assert name_for("a", "b_c", {"a_b_c", "mcp_a_b_c"}) == "mcp_2_a_b_c"
    assert name_for("git", "git_status", set()) == "git_status"
    assert name_for("my server", "do it!", set()) == "my_server_do_it"
    assert len(name_for("s" * 80, "t" * 80, set())) == 64
