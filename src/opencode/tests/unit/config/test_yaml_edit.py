import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from opencode.config.edit import set_value, unset
from opencode.config.formats import yaml_edit, yaml_file
from opencode.core.error import UsageError

YAML = """\
# my settings
model: openai/a  # the quick one

provider:
  # keep me
  openai:
    max_tokens: 10   # tokens
    headers: {x-a: "1"}
permissions:
  bash_allow:
  - git status
  - "ls"   # all of it
ui:
# the end
"""


def test_setting_a_key_of_yaml_keeps_comments_and_order(tmp_path: Path) -> None:
    path = tmp_path / "opencode.yaml"
    path.write_text(YAML)
    set_value(path, ("model",), "openai/b")
    set_value(path, ("provider", "openai", "temperature"), 0.5)
    set_value(path, ("provider", "openai", "headers", "x-b"), "no")
    set_value(path, ("provider", "new", "models", "gpt-4.1", "window"), 8)
    set_value(path, ("permissions", "bash_allow"), ["git log", "off"])
    set_value(path, ("ui", "language"), "no")
    assert path.read_text() == (
        """\
# my settings
model: openai/b  # the quick one

provider:
  # keep me
  openai:
    max_tokens: 10   # tokens
    headers: {x-a: "1", "x-b": "no"}
    temperature: 0.5
  new:
    models:
      gpt-4.1:
        window: 8
permissions:
  bash_allow: [git log, 'off']   # all of it
ui:
  language: 'no'
# the end
"""
    )


def test_unsetting_a_key_of_yaml_removes_its_lines_alone(tmp_path: Path) -> None:
    path = tmp_path / "opencode.yml"
    path.write_text(YAML)
    assert unset(path, ("permissions", "bash_allow"))
    assert unset(path, ("provider", "openai", "max_tokens"))
    assert unset(path, ("provider", "openai", "headers", "x-a"))
    assert not unset(path, ("provider", "openai", "max_tokens"))
    assert path.read_text() == (
        "# my settings\nmodel: openai/a  # the quick one\n\nui:\n# the end\n"
    )


def test_a_yaml_file_without_a_key_gets_its_first(tmp_path: Path) -> None:
    path = tmp_path / "opencode.yaml"
    path.write_text("# nothing yet")
    set_value(path, ("ui", "theme"), "dark")
    assert path.read_text() == "# nothing yet\nui:\n  theme: dark\n"


@pytest.mark.parametrize(
    "change",
    [
        lambda: yaml_edit.put("a: &here {x: 1}\nb: *here\n", ("b", "x"), 2),
        lambda: yaml_edit.put("a: &here\n  x: 1\nb: *here\n", ("a", "x"), 2),
        lambda: yaml_edit.drop("base: &base {x: 1}\na:\n  <<: *base\n  y: 2\n", ("a", "x")),
    ],
)
def test_what_others_point_to_is_not_changed_behind_their_back(change: Callable[[], str]) -> None:
    with pytest.raises(UsageError, match="more than this key") as caught:
        change()
    assert caught.value.hint == "Edit it yourself: opencode config edit"


def test_a_value_is_no_table_in_yaml_either() -> None:
    with pytest.raises(UsageError, match=r"^model is no table"):
        yaml_edit.put(YAML, ("model", "x"), 1)


@pytest.mark.parametrize(
    "text",
    [
        "a: |\n  one\n  two\nb: 1\n",
        "a: >-\n  one\n\n# x\n",
        "a: b\\\n",
        "a:\r\n  b: 1\r\nc: 2\r\n",
        '{"a": {"b": 1}, "c": [1]}',
        "---\na: 'it''s'\n...\n",
        "? a\n: b\n",
    ],
)
def test_yaml_of_every_style_is_changed_or_refused_but_never_bent(text: str) -> None:
    before: Any = yaml_file.decode(text, "")
    for key in ("a", "b", "new"):
        try:
            after = yaml_file.decode(yaml_edit.put(text, (key,), "v: #1"), "")
        except UsageError:
            continue
        assert after == {**before, key: "v: #1"}


def test_any_sequence_of_changes_to_yaml_gives_what_a_dict_would_give() -> None:
    dice = random.Random(5)
    for start in ["", "{}\n", YAML] * 12:
        text, wanted = start, yaml_file.decode(start, "")
        for _ in range(6):
            key = dice.choice(["a", "b c", "model", "ü", "8080", "ui"])
            if key in wanted and dice.random() < 0.4:
                text = yaml_edit.drop(text, (key,))
                del wanted[key]
            else:
                value = dice.choice([1, "x", "yes", "a\nb", [1, "# 2"], {"n": {"m": None}}, True])
                text = yaml_edit.put(text, (key,), value)
                wanted[key] = value
            assert yaml_file.decode(text, "") == wanted
