import random

from hypothesis import given
from hypothesis import strategies as st

from opencode.tui.blocks.block import AnswerBlock, NoticeBlock, UserBlock
from opencode.tui.looks.look import PLAIN
from opencode.tui.widgets.heights import Heights
from opencode.tui.widgets.page import Page
from opencode.tui.widgets.selection import Point, between, selected_text


def page_of(count: int, width: int = 60, height: int = 20) -> Page:
    page = Page(PLAIN)
    page.resize(width, height, PLAIN)
    chance = random.Random(1)
    for n in range(count):
        words = " ".join(f"w{n}" for _ in range(chance.randint(1, 120)))
        page.append(AnswerBlock(f"b{n}", f"**block {n}**\n\n{words}\n\n- a\n- b"))
    page.settle()
    return page


def view(page: Page) -> list[str]:
    return [page.line(y).text for y in range(page.height)]


@given(st.lists(st.tuples(st.sampled_from("adcf"), st.integers(0, 30)), max_size=80))
def test_heights_agree_with_a_plain_list(moves: list[tuple[str, int]]) -> None:
    heights, plain = Heights(), list[int]()
    for move, value in moves:
        if move == "a":
            heights.append(value + 1)
            plain.append(value + 1)
        elif move == "d" and plain:
            count = value % (len(plain) + 1)
            heights.drop(count)
            del plain[len(plain) - count :]
        elif move == "c" and plain:
            heights.change(value % len(plain), 7)
            plain[value % len(plain)] = 7
        assert heights.total == sum(plain)
        assert [heights.top(n) for n in range(len(plain))] == [
            sum(plain[:n]) for n in range(len(plain))
        ]
        if plain:
            row = value % sum(plain)
            expected = next(n for n in range(len(plain)) if sum(plain[: n + 1]) > row)
            assert heights.find(row) == expected


def test_the_end_is_in_view_and_stays_there_while_blocks_come() -> None:
    page = page_of(50)
    assert view(page)[-1] == "• b"
    page.append(NoticeBlock("new", "info", "the newest"))
    page.settle()
    assert view(page)[-1] == "the newest"


def test_only_what_is_in_view_is_drawn() -> None:
    page = page_of(2000)
    assert len(page._rows) < 30


def test_scrolling_up_row_by_row_shows_every_row_once_whatever_was_guessed() -> None:
    page = page_of(40)
    seen = view(page)
    for _ in range(page.total * 2):
        before = view(page)
        page.scroll_to(page.top - 1)
        after = view(page)
        if after == before:
            break
        assert after[1:] == before[:-1]
        seen.insert(0, after[0])
    whole = page_of(40, height=100_000)
    assert [t for t in seen if t] == [t for t in view(whole) if t]


def test_the_view_is_not_stolen_while_text_streams_in() -> None:
    page = page_of(50)
    page.append(AnswerBlock("live", "start", live=True))
    page.settle()
    page.scroll_to(page.top - 30)
    before = view(page)
    block = page.blocks[-1]
    assert isinstance(block, AnswerBlock)
    for n in range(1000):
        block.text += f" token{n}\n\n"
        page.touch(len(page.blocks) - 1)
        page.settle()
    assert view(page) == before
    page.sticks = True
    page.settle()
    assert "token999" in view(page)[-1] or "token999" in "".join(view(page))


def test_a_block_above_the_view_may_grow_without_moving_it() -> None:
    page = page_of(50)
    page.scroll_to(page.row_of(30))
    before = view(page)
    block = page.blocks[30 - 1]
    assert isinstance(block, AnswerBlock)
    page.rows(29)
    page._measure(29)
    block.text += "\n\nmore\n\nand more"
    page.touch(29)
    page.settle()
    assert view(page) == before


def test_another_width_keeps_the_first_block_in_view() -> None:
    page = page_of(50)
    page.scroll_to(page.row_of(20))
    page.resize(31, 20, PLAIN)
    page.settle()
    place = page.at(page.top)
    assert place
    assert place[0] == 20


def test_dropped_blocks_are_gone_and_new_ones_take_their_place() -> None:
    page = page_of(10)
    page.drop_from(7)
    page.append(NoticeBlock("n", "info", "instead"))
    page.settle()
    assert view(page)[-1] == "instead"
    assert page.index_of("b8") is None


def test_a_growing_text_moves_the_view_once_in_a_few_rows() -> None:
    page = page_of(30)
    block = AnswerBlock("live", "", live=True)
    page.append(block)
    tops: list[int] = []
    for n in range(60):
        block.text += f"row {n}\n\n"
        page.touch(len(page.blocks) - 1)
        page.settle()
        tops.append(page.top)
    assert len(set(tops)) < 40


def test_a_selection_is_copied_as_source_without_padding_or_wraps() -> None:
    page = Page(PLAIN)
    page.resize(30, 40, PLAIN)
    text = "A sentence that is long enough to be wrapped twice.\n\n```py\nif x:\n\treturn 1\n```"
    page.append(UserBlock("u", "my question"))
    page.append(AnswerBlock("a", text))
    page.settle()
    whole = between(Point(0, 0, 0), Point(1, len(page.rows(1)) - 1, 99))
    assert selected_text(page, whole) == f"my question\n\n{text}"
    part = between(Point(1, 1, 4), Point(1, 2, 99))
    assert selected_text(page, part) == "sentence that is long enough to be wrapped"
    code = between(Point(1, 5, 0), Point(1, 6, 99))
    assert selected_text(page, code) == "if x:\n\treturn 1"
