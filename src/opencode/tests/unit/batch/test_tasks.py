import pytest

from opencode.batch.tasks import read_tasks
from opencode.core.error import UsageError


def test_a_line_is_an_object_or_just_the_prompt() -> None:
    text = '{"id": "a", "prompt": "one", "max_cost": 0.5}\n\n# a note\n"two"\n'
    first, second = read_tasks(text, "t.jsonl")
    assert (first.id, first.prompt, first.max_cost) == ("a", "one", 0.5)
    assert second.prompt == "two"
    assert len(second.id) == 8


def test_an_id_that_is_missing_stays_the_same_when_lines_are_moved() -> None:
    one, two = read_tasks('"a"\n"b"\n', "t"), read_tasks('"b"\n"a"\n', "t")
    assert {t.id for t in one} == {t.id for t in two}


def test_the_same_prompt_twice_is_two_tasks() -> None:
    assert len({t.id for t in read_tasks('"a"\n"a"\n"a"\n', "t")}) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"promt": "x"}', "t.jsonl:1: a task has no 'promt' (did you mean prompt?)"),
        ('"ok"\n{"prompt": ""}', "t.jsonl:2: the prompt is empty"),
        ("not json", "t.jsonl:1"),
        ("[1]", "t.jsonl:1: it is neither an object nor a text."),
        ('{"id": "a"}', "t.jsonl:1: the task has no prompt."),
        ('{"prompt": 3}', "t.jsonl:1: prompt: expected a text, got a whole number."),
        ("", "holds no task"),
        ('{"id": "a", "prompt": "x"}\n{"id": "a", "prompt": "y"}', "Two tasks have the id 'a'"),
    ],
)
def test_what_cannot_be_understood_is_named_with_its_line(text: str, said: str) -> None:
    with pytest.raises(UsageError) as error:
        read_tasks(text, "t.jsonl")
    assert said in error.value.message


def test_marks_at_the_start_and_separators_within_a_text_break_no_line() -> None:
    (task,) = read_tasks('\ufeff{"prompt": "one\u2028two"}\r\n', "t.jsonl")
    assert task.prompt == "one\u2028two"
