from pathlib import Path

import pytest

from opencode.core.agent import Agent
from opencode.core.provider import ModelInfo
from opencode.tui.acts.answering import matching
from opencode.tui.commands import BY_NAME
from opencode.tui.keys import DEFAULTS, read_keys
from opencode.tui.tty.clipboard import local_tool, put
from opencode.tui.writing.completion import Word, command_rows, mention_rows, word_at
from opencode.tui.writing.files import glance, list_files
from opencode.tui.writing.fuzzy import best
from opencode.tui.writing.history import History


def test_fuzzy_prefers_beginnings_and_runs() -> None:
    names = ["src/opencode/app.py", "apples", "map", "a_p_p"]
    assert best("app", names, str)[0] == "apples"
    assert best("xyz", names, str) == []
    assert best("", names, str) == names


@pytest.mark.parametrize(
    ("before", "first", "word"),
    [
        ("/mo", True, Word("/", "mo", 0)),
        ("/mo", False, None),
        ("/mo x", True, None),
        ("see @src/a", True, Word("@", "src/a", 4)),
        ("@", True, Word("@", "", 0)),
        ("mail@host", True, None),
        ("@done ", True, None),
        ('see @"my docs/a', True, Word("@", "my docs/a", 4)),
        ("@a.py#1", True, None),
    ],
)
def test_the_word_at_the_cursor(before: str, first: bool, word: Word | None) -> None:
    assert word_at(before, first) == word


def test_completion_offers_agents_files_and_commands_that_begin_with_what_was_typed() -> None:
    rows = mention_rows("pl", [Agent("plan"), Agent("x", hidden=True)], ["plain text.md", "lib/"])
    assert [row.value for row in rows] == ["@plan ", '@"plain text.md" ']
    assert [row.value for row in command_rows("th", [("themes", ""), ("new", "")])] == ["/themes "]


def test_rows_of_what_servers_let_read_and_of_folders_that_lead_on() -> None:
    resources = [("hub:doc://plan", "The plan"), ("hub:doc://rest", "Others")]
    rows = mention_rows("pl", [Agent("plan")], ["my plans/", "plans/", "x.py"], resources)
    assert [row.value for row in rows] == [
        *("@plan ", "@hub:doc://plan ", "@plans/", '@"my plans/'),
    ]


def test_the_last_name_of_a_path_counts_more_than_its_folders() -> None:
    rows = mention_rows("chat", [], ["chat/old/deep/x.py", "src/tui/screens/chat.py"])
    assert [row.label for row in rows] == ["src/tui/screens/chat.py", "chat/old/deep/x.py"]


async def test_files_are_listed_near_ones_first_without_ignored_ones(tmp_path: Path) -> None:
    for name in ("b/deep/z.py", "a.py", ".git/x", "logs/y.txt", "b/c.py", ".ci/go.yml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / ".gitignore").write_text("logs/\n")
    found = await list_files(tmp_path)
    assert found == [
        *(".ci/", ".gitignore", "a.py", "b/", ".ci/go.yml", "b/c.py", "b/deep/", "b/deep/z.py"),
    ]


def test_a_glance_leaves_hidden_and_built_files_out_and_follows_no_link(tmp_path: Path) -> None:
    for name in ("b/deep/z.py", "a.py", ".git/x", "node_modules/y.js", "b/c.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "loop").symlink_to(tmp_path)
    assert glance(tmp_path) == ["a.py", "b/", "loop", "b/c.py", "b/deep/", "b/deep/z.py"]


def test_history_is_kept_whole_lines_only_and_never_twice(tmp_path: Path) -> None:
    file = tmp_path / "state" / "history.jsonl"
    past = History(file)
    for text in ("one", "two\nlines", "two\nlines"):
        past.add(text)
    with file.open("a") as torn:
        torn.write('"broken')
    past = History(file)
    assert [past.earlier("draft"), past.earlier(""), past.earlier("")] == [
        "two\nlines",
        "one",
        None,
    ]
    assert [past.later(), past.later(), past.later()] == ["two\nlines", "draft", None]
    assert file.stat().st_mode & 0o77 == 0


def test_keys_can_be_changed_and_mistakes_are_named() -> None:
    keys = read_keys({"new": "f2", "help": "none", "nonsense": "f9"})
    assert keys.names["f2"] == "new"
    assert "help" not in [*keys.names.values(), *keys.leader.values()]
    assert len(keys.problems) == 1
    assert "nonsense" in keys.problems[0]
    assert len(read_keys({"new": "f2", "clear": "f2"}).problems) == 1


def test_every_key_means_a_command_and_no_default_clashes() -> None:
    assert not read_keys({}).problems
    assert set(DEFAULTS) - {"cancel"} <= set(BY_NAME)


def test_models_are_meant_by_their_names() -> None:
    models = [ModelInfo("a/claude-sonnet-4", "Claude Sonnet 4"), ModelInfo("b/gpt-4o", "GPT-4o")]
    models.append(ModelInfo("b/gpt-4o-mini", "GPT-4o mini"))
    assert [m.id for m in matching("GPT-4o", models)] == ["b/gpt-4o"]
    assert [m.id for m in matching("Claude", models)] == ["a/claude-sonnet-4"]
    assert len(matching("gpt", models)) == 2
    assert matching("tabs", models) == []


def test_over_ssh_no_local_clipboard_is_pretended() -> None:
    assert local_tool({"SSH_CONNECTION": "x", "WAYLAND_DISPLAY": "w"}) == []


async def test_a_clipboard_program_that_fails_is_not_believed(tmp_path: Path) -> None:
    target = tmp_path / "clip"
    assert await put(["sh", "-c", f"cat > {target}"], "text")
    assert target.read_text() == "text"
    assert not await put(["sh", "-c", "cat >/dev/null; exit 1"], "text")
    assert not await put(["no-such-program-here"], "text")
