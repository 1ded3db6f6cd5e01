import random

import pytest

from opencode.tests.bench.tui_text import answer
from opencode.tui.blocks.growing import Growing
from opencode.tui.blocks.markdown import markdown
from opencode.tui.looks.lines import Line, cells_of
from opencode.tui.looks.look import PLAIN


def shown(rows: list[Line]) -> list[str]:
    return ["".join(s.text for s in row.segments).rstrip() for row in rows]


SAMPLES = {
    "mixed": answer(1),
    "long fence": "Before\n\n```python\n"
    + "".join(f"x = {n}\n" for n in range(150))
    + "```\n\nAfter",
    "long list": "\n".join(f"{n}. item {n}\n   more of {n}" for n in range(1, 40)) + "\n\nEnd",
    "loose list": "\n\n".join(f"- item {n}" for n in range(30)),
    "two fences": "```\na\n```\n\n```js\nlet x = 1\n```",
    "quote and table": "> said\n> twice\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nend\n\n---\n\n# h",
    "open fence": "text\n\n```py\ndef f():\n    return 1",
    "tight then code": "- a\n- b\n\n      code\n\ntext",
}


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("seed", range(3))
def test_a_growing_text_ends_as_it_would_have_been_drawn_whole(name: str, seed: int) -> None:
    text, chance = SAMPLES[name], random.Random(seed)
    growing, at = Growing(60, PLAIN), 0
    while at < len(text):
        at += chance.randint(1, 60)
        growing.feed(text[:at])
    assert shown(growing.rows) == shown(markdown(text, 60, PLAIN))


def test_settled_rows_are_not_drawn_again() -> None:
    growing = Growing(60, PLAIN)
    growing.feed("# One\n\nTwo\n\nThree")
    first = growing.rows[0]
    growing.feed("# One\n\nTwo\n\nThree and four\n\nFive")
    assert growing.rows[0] is first


@pytest.mark.parametrize("width", [12, 40, 100])
def test_no_row_is_wider_than_the_view(width: int) -> None:
    for text in SAMPLES.values():
        assert max(cells_of(row) for row in markdown(text, width, PLAIN)) <= width


def test_elements_look_like_themselves() -> None:
    text = (
        "# Head\n\n- one\n  - *deep*\n- two\n\n3. three\n4. four\n\n> quoted\n\n"
        "| a | long |\n|---|---|\n| 1 | x |\n\n`code` **bold** [link](http://x.y)\n"
    )
    assert shown(markdown(text, 40, PLAIN)) == [
        "Head",
        "",
        "• one",
        "  • deep",
        "• two",
        "",
        "3. three",
        "4. four",
        "",
        "│ quoted",
        "",
        "a │ long",
        "──┼─────",
        "1 │ x",
        "",
        "code bold link",
    ]


def test_a_link_can_be_followed_and_html_is_only_text() -> None:
    rows = markdown("[here](http://x.y) <b>x</b>", 40, PLAIN)
    styles = {s.text: s.style for s in rows[0].segments}
    assert styles["here"] is not None
    assert styles["here"].link == "http://x.y"
    assert shown(rows) == ["here <b>x</b>"]


def test_a_wide_table_shrinks_until_it_fits() -> None:
    text = "| name | words |\n|---|---|\n| a | " + "word " * 30 + "|\n"
    rows = markdown(text, 30, PLAIN)
    assert len(rows) > 5
    assert max(cells_of(row) for row in rows) <= 30


def test_code_keeps_its_tabs_and_blank_lines_when_copied() -> None:
    rows = markdown("```make\nall:\n\techo x\n\n\techo y\n```", 40, PLAIN)
    assert [row.text for row in rows] == ["all:", "\techo x", "", "\techo y"]


def test_a_table_of_more_columns_than_fit_is_shown_row_by_row() -> None:
    names = [f"name {n}" for n in range(20)]
    rows = [names, ["-"] * 20, [f"value {n}" for n in range(20)], ["other"] * 20]
    text = "\n".join(f"|{'|'.join(row)}|" for row in rows)
    drawn = shown(markdown(text, 60, PLAIN))
    assert drawn[:2] == ["name 0: value 0", "name 1: value 1"]
    assert drawn[19:22] == ["name 19: value 19", "", "name 0: other"]


def test_deep_lists_keep_their_words() -> None:
    text = "".join(f"{'  ' * depth}- level {depth}\n" for depth in range(40))
    drawn = "\n".join([*shown(markdown(text, 200, PLAIN)), ""])
    assert all(f"level {depth}\n" in drawn for depth in range(40))


@pytest.mark.parametrize(
    "text",
    [
        "> " * 400 + "last",
        "*" * 5000 + "last" + "*" * 5000,
        "[" * 3000 + "last" + "](x)" * 3000,
        "".join(f"{'  ' * depth}- level\n" for depth in range(300)) + "last",
        "![" * 1000 + "last",
    ],
)
def test_what_is_too_deep_to_draw_is_shown_as_it_was_written(text: str) -> None:
    assert "last" in "".join(shown(markdown(text, 80, PLAIN)))
    growing = Growing(80, PLAIN)
    growing.feed(text[: len(text) // 2])
    assert "last" in "".join(shown(growing.feed(text)))
