import pytest

from opencode.mcp.elicit import Unfit, content_of, questions_of

FORM = {
    "properties": {
        "name": {"type": "string", "title": "Your name"},
        "age": {"type": "integer"},
        "sure": {"type": "boolean"},
        "pet": {"type": "string", "oneOf": [{"const": "c", "title": "Cat"}]},
        "old": {"type": "string", "enum": ["x", "y"], "enumNames": ["Ex", "Why"]},
        "many": {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}},
        "left": {"type": "string", "default": "as it was"},
    },
    "required": ["name"],
}


def test_a_form_becomes_questions_and_the_answers_its_fields() -> None:
    questions = questions_of("srv", "Who?", FORM)
    assert questions[0].text == "srv asks: Who?\nYour name *"
    assert questions[6].text == "srv asks: Who?\nleft [as it was]"
    assert [[o.label for o in q.options] for q in questions[2:6]] == [
        ["Yes", "No"],
        ["Cat"],
        ["Ex", "Why"],
        ["a", "b"],
    ]
    assert [q.multiple for q in questions] == [False] * 5 + [True, False]
    answers = [["Ada"], ["36"], ["No"], ["Cat"], ["Why"], ["a", "b"], []]
    assert content_of(FORM, answers) == {
        "name": "Ada",
        "age": 36,
        "sure": False,
        "pet": "c",
        "old": "y",
        "many": ["a", "b"],
        "left": "as it was",
    }


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ([[]], "name was not answered"),
        ([["Ada"], ["old"]], "age must be a number"),
        ([["Ada"], [], ["Maybe"]], "sure must be one of Yes, No"),
    ],
)
def test_an_answer_that_is_none_says_how(answers: list[list[str]], why: str) -> None:
    with pytest.raises(Unfit, match=why):
        content_of(FORM, answers)


def test_a_form_without_fields_asks_for_consent() -> None:
    [question] = questions_of("srv", "Go on?", {})
    assert [option.label for option in question.options] == ["Yes", "No"]
    assert content_of({}, [["Yes"]]) == {}
    assert content_of({}, [["No"]]) is None
