"""Every setting with its kind, its value when nobody sets it, and its sentence: for the docs, for
editors and for completion."""

import ast
import inspect
from itertools import pairwise
from types import NoneType, UnionType
from typing import Any, Literal, Union, cast, get_args, get_origin

import msgspec
from msgspec import NODEFAULT, Struct

from opencode.config.schema import ProfileSection, Settings
from opencode.config.spelling import spell

_NAMES = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    dict: "table",
    list: "list",
    Any: "any",
}


class Line(Struct, frozen=True):
    """One setting as people write it; `<name>` stands for a name of their choice."""

    key: str
    kind: str
    default: str
    about: str


class Part(Struct, frozen=True):
    """One table of the file with the settings in it."""

    name: str
    """"" for those at the top."""
    about: str
    lines: list[Line]


def parts() -> list[Part]:
    """All tables, those at the top first."""
    found: list[Part] = []
    _walk(Settings, (), "", found)
    return sorted(found, key=lambda part: bool(part.name))


def lines() -> list[Line]:
    """All settings."""
    return [line for part in parts() for line in part.lines]


def markdown() -> str:
    """The reference as a page shows it."""
    blocks: list[str] = []
    for part in parts():
        title = f"### `[{part.name}]`" if part.name else "### At the top of the file"
        rows = [
            f"| `{_last(part, line)}` | {line.kind} | {_code(line.default)} | {line.about} |"
            for line in part.lines
        ]
        head = "| key | kind | when not set | what for |\n|---|---|---|---|"
        blocks.append("\n\n".join(filter(None, [title, part.about, "\n".join([head, *rows])])))
    return "\n\n".join(blocks) + "\n"


def documented(made: dict[str, Any]) -> dict[str, Any]:
    """The JSON schema of Settings, flat, with the sentences and under the names people write."""
    _describe(made, Settings)
    found = cast("dict[str, Any]", made["properties"])
    provider, default = found.pop("providers"), found.pop("default_provider")
    found["provider"] = provider | {"properties": {"default": default}}
    found["agent"], found["command"] = found.pop("agents"), found.pop("commands")
    only = found["mcp"]["properties"].pop("only")
    names = {"type": "array", "items": {"type": "string"}, "description": only["description"]}
    tables = found["mcp"]["properties"]["servers"]
    found["mcp"]["properties"]["servers"] = {"anyOf": [tables, names]}
    found["mcp"]["additionalProperties"] = {"type": "object"}
    found["$schema"] = {"type": "string"}
    closed = {"type": "object", "properties": found, "additionalProperties": False}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **closed}


def _last(part: Part, line: Line) -> str:
    return line.key.removeprefix(f"{part.name}.") if part.name else line.key


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _walk(kind: Any, keys: tuple[str, ...], about: str, found: list[Part]) -> None:
    own: list[Line] = []
    doc = about or _sentence(inspect.getdoc(kind) or "")
    if not keys:
        doc = ""
    found.append(Part(_spelled(keys), doc, own))
    sentences = _sentences(kind)
    for field in msgspec.structs.fields(kind):
        here = (*keys, field.name)
        below = _struct_of(field.type)
        if below is None:
            about_it = sentences.get(field.name, "")
            own.append(Line(_spelled(here), _kind(field.type), _default(field), about_it))
        elif get_origin(field.type) is dict:
            _walk(below, (*here, "<name>"), "", found)
        else:
            _walk(below, here, "", found)
    if not own:
        found.remove(found[[part.lines is own for part in found].index(True)])


def _spelled(keys: tuple[str, ...]) -> str:
    return spell(keys) if keys else ""


def _struct_of(kind: Any) -> type[Struct] | None:
    inner = get_args(kind)[1] if get_origin(kind) is dict else kind
    return inner if inspect.isclass(inner) and issubclass(inner, Struct) else None


def _kind(kind: Any) -> str:
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Literal:
        return " or ".join(f'"{choice}"' for choice in inner if choice)
    if origin in (Union, UnionType):
        return " or ".join(_kind(one) for one in inner if one is not NoneType and _kind(one))
    if origin is list:
        return f"list of {_kind(inner[0])}" if inner[0] is not str else "list of texts"
    if origin is dict:
        return "table" if inner[1] is Any else f"table of {_kind(inner[1])}"
    return _NAMES.get(kind, "table")


def _default(field: msgspec.structs.FieldInfo) -> str:
    value: Any = field.default
    if value is NODEFAULT:
        value = field.default_factory() if field.default_factory is not NODEFAULT else None
    if value in (None, "", [], {}):
        return ""
    return msgspec.json.encode(value).decode()


def _sentences(kind: type[Struct]) -> dict[str, str]:
    """Field → what stands below it."""
    try:
        tree = ast.parse(inspect.getsource(kind)).body[0]
    except OSError:  # a binary brings no sources along
        return {}
    body = tree.body if isinstance(tree, ast.ClassDef) else []
    found: dict[str, str] = {}
    for field, below in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            text = ast.get_docstring(ast.Module([below], [])) if isinstance(below, ast.Expr) else ""
            found[field.target.id] = _sentence(text or "")
    return found


def _sentence(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _describe(made: dict[str, Any], kind: type[Struct]) -> None:
    """Put the sentences into a JSON schema, table by table; nobody's keys are refused."""
    sentences = _sentences(kind)
    made["additionalProperties"] = kind is ProfileSection
    for field in msgspec.structs.fields(kind):
        node = made["properties"][field.name]
        below = _struct_of(field.type)
        if below is not None:
            inner = node["additionalProperties"] if get_origin(field.type) is dict else node
            _describe(inner, below)
        if about := sentences.get(field.name):
            node["description"] = about
