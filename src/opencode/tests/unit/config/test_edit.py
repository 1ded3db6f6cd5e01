import random
from pathlib import Path

import msgspec
import pytest

from opencode.config.edit import set_value, split_key, typed, unset
from opencode.config.formats import json_edit, jsonc
from opencode.core.error import ConfigError, UsageError

TOML = """# my settings
model = "openai/a"  # the quick one

[provider.openai]
# keep me
max_tokens = 10
"""


def test_setting_a_key_keeps_comments_and_order(tmp_path: Path) -> None:
    path = tmp_path / "opencode.toml"
    path.write_text(TOML)
    set_value(path, ("model",), "openai/b")
    set_value(path, ("provider", "openai", "temperature"), 0.5)
    set_value(path, ("provider", "new", "models", "gpt-4.1", "window"), 8)
    assert path.read_text() == (
        TOML.replace("openai/a", "openai/b")
        + 'temperature = 0.5\n\n[provider.new.models."gpt-4.1"]\nwindow = 8\n'
    )


def test_a_table_that_is_set_needs_no_empty_ones_above_it(tmp_path: Path) -> None:
    path = tmp_path / "opencode.toml"
    set_value(path, ("mcp", "servers", "files"), {"command": "c"})
    set_value(path, ("mcp", "servers", "more"), {"command": "d"})
    whole = '[mcp.servers.files]\ncommand = "c"\n\n[mcp.servers.more]\ncommand = "d"\n'
    assert path.read_text() == whole


def test_unsetting_removes_the_key_alone(tmp_path: Path) -> None:
    path = tmp_path / "opencode.toml"
    path.write_text(TOML)
    assert unset(path, ("provider", "openai", "max_tokens"))
    assert "# keep me" in path.read_text()
    assert "max_tokens" not in path.read_text()
    assert not unset(path, ("provider", "openai", "max_tokens"))
    assert not unset(tmp_path / "none.toml", ("model",))


def test_a_file_is_made_when_there_is_none(tmp_path: Path) -> None:
    path = tmp_path / "deep/opencode.toml"
    set_value(path, ("ui", "theme"), "dark")
    assert path.read_text() == '[ui]\ntheme = "dark"\n'


def test_a_broken_file_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "opencode.toml"
    path.write_text("[ui\n")
    with pytest.raises(ConfigError):
        set_value(path, ("model",), "x")
    assert path.read_text() == "[ui\n"


JSON = """{
  // first
  "model": "a", /* why */
  "ui": {"theme": "x"},
  "list": [1, {"model": 2}],
}
"""


def test_json_keeps_its_comments_too(tmp_path: Path) -> None:
    path = tmp_path / "opencode.jsonc"
    path.write_text(JSON)
    set_value(path, ("model",), "b")
    set_value(path, ("ui", "language"), "ja")
    set_value(path, ("provider", "x", "base_url"), "http://h")
    text = path.read_text()
    assert '"model": "b", /* why */' in text
    assert "// first" in text
    assert jsonc.decode(text, "") == {
        "model": "b",
        "ui": {"theme": "x", "language": "ja"},
        "list": [1, {"model": 2}],
        "provider": {"x": {"base_url": "http://h"}},
    }
    assert unset(path, ("model",))
    assert unset(path, ("ui", "theme"))
    assert set(jsonc.decode(path.read_text(), "")) == {"ui", "list", "provider"}


def test_any_sequence_of_changes_gives_what_a_dict_would_give() -> None:
    dice = random.Random(3)
    for _ in range(200):
        text, wanted = dice.choice(["", "{}", JSON]), {}
        if text == JSON:
            wanted = jsonc.decode(JSON, "")
        for _ in range(8):
            key = dice.choice(["a", "b c", "model", "ü", 'q"'])
            if key in wanted and dice.random() < 0.4:
                text = json_edit.drop(text, (key,))
                del wanted[key]
            else:
                value = dice.choice([1, "x", [1, 2], {"n": {}}, True])
                text = json_edit.put(text, (key,), value)
                wanted[key] = value
            assert jsonc.decode(text, "") == wanted


def test_values_are_typed_by_their_key() -> None:
    assert typed(("worker", "keep"), "0") == "0"
    assert typed(("limits", "max_steps"), "12") == 12
    assert typed(("ui", "theme"), "dark") == "dark"
    assert typed(("session", "auto_save"), "false") is False
    assert typed(("permissions", "bash_allow"), '["ls"]') == ["ls"]
    assert typed(("provider", "default"), "openai") == "openai"
    with pytest.raises(UsageError, match=r"ui\.theem \(did you mean theme\?\)"):
        typed(("ui", "theem"), "x")
    with pytest.raises(UsageError, match="expected a whole number"):
        typed(("limits", "max_steps"), "many")
    with pytest.raises(UsageError, match=r"max_steps: -1 is less than 0"):
        typed(("limits", "max_steps"), "-1")
    with pytest.raises(UsageError, match=r"WARNING, ERROR \(did you mean DEBUG\?\)"):
        typed(("log", "level"), "DEBG")
    assert typed(("provider", "x", "options", "seed"), "-1") == -1


def test_keys_may_be_quoted() -> None:
    assert split_key('provider.x.models."gpt-4.1".window')[3] == "gpt-4.1"
    for wrong in ("a..b", "", "a b", "a = 1\nb"):
        with pytest.raises(UsageError):
            split_key(wrong)


def test_comments_and_commas_in_strings_are_text() -> None:
    text = '{"a": "// no", "b": "/* no */ ,}", "c": "\\"//"}'
    assert jsonc.blank(text) == text
    assert jsonc.decode('{"a": [1, 2, /* , */ ], }', "") == {"a": [1, 2]}
    assert msgspec.json.decode(jsonc.blank('// x\n{"a": 1} // y')) == {"a": 1}
