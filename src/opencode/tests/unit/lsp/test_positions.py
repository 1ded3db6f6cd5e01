from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol.types import Position, Range, TextEdit

from opencode.core.error import ToolError
from opencode.lsp.document import difference
from opencode.lsp.positions import apply_edits, indentation, lines_of, path_of, to_column, to_units

TEXTS = st.text("ab\r\n😀é", max_size=12)
ENCODINGS = st.sampled_from(["utf-8", "utf-16", "utf-32"])


@given(TEXTS, TEXTS, ENCODINGS)
def test_the_difference_makes_the_new_text_of_the_old(old: str, new: str, encoding: str) -> None:
    change = difference(old, new, encoding)
    assert apply_edits(old, [TextEdit(change.range, change.text)], encoding) == new


@given(TEXTS)
def test_lines_are_the_text(text: str) -> None:
    assert "".join(lines_of(text)) == text


def test_columns_are_counted_in_the_servers_units() -> None:
    line = 'π = "😀"; y'
    assert [to_units(line, 9, e) for e in ("utf-8", "utf-16", "utf-32")] == [13, 10, 9]
    assert [to_column(line, u, e) for u, e in ((13, "utf-8"), (10, "utf-16"), (9, "utf-32"))] == [
        9,
        9,
        9,
    ]
    assert to_column("ab\r\n", 99, "utf-16") == 2


def test_edits_that_overlap_are_refused_and_those_at_one_place_keep_their_order() -> None:
    def edit(start: int, end: int, new: str) -> TextEdit:
        return TextEdit(Range(Position(0, start), Position(0, end)), new)

    assert apply_edits("abc", [edit(2, 3, "X"), edit(0, 0, "1"), edit(0, 0, "2")], "utf-8") == (
        "12abX"
    )
    with pytest.raises(ToolError, match="overlap"):
        apply_edits("abc", [edit(0, 2, "X"), edit(1, 3, "Y")], "utf-8")


def test_uris_are_read_however_they_are_escaped() -> None:
    path = Path("/a b/ü+#.py")
    assert path_of(path.as_uri()) == path
    assert path_of("file:///a%20b/%C3%BC%2B%23.py") == path


def test_a_file_is_indented_on_as_it_is() -> None:
    texts = ("{\n  a\n    b\n}", "f:\n    x\n", "f\n\tx\n", "/*\n * x\n */\n", "x")
    assert [indentation(text) for text in texts] == [2, 4, 0, 4, 4]
