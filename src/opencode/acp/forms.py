"""A model's questions as a form of the protocol, and the filled form as answers."""

from collections.abc import Sequence
from typing import Any

from acp.schema import (
    ElicitationMultiSelectPropertySchema,
    ElicitationSchema,
    ElicitationStringPropertySchema,
    EnumOption,
    TitledMultiSelectItems,
)

from opencode.core.ask import Ask, Question

Field = ElicitationStringPropertySchema | ElicitationMultiSelectPropertySchema


def form_of(ask: Ask) -> ElicitationSchema:
    """A field for each question; where there are options, another for an answer in own words."""
    fields: dict[str, Any] = {}
    for number, question in enumerate(ask.questions, 1):
        fields[f"answer{number}"] = _field(question, is_only=len(ask.questions) == 1)
        if question.options:
            fields[f"other{number}"] = ElicitationStringPropertySchema(
                type="string", title="Something else", description="In your own words"
            )
    return ElicitationSchema(properties=fields)


def answers_of(questions: Sequence[Question], filled: dict[str, Any]) -> list[list[str]]:
    """For each question what was chosen, then what was written; nothing where it was left open."""
    answers: list[list[str]] = []
    for number, _ in enumerate(questions, 1):
        chosen = filled.get(f"answer{number}")
        several: list[Any] = [*chosen] if isinstance(chosen, list) else [chosen]
        given = [*several, filled.get(f"other{number}")]
        answers.append([str(one) for one in given if one is not None and str(one).strip()])
    return answers


def _field(question: Question, *, is_only: bool) -> Field:
    title, description = question.header or None, None if is_only else question.text
    options = [
        EnumOption(const=one.label, title=one.label, description=one.description or None)
        for one in question.options
    ]
    if options and question.multiple:
        items = TitledMultiSelectItems(any_of=options)
        return ElicitationMultiSelectPropertySchema(
            type="array", title=title, description=description, items=items
        )
    return ElicitationStringPropertySchema(
        type="string", title=title, description=description, one_of=options or None
    )
