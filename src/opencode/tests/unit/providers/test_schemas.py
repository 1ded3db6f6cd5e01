from typing import Any

import pytest

from opencode.providers.wire.schemas import arguments_schema

TEXT: dict[str, Any] = {"type": "string"}


@pytest.mark.parametrize("given", [{}, {"type": "object"}, {"properties": {}}])
def test_arguments_are_an_object_with_properties(given: dict[str, Any]) -> None:
    assert arguments_schema(given) == {"type": "object", "properties": {}}


def test_anything_and_nothing_are_schemas_wherever_they_stand() -> None:
    inner = {"any": True, "list": {"items": True}, "none": {"anyOf": [False, TEXT]}}
    given = {"type": "object", "properties": inner, "additionalProperties": False}
    assert arguments_schema(given) == {
        "type": "object",
        "properties": {
            "any": {},
            "list": {"items": {}},
            "none": {"anyOf": [{"not": {}}, TEXT]},
        },
        "additionalProperties": False,
    }
    assert inner["any"] is True, "the tool's own stays as it is"


def test_gemini_gets_its_own_words_and_nobody_else() -> None:
    size = {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]}
    given = {
        "type": "object",
        "properties": {
            "either": {"oneOf": [TEXT, {"const": "all"}]},
            "both": {"allOf": [size, {"properties": {"y": TEXT}}], "description": "A place"},
        },
    }
    assert arguments_schema(given) == given
    found = arguments_schema(given, gemini=True)["properties"]
    assert found["either"] == {"anyOf": [TEXT, {"type": "string", "enum": ["all"]}]}
    assert found["both"] == {
        "type": "object",
        "description": "A place",
        "properties": {"x": {"type": "integer"}, "y": TEXT},
        "required": ["x"],
    }
