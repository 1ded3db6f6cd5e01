"""A server's form as questions to the person, and the answers as the form's fields."""

from typing import Any, cast

from opencode.core.ask import Option, Question

Field = dict[str, Any]


class Unfit(Exception):
    """Answers do not fit; `why` says how, by the field's place in the form."""

    def __init__(self, why: dict[int, str]) -> None:
        super().__init__("; ".join(why.values()))
        self.why = why


class _Odd(Exception):
    """An answer is not of its field's kind; the text says how."""


def questions_of(server: str, message: str, schema: dict[str, Any]) -> list[Question]:
    """One question a field; a form without fields asks for consent."""
    fields = _fields(schema)
    said = f"{server} asks: {message}"
    if not fields:
        return [Question(said, server, [Option("Yes"), Option("No")])]
    return [
        Question(
            _words(said, name, field, required=name in schema.get("required", [])),
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
    why: dict[int, str] = {}
    for n, ((name, field), chosen) in enumerate(zip(fields.items(), answers, strict=False)):
        words = [word.strip() for word in chosen if word.strip()]
        try:
            if words:
                content[name] = _value(name, field, words)
            elif "default" in field:
                content[name] = field["default"]
            elif name in required:
                raise _Odd(f"{name} was not answered")
        except _Odd as odd:
            why[n] = str(odd)
    if why:
        raise Unfit(why)
    return content


def _fields(schema: dict[str, Any]) -> dict[str, Field]:
    return cast("dict[str, Field]", schema.get("properties", {}))


def _words(said: str, name: str, field: Field, *, required: bool) -> str:
    """With a star where an answer is needed, and what stands there without one."""
    about = field.get("description") or field.get("title") or name
    default = f" [{_shown(field, field['default'])}]" if "default" in field else ""
    return f"{said}\n{about}{' *' if required and not default else ''}{default}"


def _shown(field: Field, default: Any) -> str:
    """A default as a person would choose it."""
    values = cast("list[Any]", default if isinstance(default, list) else [default])
    names = {repr(meaning): word for word, meaning in _meanings(field).items()}
    return ", ".join(names.get(repr(value), str(value)) for value in values)


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
            raise _Odd(f"{name} must be one of {', '.join(meanings)}")
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
        raise _Odd(f"{name} must be a number, not {word!r}") from None
