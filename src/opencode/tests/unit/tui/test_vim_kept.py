import pytest

from opencode.tests.unit.tui.test_vim import typed
from opencode.tui.vim.vim import Vim


@pytest.mark.parametrize(
    ("keys", "before", "after"),
    [
        ('"add"byyk"ap"bp', "o|ne\ntwo\nthree", "two\none\n|two\nthree"),
        ('"ayw"Ayww"ap', "|one two", "one tone one| wo"),
        ('"ayyj"Ayyj"aP', "|one\ntwo\nend", "one\ntwo\n|one\ntwo\nend"),
        ('yw"_dwP', "|one two", "one| two"),
        ('ywdw"0p', "|one two", "tone| wo"),
        ('"add""p', "one\n|two", "one\n|two"),
        ('ve"ayw"ap', "|one two", "one ton|ewo"),
        ('"adwve"ap', "|one two", "|one "),
        ('yw"add"ap"zp', "|one\ntwo", "two\n|one"),
        ('"!x', "|one", "|ne"),
    ],
)
def test_registers_keep_what_is_named(keys: str, before: str, after: str) -> None:
    assert typed(keys, before) == after


def test_registers_outlast_the_prompt() -> None:
    vim = Vim()
    typed('"qyy', "|git status", vim)
    assert typed('"qP', "|then this", vim) == "|git status\nthen this"
    assert typed("P", "|then this", vim) == "|git status\nthen this"


def test_a_repeated_change_goes_to_its_register_again() -> None:
    vim = Vim()
    assert typed('"Adw.', "|one two three", vim) == "|three"
    assert typed('"ap', "|x", vim) == "xone two| "


@pytest.mark.parametrize(
    ("keys", "before", "after"),
    [
        ("magg`a", "one\ntwo th|ree", "one\ntwo th|ree"),
        ("magg'a", "one\n  two th|ree", "one\n  |two three"),
        ("maggd'a", "one\ntwo th|ree\nfour", "|four"),
        ("magg0d`a", "one\ntwo th|ree", "|ree"),
        ("maggOnew␛`a", "one\ntwo th|ree", "new\none\ntwo th|ree"),
        ("maggdd`a", "one\ntwo th|ree", "two th|ree"),
        ("maGdd`a", "one th|ree\ntwo", "one th|ree"),
        ("mabve`ax", "one thr|ee", "one |e"),
        ("'z`zx", "|one", "|ne"),
    ],
)
def test_marks_stay_where_they_were_set(keys: str, before: str, after: str) -> None:
    assert typed(keys, before) == after
