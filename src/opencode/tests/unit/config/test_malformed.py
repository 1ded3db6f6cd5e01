from pathlib import Path

import pytest

from opencode.config.formats.written import parse
from opencode.core.error import ConfigError
from opencode.i18n.english import translated

MALFORMED = [
    ("a.toml", 'a = "x', "1: a text is not closed by its quote (Unterminated string)"),
    ("a.toml", "a\n", "1:2: behind a key its value is missing"),
    ("a.toml", "a = 1\na = 2", "2: this stands there a second time"),
    ("a.toml", 'a = "C:\\users"', "1:10: a backslash in a text is written twice, or"),
    ("a.toml", "a = tru", "1:5: no value can look like this"),
    ("a.json", '{"a": [1 2]}', "1:10: a list is not closed, or a comma is missing in it"),
    ("a.json", "{a: 1}", '1:2: names stand in "double quotes"'),
    ("a.jsonc", '{"a": 1', "1:8: the file ends too early"),
    ("a.yaml", "a:\n\t- x", "2:1: YAML is indented with spaces, not with tabs"),
    ("a.yaml", "a: b: c", "1:5: the indentation is wrong, or a colon"),
]


@pytest.mark.parametrize(("name", "text", "said"), MALFORMED, ids=[one[1] for one in MALFORMED])
def test_a_file_that_cannot_be_parsed_says_where_and_why_in_every_language(
    name: str, text: str, said: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text, Path(name))
    assert f"{name}:{said}" in caught.value.message
    place, _, ours = caught.value.message.partition(": ")
    words = ours.partition("(")[2]
    for language in ("de", "ja", "ar"):
        there = translated(caught.value.message, language)
        assert there.startswith(place)
        assert ours.partition(" (")[0] not in there
        assert words.rstrip(")") in there
