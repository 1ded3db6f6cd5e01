"""JSON schemas for models, derived from Structs: flat, without words that say nothing."""

from typing import Any, cast

import msgspec


def schema_of(kind: type[Any]) -> dict[str, Any]:
    """The JSON schema of `kind` with references resolved in place and titles left out."""
    schema = msgspec.json.schema(kind)
    definitions = cast("dict[str, Any]", schema.pop("$defs", {}))
    return cast("dict[str, Any]", _inline(schema, definitions))


def _inline(node: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_inline(item, definitions) for item in cast("list[Any]", node)]
    if not isinstance(node, dict):
        return node
    found = cast("dict[str, Any]", node)
    if "$ref" in found:
        target = dict(definitions[str(found["$ref"]).rpartition("/")[2]])
        target.update({key: value for key, value in found.items() if key != "$ref"})
        return _inline(target, definitions)
    properties = found.get("properties")
    kept: dict[str, Any] = {}
    for key, value in found.items():
        if key == "title" or (key == "default" and value in (None, "", [], {}, False)):
            continue
        if key == "description" and properties is not None:
            continue  # the docstring of a Struct speaks to us, not to the model
        kept[key] = _inline(value, definitions)
    if properties is not None:
        kept["properties"] = {
            name: _inline(value, definitions)
            for name, value in cast("dict[str, Any]", properties).items()
        }
    return kept
