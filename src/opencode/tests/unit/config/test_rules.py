from pathlib import Path

import pytest

from opencode.config.layers import Source
from opencode.config.load import load_settings
from opencode.config.rules import layers_of, map_rules, rules_of
from opencode.core.error import ConfigError
from opencode.core.layers import builtin_layer
from opencode.core.permission import Layer, Request, Rule, judge


def bash(line: str) -> Request:
    return Request("bash", line, tuple(line.split()))


def verdict(request: Request, values: dict[str, object]) -> str:
    return judge([request], [builtin_layer(), Layer("user", rules_of(values))]).verdict


def test_the_guides_list_allows_commands_by_their_words() -> None:
    guide: dict[str, object] = {"permissions": {"bash_allow": ["git status", "npm run test"]}}
    assert verdict(bash("git status -s"), guide) == "allow"
    assert verdict(bash("npm run test"), guide) == "allow"
    assert verdict(bash("git push"), guide) == "ask"


def test_the_longer_command_wins_and_what_is_denied_is_final() -> None:
    lists: dict[str, object] = {
        "permissions": {
            "bash_allow": ["git", "npm run"],
            "bash_ask": ["git push", "npm"],
            "bash_deny": ["npm run deploy"],
        }
    }
    assert verdict(bash("git commit"), lists) == "allow"
    assert verdict(bash("git push"), lists) == "ask"
    assert verdict(bash("npm run build"), lists) == "allow"
    assert verdict(bash("npm publish"), lists) == "ask"
    assert verdict(bash("npm run deploy"), lists) == "deny"


def test_the_originals_map_is_read_in_its_order() -> None:
    written: dict[str, object] = {
        "permission": {
            "*": "ask",
            "edit": {"*": "deny", "docs/*": "allow"},
            "bash": {"*": "ask", "git *": "allow", "git push *": "deny"},
            "external_directory": {"~/notes/*": "allow"},
            "webfetch": "deny",
            "todowrite": False,
        }
    }
    assert verdict(Request("read", "a"), written) == "ask"
    assert verdict(Request("edit", "src/a"), written) == "deny"
    assert verdict(Request("edit", "docs/a"), written) == "allow"
    assert verdict(Request("rm", "src/a"), written) == "deny"
    assert verdict(Request("rm", "docs/a"), written) != "allow"
    assert verdict(bash("git log"), written) == "allow"
    assert verdict(bash("git push x"), written) == "deny"
    assert verdict(Request("outside", f"{Path.home()}/notes/x"), written) == "allow"
    assert verdict(Request("network", "https://x.example"), written) == "deny"
    assert verdict(Request("todo", "*"), written) == "deny"


def test_the_later_form_with_effects_says_the_same() -> None:
    items = [
        {"action": "bash", "resource": ["git *", "ls"], "effect": "allow"},
        {"action": "write", "effect": "deny"},
    ]
    expected = [
        Rule("bash", "git *", "allow"),
        Rule("bash", "ls", "allow"),
        Rule("edit", "*", "deny"),
        Rule("rm", "*", "deny"),
    ]
    assert map_rules(items) == expected
    assert map_rules({"rules": items}) == expected


def test_the_lists_of_the_korean_guide_name_tools_and_commands() -> None:
    lists: dict[str, object] = {
        "permissions": {
            "allowed": ["websearch", "make"],
            "blocked": ["rm", "sudo"],
            "require_confirmation": ["git push", "edit"],
            "bash_allow": ["git"],
        }
    }
    assert verdict(Request("websearch", "*"), lists) == "allow"
    assert verdict(bash("make all"), lists) == "allow"
    assert verdict(bash("rm x"), lists) == "deny"
    assert verdict(Request("rm", "x"), lists) == "deny"
    assert verdict(bash("sudo ls"), lists) == "deny"
    assert verdict(bash("git push"), lists) == "ask"
    assert verdict(bash("git add"), lists) == "allow"
    assert verdict(Request("edit", "x"), lists) == "ask"


def test_paths_may_be_written_absolutely(tmp_path: Path) -> None:
    rules = rules_of({"permission": {"read": {f"{tmp_path}/keys/*": "deny"}}}, tmp_path)
    assert judge([Request("read", "keys/a")], [Layer("user", rules)]).verdict == "deny"


def test_a_word_that_is_no_verdict_is_an_error_that_names_its_key() -> None:
    with pytest.raises(ConfigError, match=r"permission\.bash"):
        rules_of({"permission": {"bash": "maybe"}})


def test_each_source_is_a_layer_and_an_untrusted_project_only_tightens() -> None:
    loose = {"permissions": {"bash_allow": ["make"]}}
    sources = [
        Source("user config", None, loose, loose),
        Source("flags", None, {}, {}),
        Source("project config", None, loose, loose, trusted=False),
    ]
    user, project = layers_of(sources)
    assert not user.tightens_only
    assert project.tightens_only
    assert judge([bash("make")], [builtin_layer(), project]).verdict == "ask"


def test_rules_of_a_project_file_take_effect_with_trust(project: Path) -> None:
    (project / "opencode.toml").write_text(
        '[permissions]\nbash_allow = ["make"]\nbash_deny = ["curl"]\n'
    )
    for trusted, expected in ((False, "ask"), (True, "allow")):
        stack = [builtin_layer(), *layers_of(load_settings(project, trusted=trusted).sources)]
        assert judge([bash("make")], stack).verdict == expected
        assert judge([bash("curl x")], stack).verdict == "deny"
