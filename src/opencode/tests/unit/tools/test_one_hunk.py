import pytest

from opencode.core.error import ToolError
from opencode.tools.shared.patches.diff import diff_of
from opencode.tools.shared.patches.one_hunk import without_hunk

OLD = "".join(f"{n}\n" for n in range(40))


def back(old: str, new: str, number: int) -> str:
    patch = diff_of("f", old, new).patch
    return without_hunk(patch, number, old.encode(), new.encode()).decode()


def test_each_hunk_goes_back_alone() -> None:
    new = OLD.replace("3\n4\n", "three\n4\nand more\n", 1).replace("30\n", "", 1)
    assert back(OLD, new, 0) == OLD.replace("30\n", "", 1)
    assert back(OLD, new, 1) == OLD.replace("3\n4\n", "three\n4\nand more\n", 1)


def test_line_ends_and_a_missing_last_one_come_back_as_they_were() -> None:
    old, new = "a\r\nb\r\nc", "a\r\nB\r\nC\r\n"
    assert back(old, new, 0) == old


def test_all_that_was_put_in_front_or_taken_away_comes_back() -> None:
    assert back("", "a\nb\n", 0) == ""
    assert back("a\nb\n", "", 0) == "a\nb\n"
    assert back(OLD, "new\n" + OLD, 0) == OLD


def test_a_hunk_that_is_not_there_is_refused() -> None:
    with pytest.raises(ToolError):
        back(OLD, OLD + "x\n", 1)
