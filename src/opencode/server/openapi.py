"""OpenAPI 3.1, made of the route tables: what it says is what is served."""

import re
from collections.abc import Iterable
from typing import Any

import msgspec
from starlette.responses import Response

from opencode.server.protocol.translate import version
from opencode.server.route import Route

_REF = "#/components/schemas/{name}"
_PATH_VALUE = re.compile(r"\{(\w+)(:path)?\}")


def document(routes: Iterable[Route]) -> dict[str, Any]:
    """The whole document."""
    rows = sorted(routes, key=lambda row: (row.path, row.method))
    kinds = [kind for row in rows for kind in (row.body, row.answer) if _is_described(kind)]
    schemas, components = msgspec.json.schema_components(kinds, ref_template=_REF)
    known = {id(kind): schema for kind, schema in zip(kinds, schemas, strict=True)}
    paths: dict[str, dict[str, Any]] = {}
    for row in rows:
        operations = paths.setdefault(_PATH_VALUE.sub(r"{\1}", row.path), {})
        operations[row.method.lower()] = _operation(row, known)
    return {
        "openapi": "3.1.0",
        "info": {"title": "opencode", "version": version()},
        "paths": paths,
        "components": {"schemas": components},
    }


def _is_described(kind: Any) -> bool:
    return kind is not None and kind is not Any and kind is not Response


def _operation(row: Route, known: dict[int, Any]) -> dict[str, Any]:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name, _ in _PATH_VALUE.findall(row.path)
    ]
    parameters += [
        {
            "name": name.lstrip("*"),
            "in": "query",
            "required": name.startswith("*"),
            "schema": {"type": "string"},
        }
        for name in row.query
    ]
    found: dict[str, Any] = {
        "operationId": _name(row),
        "summary": row.about,
        "parameters": parameters,
        "responses": {"200": {"description": "Done.", **_content(row.answer, known)}},
    }
    if row.body is not None:
        found["requestBody"] = _content(row.body, known)
    return found


def _content(kind: Any, known: dict[int, Any]) -> dict[str, Any]:
    if kind is Response:
        return {}
    return {"content": {"application/json": {"schema": known.get(id(kind), {})}}}


def _name(row: Route) -> str:
    words = [part for part in re.split(r"[^A-Za-z0-9]+", row.path.replace(":path", "")) if part]
    slash = ["slash"] if row.path.endswith("/") else []
    return "_".join([row.method.lower(), *words, *slash])


def page(routes: dict[str, Any]) -> str:
    """The document for browsers: a plain table that needs nothing from outside."""
    rows = [
        f"<tr><td><code>{method.upper()}</code></td><td><code>{path}</code></td>"
        f"<td>{operation['summary']}</td></tr>"
        for path, operations in routes["paths"].items()
        for method, operation in operations.items()
    ]
    style = "body{font:15px sans-serif;margin:2rem}td{padding:.2rem .8rem}"
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>opencode</title>"
        f"<style>{style}</style><h1>opencode {version()}</h1>"
        f'<p><a href="/openapi.json">OpenAPI 3.1</a></p><table>{"".join(rows)}</table></html>'
    )
