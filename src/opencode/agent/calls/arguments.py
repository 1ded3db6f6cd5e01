"""From what a model wrote to typed arguments: a closed list of repairs, else one clear refusal."""

import re
from collections.abc import Mapping
from typing import Any, cast

import msgspec

from opencode.agent.calls.lenient import Unreadable, read_object, strict
from opencode.core.error import InvalidInput, ToolError
from opencode.core.message import ToolPart
from opencode.core.tool import NEEDS, AnyTool

_PREFIX = re.compile(r"\A(?:functions?|tools?|default_api|assistant|mcp__opencode_)[._:]+")
_SUFFIX = re.compile(r"(?:<\|.*|:\d+|\(\))\Z", re.DOTALL)
_NAMES = {
    "todowrite": "todo",
    "todo_write": "todo",
    "todoread": "todo",
    "todo_read": "todo",
    "list": "ls",
    "list_dir": "ls",
    "list_directory": "ls",
    "list_files": "ls",
    "patch": "apply_patch",
    "applypatch": "apply_patch",
    "str_replace": "edit",
    "edit_file": "edit",
    "multi_edit": "multiedit",
    "read_file": "read",
    "view_file": "read",
    "write_file": "write",
    "create_file": "write",
    "delete_file": "rm",
    "find_files": "glob",
    "grep_search": "grep",
    "shell": "bash",
    "run_command": "bash",
    "execute_command": "bash",
    "run_shell_command": "bash",
    "web_fetch": "webfetch",
    "web_search": "websearch",
}
_WRAPPERS = ("arguments", "parameters", "input", "args")
_CHATTER = frozenset(
    (
        "description",
        "explanation",
        "reason",
        "reasoning",
        "thought",
        "thoughts",
        "title",
        "toolCallId",
        "tool_call_id",
    )
)
"""Keys that only talk about the call: dropping them changes nothing that is done."""
_KINDS: dict[str, type | tuple[type, ...]] = {
    "null": type(None),
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "string": str,
    "array": list,
    "object": dict,
}
_SHOWN = 400


def tool_named(name: str, tools: Mapping[str, AnyTool]) -> AnyTool | None:
    """The tool a model means: by its name, else without regard to case, dashes, prefixes like
    `functions.`, or by a name other programs give the same tool. None when there is none."""
    if name in tools:
        return tools[name]
    bare = _SUFFIX.sub("", _PREFIX.sub("", name.strip())).replace("-", "_").casefold()
    by_case = {known.casefold().replace("-", "_"): tool for known, tool in tools.items()}
    return by_case.get(bare) or by_case.get(_NAMES.get(bare, ""))


def no_tool(name: str, tools: Mapping[str, AnyTool]) -> ToolError:
    """For a model that calls what is not offered."""
    needs = f" It needs {NEEDS[name]}." if name in NEEDS else ""
    return ToolError(
        f"There is no tool {name!r} here.{needs} There are: {', '.join(sorted(tools))}."
    )


def read_arguments(tool: AnyTool, call: ToolPart) -> Any:
    """The typed input of the call; `call.input` becomes what will be run, for all to see.

    Repaired is only what can mean one thing. The text: see `lenient.read_object`. The object:
    wrapped once more ({"arguments": {…}}) · other names of parameters (the tool's aliases,
    camelCase, dashes, case) · numbers and booleans written as text and numbers where text is
    wanted · one value where a list is wanted · lists and objects written as JSON text · the case
    of a fixed choice · null or "" for what may be left out · keys that only comment on the call.

    Raises InvalidInput with the schema for everything else: missing, contradictory or unknown
    arguments are never guessed or dropped.
    """
    schema = tool.spec().schema
    try:
        given = read_object(call.raw) if call.raw.strip() else call.input
        given = _unwrapped(given, schema)
        fitted = _Fit(tool.aliases).object(given, tool.schema(given), "")
        arguments = tool.parse(fitted)
    except (Unreadable, msgspec.ValidationError) as error:
        raise InvalidInput(_explained(tool.name, str(error), call, schema)) from error
    call.input = fitted
    return arguments


def _explained(name: str, what: str, call: ToolPart, schema: dict[str, Any]) -> str:
    shown = call.raw or msgspec.json.encode(call.input).decode()
    cut = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}… ({len(shown)} characters)"
    return (
        f"The arguments of {name} do not fit, so nothing was run: {what}.\n"
        f"You sent: {cut}\n"
        f"Send one JSON object of this schema: {msgspec.json.encode(schema).decode()}"
    )


def _unwrapped(given: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if len(given) == 1:
        [(key, value)] = given.items()
        if key in _WRAPPERS and key not in schema.get("properties", {}):
            if isinstance(value, str):
                value = read_object(value)
            if isinstance(value, dict):
                return cast("dict[str, Any]", value)
    return given


class _Fit:
    """Moves values towards a schema without changing what they mean."""

    def __init__(self, aliases: Mapping[str, str]) -> None:
        self.aliases = {_plain(other): name for other, name in aliases.items()}

    def object(self, given: dict[str, Any], schema: dict[str, Any], path: str) -> dict[str, Any]:
        properties = cast("dict[str, dict[str, Any]]", schema.get("properties", {}))
        if not properties:
            return given
        required = cast("list[str]", schema.get("required", []))
        fitted: dict[str, Any] = {}
        for key, value in given.items():
            name = self.name_of(key, properties)
            if name is None:
                if not _is_harmless(key, value):
                    raise msgspec.ValidationError(f"there is no parameter `{path}{key}`")
                continue
            if name not in required and _is_nothing(value, properties[name]):
                continue
            found = self.value(value, properties[name], f"{path}{name}.")
            if name in fitted and fitted[name] != found:
                raise msgspec.ValidationError(f"`{path}{name}` is given twice")
            fitted[name] = found
        if missing := [name for name in required if name not in fitted]:
            raise msgspec.ValidationError(f"`{path}{missing[0]}` is missing")
        return fitted

    def name_of(self, key: str, properties: Mapping[str, Any]) -> str | None:
        """The parameter meant by a key; None when there is none."""
        if key in properties:
            return key
        plain = _plain(key)
        alias = self.aliases.get(plain)
        if alias in properties:
            return alias
        alike = [name for name in properties if _plain(name) == plain]
        return alike[0] if len(alike) == 1 else None

    def value(self, value: Any, schema: dict[str, Any], path: str) -> Any:
        if choices := cast("list[dict[str, Any]]", schema.get("anyOf", [])):
            return self.choice(value, choices, path)
        if isinstance(value, str) and "enum" in schema:
            alike = [e for e in schema["enum"] if str(e).casefold() == value.casefold()]
            return alike[0] if len(alike) == 1 else value
        kind = schema.get("type", "")
        if kind == "object":
            found = _decoded(value, dict)
            whole = isinstance(found, dict)
            return self.object(cast("dict[str, Any]", found), schema, path) if whole else found
        return self.list(value, schema, path) if kind == "array" else _scalar(value, kind)

    def choice(self, value: Any, choices: list[dict[str, Any]], path: str) -> Any:
        """The only alternative that takes the value, as it is or repaired."""
        if any(_fits(value, choice) and not _holds_more(choice) for choice in choices):
            return value
        for choice in choices:
            found = self.value(value, choice, path)
            if _fits(found, choice):
                return found
        return value

    def list(self, value: Any, schema: dict[str, Any], path: str) -> Any:
        items = cast("dict[str, Any]", schema.get("items", {}))
        found = _decoded(value, list)
        if not isinstance(found, list):
            found = [found]
        return [self.value(item, items, path) for item in cast("list[Any]", found)]


def _plain(name: str) -> str:
    return re.sub(r"[_\-\s]", "", name).casefold()


def _is_harmless(key: str, value: Any) -> bool:
    return key in _CHATTER or value is None or value in ("", [], {})


def _is_nothing(value: Any, schema: dict[str, Any]) -> bool:
    """Whether an optional parameter was in fact left out."""
    if value is None:
        return not _fits(None, schema)
    return value == "" and not _fits("", schema) and "enum" not in schema


def _decoded(value: Any, kind: type) -> Any:
    """A list or an object that was written as JSON text; everything else as it is."""
    if isinstance(value, str) and value.strip()[:1] == ("[" if kind is list else "{"):
        try:
            found = strict(value)
        except Unreadable:
            return read_object(value) if kind is dict else value
        return found if isinstance(found, kind) else value
    return value


def _scalar(value: Any, kind: str) -> Any:
    """Text for a number or a boolean and a number for text, where it can mean one thing."""
    match value:
        case bool():
            return value
        case int():
            return str(value) if kind == "string" else value
        case float():
            return int(value) if kind == "integer" and value.is_integer() else value
        case str():
            return _read_scalar(value, kind)
        case _:
            return value


def _read_scalar(value: str, kind: str) -> Any:
    text = value.strip()
    if kind == "boolean":
        return {"true": True, "false": False}.get(text.casefold(), value)
    if kind in ("integer", "number") and re.fullmatch(r"-?\d{1,18}", text):
        return int(text)
    if kind == "number" and re.fullmatch(r"-?\d+\.\d+", text):
        return float(text)
    return value


def _holds_more(schema: dict[str, Any]) -> bool:
    return schema.get("type") in ("object", "array")


def _fits(value: Any, schema: dict[str, Any]) -> bool:
    if "anyOf" in schema:
        return any(_fits(value, choice) for choice in schema["anyOf"])
    if "enum" in schema:
        return value in schema["enum"]
    kind = schema.get("type")
    if isinstance(value, bool):
        return kind in ("boolean", None)
    return kind is None or isinstance(value, _KINDS[kind])
