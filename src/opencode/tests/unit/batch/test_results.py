from pathlib import Path

import pytest

from opencode.batch.results import Result, Results
from opencode.batch.tasks import Task
from opencode.core.error import UsageError

ONE, TWO = Task("first", "a"), Task("second", "b")


def test_what_has_a_result_is_not_waiting_and_failures_wait_when_wanted(tmp_path: Path) -> None:
    results = Results(tmp_path / "r.jsonl")
    results.add(ONE, Result("a", "done"))
    results.add(TWO, Result("b", "error", error="broken"))
    again = Results(results.path)
    again.load()
    assert again.waiting([ONE, TWO]) == []
    assert again.waiting([ONE, TWO], retry=True) == [TWO]


def test_another_prompt_under_an_old_id_is_another_task(tmp_path: Path) -> None:
    results = Results(tmp_path / "r.jsonl")
    results.add(ONE, Result("a", "done"))
    changed = Task("something else", "a")
    assert results.waiting([changed]) == [changed]


def test_a_torn_last_line_is_cut_and_the_next_result_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    Results(path).add(ONE, Result("a", "done"))
    with path.open("ab") as file:
        file.write(b'{"id":"b","sta')
    results = Results(path)
    results.load()
    assert results.waiting([ONE, TWO]) == [TWO]
    results.add(TWO, Result("b", "done"))
    third = Results(path)
    third.load()
    assert third.waiting([ONE, TWO]) == []


def test_a_file_that_cannot_be_written_is_said_before_anything_is_done(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot be written") as error:
        Results(tmp_path / "file" / "r.jsonl").load()
    assert "--output" in error.value.hint


def test_a_file_of_something_else_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("my notes\nmore")
    with pytest.raises(UsageError, match="is no result of a batch"):
        Results(path).load()
    assert path.read_text() == "my notes\nmore"
