from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from opencode.agent.calls.arguments import read_arguments
from opencode.core.ask import Option, Question
from opencode.core.error import InvalidInput
from opencode.core.message import ToolPart
from opencode.core.tool import ToolResult
from opencode.tests.unit.tools.desk import Desk, desk_at
from opencode.tools.question import Ask


@pytest.fixture
async def desk(project: Path, tmp_path: Path) -> AsyncGenerator[Desk]:
    async with desk_at(project, tmp_path) as at:
        yield at


async def asked(desk: Desk, given: dict[str, Any], *answers: list[str]) -> list[Any]:
    heard: list[Question] = []

    async def person(questions: list[Question]) -> list[list[str]]:
        heard.extend(questions)
        return [*answers]

    args = read_arguments(Ask(), ToolPart("call_1", "question", given))
    result: ToolResult = await Ask().run(args, replace(desk.context, ask=person))
    return [result.output, *heard]


async def test_a_question_is_taken_in_the_originals_shape_too(desk: Desk) -> None:
    options = [{"label": "Red", "description": "Warm"}, "Blue", "Blue"]
    first = {"question": "Which?", "header": "Colour", "options": options, "multiSelect": True}
    second = {"question": "Why?", "options": [], "custom": True}
    output, *heard = await asked(desk, {"questions": [first, second]}, ["Red", "Blue"], [])
    assert heard == [
        Question("Which?", "Colour", [Option("Red", "Warm"), Option("Blue")], multiple=True),
        Question("Why?"),
    ]
    assert output == "The user answers:\nWhich? → Red; Blue\nWhy? → left open"
    same = await asked(desk, {"question": "Which?", "options": ["Red"]}, ["Red"])
    assert same == ["The user answers: Red", Question("Which?", options=[Option("Red")])]


def test_the_model_is_told_of_one_shape_alone() -> None:
    assert set(Ask().spec().schema["properties"]) == {"question", "options", "multiple"}
    wrong = ToolPart("call_1", "question", {"questions": [{"ask": "?"}]})
    with pytest.raises(InvalidInput, match=r"no parameter `questions\.ask`"):
        read_arguments(Ask(), wrong)
