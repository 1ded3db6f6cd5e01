from pathlib import Path

from opencode.i18n.catalog import Catalogue, speak
from opencode.tui.blocks.block import NoticeBlock, UserBlock
from opencode.tui.keys import read_keys
from opencode.tui.looks.lines import Line, cells_of
from opencode.tui.looks.look import PLAIN, Look
from opencode.tui.state.facts import Facts
from opencode.tui.state.greeting import greeting
from opencode.tui.widgets.page import Page

NAMES = "en zh zht ja ko es fr de it pt ru ar th vi pl nl tr".split()  # noqa: SIM905


def said(facts: Facts, width: int = 80, **changes: str) -> str:
    return "\n".join(row.text for row in greeting(facts, read_keys(changes), width, PLAIN))


def page(height: int) -> Page:
    page = Page(PLAIN)

    def greet(width: int, look: Look) -> list[Line]:
        return greeting(Facts(directory="/project"), read_keys({}), width, look)

    page.greet = greet
    page.resize(80, height, PLAIN)
    page.settle()
    return page


def view(page: Page) -> str:
    return "\n".join(page.line(y).text for y in range(page.height))


def test_it_says_where_we_are_and_who_answers_once_that_is_known() -> None:
    assert "answers" not in said(Facts(directory="/project"))
    shown = said(Facts(directory=str(Path.home() / "project"), model="fake/one"))
    assert str(Path("~/project")) in shown
    assert "fake/one answers" in shown
    assert "own words" in shown


def test_without_a_model_it_promises_no_more_than_plain_instructions() -> None:
    shown = said(Facts(model="offline/rules"))
    assert "Run the tests" in shown
    assert "own words" not in shown


def test_a_model_nobody_knows_does_not_answer_and_the_way_to_another_is_named() -> None:
    shown = said(Facts(model="nope/x", stranger="nope/x"))
    assert "nope/x answers" not in shown
    assert "nope/x is not known" in shown
    assert "Ctrl+X M" in shown
    assert "answers" in said(Facts(model="fake/one", stranger="nope/x"))


def test_a_model_without_a_key_does_not_answer_either() -> None:
    shown = said(Facts(model="fake/one", locked="fake/one"))
    assert "fake/one answers" not in shown
    assert "fake/one has no key yet" in shown
    assert "Ctrl+X M" in shown


def test_the_keys_are_those_the_person_chose() -> None:
    shown = said(Facts(), help="f2", palette="none")
    assert "F2" in shown
    assert "Ctrl+P" not in shown
    assert "All commands" not in shown


def test_it_fits_any_width_in_every_language_and_keeps_the_end_of_the_folder() -> None:
    facts = Facts(directory="/a/very/long/way/to/the/目録/project", model="offline/rules")
    try:
        for name in NAMES:
            speak(Catalogue(name))
            for width in (20, 40, 80):
                rows = greeting(facts, read_keys({}), width, PLAIN)
                assert max(map(cells_of, rows)) <= width, name
                assert rows[1].text.endswith("/project")
    finally:
        speak(Catalogue("en"))


def test_it_stands_in_an_empty_page_beside_notices_and_goes_with_the_first_word() -> None:
    empty = page(24)
    assert "/project" in view(empty)
    empty.append(NoticeBlock("n", "info", "No model has a key"))
    empty.settle()
    assert "/project" in view(empty)
    assert view(empty).index("No model") < view(empty).index("/project")
    empty.append(UserBlock("u", "Hello"))
    empty.settle()
    assert "/project" not in view(empty)
    empty.show([])
    empty.settle()
    assert "/project" in view(empty)


def test_it_is_left_out_where_there_is_no_room_for_the_whole_of_it() -> None:
    assert not view(page(6)).strip()
