"""A server's form as questions to the person, and the answers as the form's fields."""

from typing import Any, cast

from opencode.core.ask import Option, Question

Field = dict[str, Any]


class Unfit(Exception):
    """An answer does not fit its field; the text says how."""


def questions_of(server: str, message: str, schema: dict[str, Any]) -> list[Question]:
    """One question a field; a form without fields asks for consent."""
    fields = _fields(schema)
    said = f"{server} asks: {message}"
    if not fields:
        return [Question(said, server, [Option("Yes"), Option("No")])]
    return [
        Question(
            _words(said, name, field),
            name,
            [Option(word) for word in _choices(field)],
            multiple=field.get("type") == "array",
        )
        for name, field in fields.items()
    ]


def content_of(schema: dict[str, Any], answers: list[list[str]]) -> dict[str, Any] | None:
    """The filled form; None when consent was not given. Unfit when an answer is none."""
    fields = _fields(schema)
    if not fields:
        return {} if answers and answers[0][:1] == ["Yes"] else None
    required = cast("list[str]", schema.get("required", []))
    content: dict[str, Any] = {}
    for (name, field), chosen in zip(fields.items(), answers, strict=False):
        words = [word.strip() for word in chosen if word.strip()]
        if words:
            content[name] = _value(name, field, words)
        elif "default" in field:
            content[name] = field["default"]
    if missing := [name for name in required if name not in content]:
        raise Unfit(f"{', '.join(missing)} was not answered")
    return content


def _fields(schema: dict[str, Any]) -> dict[str, Field]:
    return cast("dict[str, Field]", schema.get("properties", {}))


def _words(said: str, name: str, field: Field) -> str:
    return f"{said}\n{field.get('description') or field.get('title') or name}"


def _choices(field: Field) -> list[str]:
    return list(_meanings(field))


def _meanings(field: Field) -> dict[str, Any]:
    """What a person may choose → what it means to the server; empty where anything will do."""
    if field.get("type") == "boolean":
        return {"Yes": True, "No": False}
    if field.get("type") == "array":
        return _meanings(cast("Field", field.get("items", {})))
    if named := cast("list[Field]", field.get("oneOf") or field.get("anyOf") or []):
        return {str(one.get("title") or one.get("const")): one.get("const") for one in named}
    values = cast("list[Any]", field.get("enum", []))
    names = cast("list[Any]", field.get("enumNames") or values)
    return {str(name): value for name, value in zip(names, values, strict=False)}


def _value(name: str, field: Field, words: list[str]) -> Any:
    if meanings := _meanings(field):
        if not set(words) <= set(meanings):
            raise Unfit(f"{name} must be one of {', '.join(meanings)}")
        chosen = [meanings[word] for word in words]
        return chosen if field.get("type") == "array" else chosen[0]
    word = words[0]
    try:
        match field.get("type"):
            case "integer":
                return int(word)
            case "number":
                return float(word)
            case _:
                return word
    except ValueError:
        raise Unfit(f"{name} must be a number, not {word!r}") from None
