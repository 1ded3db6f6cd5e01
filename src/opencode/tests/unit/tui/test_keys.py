import pytest

from opencode.tui.commands import BY_NAME
from opencode.tui.keys import DEFAULTS, UPSTREAM, read_keys, spelled


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("<leader>n", "leader+n"),
        ("Ctrl + PgUp", "ctrl+pageup"),
        ("ctrl+alt+B", "ctrl+alt+b"),
        ("alt+ctrl+b", "ctrl+alt+b"),
        ("return", "enter"),
        ("?", "question_mark"),
        ("<leader>/", "leader+slash"),
        ("shift+TAB", "shift+tab"),
        ("F5", "f5"),
        ("G", "G"),
    ],
)
def test_keys_are_understood_in_several_spellings(written: str, key: str) -> None:
    assert spelled(written) == key


def test_the_names_of_the_original_are_understood() -> None:
    keys = read_keys({"session_new": "f6", "app_exit": "none"})
    assert not keys.problems
    assert keys.names["f6"] == "new"
    assert "quit" not in [*keys.names.values(), *keys.leader.values()]
    assert set(UPSTREAM.values()) <= set(DEFAULTS)


def test_every_command_can_be_given_a_key() -> None:
    assert set(DEFAULTS) - {"cancel"} <= set(BY_NAME)
    for name in DEFAULTS:
        keys = read_keys({name: "f12,leader+z"})
        assert not keys.problems
        assert (keys.names["f12"], keys.leader["z"]) == (name, name)


def test_the_leader_can_be_another_key() -> None:
    keys = read_keys({"leader": "ctrl+g"})
    assert keys.leader_key == "ctrl+g"
    assert "ctrl+g m" in keys.of("models")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sesions": "f2"}, "did you mean sessions"),
        ({"new": "crtl+n"}, "did you mean ctrl?"),
        ({"new": "ctrl+pagup"}, "did you mean pageup?"),
        ({"new": "f2", "clear": "f2"}, "both new and clear"),
        ({"new": "ctrl+x"}, "leader"),
    ],
)
def test_mistakes_are_told_with_the_nearest_name(changes: dict[str, str], said: str) -> None:
    problems = read_keys(changes).problems
    assert len(problems) == 1
    assert said in problems[0]


def test_a_key_taken_from_a_default_is_no_clash() -> None:
    keys = read_keys({"details": "ctrl+l"})
    assert not keys.problems
    assert keys.names["ctrl+l"] == "details"
