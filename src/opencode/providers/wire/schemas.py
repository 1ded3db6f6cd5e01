"""Tools' schemas in the words each wire takes: some trip over what JSON Schema allows."""

from collections.abc import Mapping
from typing import Any, cast

Schema = dict[str, Any]

_NAMED = ("properties", "$defs", "definitions", "patternProperties")
_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
_EMPTY: Mapping[str, Any] = {"type": "object", "properties": {}}


def arguments_schema(schema: Schema, *, gemini: bool = False) -> Schema:
    """The schema of a tool's arguments: an object with properties, without `true` for "anything".
    Gemini knows no `oneOf`, `allOf` and `const`."""
    return {**_EMPTY, **_plain(schema, gemini)}


def _plain(node: Any, gemini: bool) -> Any:
    if node is True:
        return {}
    if node is False:
        return {"not": {}}
    if not isinstance(node, dict):
        return node
    out: Schema = {}
    for key, value in cast("Schema", node).items():
        if key in _NAMED and isinstance(value, dict):
            inner = cast("Schema", value)
            out[key] = {name: _plain(one, gemini) for name, one in inner.items()}
        elif key in _LISTS and isinstance(value, list):
            out[key] = [_plain(one, gemini) for one in cast("list[Any]", value)]
        elif key == "items" or (key == "additionalProperties" and isinstance(value, dict)):
            out[key] = _plain(value, gemini)
        else:
            out[key] = value
    return _joined(out) if gemini else out


def _joined(node: Schema) -> Schema:
    """`oneOf` as `anyOf`, all of `allOf` as one, a word that is given as the only one allowed."""
    every = cast("list[Schema]", node.pop("allOf", []))
    for one in every:
        named = {**one.get("properties", {}), **node.get("properties", {})}
        needed = [*one.get("required", []), *node.get("required", [])]
        node = {**one, **node}
        if named:
            node["properties"] = named
        if needed:
            node["required"] = list(dict.fromkeys(needed))
    if "oneOf" in node and "anyOf" not in node:
        node["anyOf"] = node.pop("oneOf")
    if isinstance(node.get("const"), str):
        node.update(type="string", enum=[node.pop("const")])
    return node
