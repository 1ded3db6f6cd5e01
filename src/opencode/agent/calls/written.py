"""How models write calls as text: plain objects, Python calls, and the tokens they learned."""

import ast
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from opencode.agent.calls.lenient import Unreadable, read_object, strict

Found = list[tuple[str, dict[str, Any]]]
"""Names and arguments, as written."""

_NAME_KEYS = ("name", "tool", "tool_name", "function", "action")
_ARGUMENT_KEYS = (
    "arguments",
    "parameters",
    "args",
    "input",
    "tool_input",
    "action_input",
    "params",
)
_OTHER_KEYS = frozenset(("id", "type", "call_id", "thought", "thoughts"))


def read_objects(text: str) -> Found:
    """One object, a list of them, or one a line."""
    try:
        value = strict(text)
    except Unreadable:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) > 1 and all(line.lstrip().startswith("{") for line in lines):
            return [_named(read_object(line)) for line in lines if line.rstrip().endswith("}")]
        if text.startswith("["):
            return _python_calls(text)
        value = read_object(text)
    if isinstance(value, dict) and "tool_calls" in value and len(cast("Found", value)) == 1:
        value = cast("dict[str, Any]", value)["tool_calls"]
    values: list[Any] = [value]
    if isinstance(value, list):
        values = cast("list[Any]", value)
    return [_named(one) for one in values]


def _named(given: Any) -> tuple[str, dict[str, Any]]:
    """The name and arguments of one call, in any of the spellings models learned."""
    if not isinstance(given, dict):
        raise Unreadable("it is no object")
    value = cast("dict[str, Any]", given)
    inner = value.get("function")
    if isinstance(inner, dict):
        if set(value) - {"function"} - _OTHER_KEYS:
            raise Unreadable("it holds more than a call")
        return _named(cast("dict[str, Any]", inner))
    names = [key for key in _NAME_KEYS if isinstance(value.get(key), str)]
    held = [key for key in _ARGUMENT_KEYS if key in value]
    if len(names) != 1 or len(held) != 1 or set(value) - {names[0], held[0]} - _OTHER_KEYS:
        raise Unreadable("it is no call")
    arguments = value[held[0]]
    if isinstance(arguments, str):
        arguments = read_object(arguments)
    if not isinstance(arguments, dict):
        raise Unreadable("its arguments are no object")
    return str(value[names[0]]), cast("dict[str, Any]", arguments)


def read_fenced(text: str) -> Found:
    body = re.fullmatch(r"```(?P<kind>[\w]*)[ \t]*\n(?P<body>.*?)\n?[ \t]*```", text, re.DOTALL)
    if body is None or "```" in body["body"]:
        raise Unreadable("more text follows the call")
    if body["kind"].casefold() in ("tool_code", "python"):
        return _python_calls(body["body"].strip())
    return read_objects(body["body"].strip())


def _python_calls(text: str) -> Found:
    """`read(path="a")`, or a list of such, with literal keyword arguments only."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd backslash is the model's, not the user's
            tree = ast.parse(text, mode="eval").body
        nodes = tree.elts if isinstance(tree, ast.List) else [tree]
        return [_python_call(node) for node in nodes]
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Unreadable("it is no call") from error


def _python_call(node: ast.expr) -> tuple[str, dict[str, Any]]:
    if not isinstance(node, ast.Call):
        raise Unreadable("it is no call")
    if isinstance(node.func, ast.Name) and node.func.id == "print" and len(node.args) == 1:
        return _python_call(node.args[0])
    if node.args or not all(keyword.arg for keyword in node.keywords):
        raise Unreadable("its arguments have no names")
    name = ast.unparse(node.func)
    return name, {str(k.arg): ast.literal_eval(k.value) for k in node.keywords}


@dataclass(frozen=True)
class Mark:
    """A way to mark calls: where it starts and how the rest is read."""

    start: re.Pattern[str]
    read: Callable[[str], Found]


def _blocks(pattern: str, opening: str = "", closing: str = "") -> Callable[[str], Found]:
    """Blocks that each hold `name` and `args`, or a whole object in `json`, one after another
    to the end of the text."""
    block = re.compile(rf"\s*(?:{opening})?\s*(?:{pattern})\s*(?:{closing})?\s*", re.DOTALL)

    def read(text: str) -> Found:
        found: Found = []
        position = 0
        while position < len(text):
            match = block.match(text, position)
            if match is None or match.end() == position:
                raise Unreadable("more text follows the call")
            groups = match.groupdict()
            if groups.get("json") is not None:
                found += read_objects(groups["json"].strip())
            else:
                found.append((groups["name"].strip(), _arguments(groups["args"])))
            position = match.end()
        return found

    return read


def _arguments(text: str) -> dict[str, Any]:
    return read_object(text) if text.strip() else {}


def _mark(start: str, read: Callable[[str], Found]) -> Mark:
    return Mark(re.compile(start), read)


_END = r"(?:</?s>|<\|eot_id\|>|<\|eom_id\|>|<\|im_end\|>|<\|end\|>|<\|endoftext\|>)*"
_LEAF = r"[\w.\-]+"

MARKS: tuple[Mark, ...] = (
    # DeepSeek: V3's "function<sep>name" with a fence, V3.1's bare "name<sep>{…}"
    _mark(
        r"<｜tool▁calls▁begin｜>|<｜tool▁call▁begin｜>",
        _blocks(
            rf"<｜tool▁call▁begin｜>(?:function<｜tool▁sep｜>)?(?P<name>{_LEAF})\s*(?:<｜tool▁sep｜>|(?=\n```))"
            r"(?P<args>.*?)<｜tool▁call▁end｜>",
            "<｜tool▁calls▁begin｜>",
            "(?:<｜tool▁calls▁end｜>|<｜end▁of▁sentence｜>)*",
        ),
    ),
    # Kimi
    _mark(
        r"<\|tool_calls_section_begin\|>|<\|tool_call_begin\|>",
        _blocks(
            r"<\|tool_call_begin\|>\s*(?P<name>[\w.\-]+(?::\d+)?)\s*<\|tool_call_argument_begin\|>"
            r"(?P<args>.*?)<\|tool_call_end\|>",
            r"<\|tool_calls_section_begin\|>",
            r"<\|tool_calls_section_end\|>",
        ),
    ),
    # gpt-oss
    _mark(
        r"(?:<\|start\|>assistant)?<\|channel\|>commentary to=",
        _blocks(
            rf"(?:<\|start\|>assistant)?<\|channel\|>commentary to=(?P<name>{_LEAF})"
            r"(?:\s*<\|constrain\|>json|\s+json)?<\|message\|>(?P<args>.*?)(?:<\|call\|>|\Z)"
        ),
    ),
    # Mistral: a list, or "name[ARGS]{…}"
    _mark(
        r"\[TOOL_CALLS\]",
        _blocks(
            rf"\[TOOL_CALLS\]\s*(?:(?P<name>{_LEAF})(?:\[CALL_ID\]\w+)?(?:\[ARGS\])?(?P<args>\{{.*?\}})"
            r"(?=\s*(?:\[TOOL_CALLS\]|(?:</s>)?\s*\Z))|(?P<json>[\[{].*?[\]}])(?=\s*(?:</s>)?\s*\Z))",
            "",
            _END,
        ),
    ),
    # Llama 3
    _mark(r"<\|python_tag\|>", _blocks(rf"<\|python_tag\|>(?P<json>.*?){_END}\Z")),
    # Anthropic's older elements, and the same with a prefix
    _mark(
        r"<(?:\w+:)?(?:function_calls|invoke name=)",
        _blocks(
            rf"<(?:\w+:)?invoke name=\"(?P<name>{_LEAF})\"\s*>(?P<args>.*?)</(?:\w+:)?invoke>",
            r"<(?:\w+:)?function_calls>",
            r"</(?:\w+:)?function_calls>",
        ),
    ),
    # Qwen coder's elements, Llama 3.1's function element, with or without <tool_call>
    _mark(
        r"(?:<tool_call>\s*)?<function=",
        _blocks(
            rf"<function=\"?(?P<name>{_LEAF})\"?>(?P<args>.*?)</function>",
            "<tool_call>",
            rf"(?:</tool_call>)?{_END}",
        ),
    ),
    # GLM
    _mark(
        r"<tool_call>\s*[\w.\-]+\s*<arg_key>",
        _blocks(rf"<tool_call>\s*(?P<name>{_LEAF})\s*(?P<args><arg_key>.*?)</tool_call>", "", _END),
    ),
    # Hermes, Qwen, Granite
    _mark(
        r"<tool_call>|<\|tool_call\|>|<tools>",
        _blocks(
            r"(?:<tool_call>|<\|tool_call\|>|<tools>)\s*(?P<json>[\[{].*?[\]}])"
            r"\s*(?:</tool_call>|</tools>|(?=<tool_call>)|\Z)",
            "",
            _END,
        ),
    ),
    # ReAct
    _mark(
        r"(?:^|\n)Action:",
        _blocks(
            rf"Action:[ \t]*`?(?P<name>{_LEAF})`?[ \t]*\n\s*Action Input:(?P<args>.*?)"
            r"(?:\n\s*Observation:?\s*|\Z)"
        ),
    ),
)
