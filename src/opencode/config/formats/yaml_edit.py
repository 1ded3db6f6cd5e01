"""Changes one key in YAML text; comments, order and blanks elsewhere stay as they are.

PyYAML says where each value stands. The text is cut there, and what comes out is kept only if it
means what was wanted: what cannot be changed so (anchors that others use) is refused."""

import json
from typing import Any, cast

import yaml

from opencode.config.formats import yaml_file
from opencode.core.error import ConfigError, UsageError

Keys = tuple[str, ...]
_INDENT = 2
_LONG = 1 << 30
"""A line of flow style never breaks."""


def put(text: str, keys: Keys, value: Any) -> str:
    """The text with that key set; tables on the way are made."""
    wanted: dict[str, Any] = yaml_file.decode(text, "")
    table = wanted
    for depth, key in enumerate(keys[:-1]):
        if table.get(key) is None:
            table[key] = {}
        inner: Any = table[key]
        if not isinstance(inner, dict):
            raise UsageError(f"{'.'.join(keys[: depth + 1])} is no table")
        table = cast("dict[str, Any]", inner)
    table[keys[-1]] = value
    return _meaning(_put(text, keys, value), wanted)


def drop(text: str, keys: Keys) -> str:
    """The text without that key, which must be there; a table that is empty then goes, too."""
    wanted: dict[str, Any] = yaml_file.decode(text, "")
    tables = [wanted]
    for key in keys[:-1]:
        tables.append(tables[-1][key])
    while len(tables) > 1 and len(tables[-1]) == 1:
        tables.pop()
    keys = keys[: len(tables)]
    del tables[-1][keys[len(tables) - 1]]
    return _meaning(_drop(text, keys), wanted)


def _meaning(text: str, wanted: dict[str, Any]) -> str:
    try:
        if yaml_file.decode(text, "") == wanted:
            return text
    except ConfigError:
        pass
    raise UsageError(
        "the file cannot be changed without touching more than this key",
        hint="Edit it yourself: opencode config edit",
    )


def _put(text: str, keys: Keys, value: Any) -> str:
    table = _compose(text)
    if not isinstance(table, yaml.MappingNode):
        start = text + "\n" * (bool(text) and not text.endswith("\n"))
        return start + _block(keys, value, 0)
    for depth, key in enumerate(keys):
        pair = _pair(table, key)
        if pair is None:
            return _insert(text, table, keys[depth:], value)
        name, found = pair
        if depth == len(keys) - 1:
            return _replace(text, table, name, found, value)
        if not isinstance(found, yaml.MappingNode):  # `ui:` with nothing behind it
            rest = _block(keys[depth + 1 :], value, name.start_mark.column + _INDENT)
            at = found.end_mark.index
            return f"{text[:at]}\n{rest.rstrip()}{text[at:]}"
        table = found
    return text


def _replace(
    text: str, table: yaml.MappingNode, name: yaml.Node, old: yaml.Node, value: Any
) -> str:
    colon = text.index(":", name.end_mark.index) + 1
    written = json.dumps(value, ensure_ascii=False) if table.flow_style else _inline(value)
    return f"{text[:colon]} {written}{text[_end(text, name, old) :]}"


def _insert(text: str, table: yaml.MappingNode, keys: Keys, value: Any) -> str:
    pairs = _pairs(table)
    if table.flow_style:
        for key in reversed(keys[1:]):
            value = {key: value}
        new = f"{json.dumps(keys[0])}: {json.dumps(value, ensure_ascii=False)}"
        at = _end(text, *pairs[-1]) if pairs else table.start_mark.index + 1
        return text[:at] + (", " if pairs else "") + new + text[at:]
    at = _line_end(text, _end(text, *pairs[-1]))
    new = _block(keys, value, pairs[0][0].start_mark.column)
    return text[:at] + ("" if text[:at].endswith("\n") else "\n") + new + text[at:]


def _drop(text: str, keys: Keys) -> str:
    table = cast("yaml.MappingNode", _compose(text))
    for key in keys[:-1]:
        found = _pair(table, key)
        if found is None or not isinstance(found[1], yaml.MappingNode):
            return text  # it came by `<<`
        table = found[1]
    pairs = _pairs(table)
    here = next((n for n, (name, _) in enumerate(pairs) if name.value == keys[-1]), None)
    if here is None:
        return text
    start, end = pairs[here][0].start_mark.index, _end(text, *pairs[here])
    if not table.flow_style:
        return text[: start - pairs[here][0].start_mark.column] + text[_line_end(text, end) :]
    if here:
        return text[: _end(text, *pairs[here - 1])] + text[end:]
    return text[:start] + text[pairs[1][0].start_mark.index if len(pairs) > 1 else end :]


def _compose(text: str) -> yaml.Node | None:
    return cast("Any", yaml).compose(text, yaml.SafeLoader)


def _pairs(table: yaml.MappingNode) -> list[tuple[yaml.Node, yaml.Node]]:
    return cast("list[tuple[yaml.Node, yaml.Node]]", table.value)


def _pair(table: yaml.MappingNode, key: str) -> tuple[yaml.Node, yaml.Node] | None:
    return next((pair for pair in _pairs(table) if pair[0].value == key), None)


def _end(text: str, name: yaml.Node, value: yaml.Node) -> int:
    """Where what a key holds ends, without the comments and blanks that follow."""
    if value.start_mark.index < name.end_mark.index:  # an alias stands where it was first written
        return len(text[: _line_end(text, name.end_mark.index)].rstrip())
    if isinstance(value, yaml.CollectionNode) and not value.flow_style:
        last: Any = value.value[-1]
        return _end(text, *(last if isinstance(value, yaml.MappingNode) else (name, last)))
    return max(len(text[: value.end_mark.index].rstrip()), name.end_mark.index + 1)


def _line_end(text: str, at: int) -> int:
    """After the line break."""
    return text.find("\n", at) + 1 or len(text)


def _block(keys: Keys, value: Any, column: int) -> str:
    """One line for each key."""
    lines = [f"{' ' * (column + _INDENT * depth)}{_inline(key)}:" for depth, key in enumerate(keys)]
    return "\n".join(lines) + f" {_inline(value)}\n"


def _inline(value: Any) -> str:
    """On one line, quoted only where it must be."""
    text = yaml.safe_dump(
        value, default_flow_style=True, width=_LONG, allow_unicode=True, sort_keys=False
    )
    text = text.removesuffix("\n").removesuffix("\n...")
    return json.dumps(value, ensure_ascii=False) if "\n" in text else text
