"""Reads what a server offers, page by page and within bounds."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

import mcp_types as types
from mcp import Client, MCPError

from opencode.mcp.nouns import Offer, Prompt, PromptArgument, Resource, Told

_PAGES = 100
_LONGEST = 8000
"""Characters of a server's instructions."""

Page = TypeVar("Page", bound=types.PaginatedResult)


async def told_by(client: Client) -> Told:
    """Everything the server offers. MCPError when its tools cannot be listed."""
    can = client.server_capabilities
    info = client.server_info
    tools = (
        [one for page in await _pages(client.list_tools) for one in page.tools] if can.tools else []
    )
    resources: list[types.Resource] = []
    templates: list[types.ResourceTemplate] = []
    prompts: list[types.Prompt] = []
    try:
        if can.resources:
            resources = [r for page in await _pages(client.list_resources) for r in page.resources]
            templates = await _templates(client)
        if can.prompts:
            prompts = [p for page in await _pages(client.list_prompts) for p in page.prompts]
    except MCPError:
        pass  # what was announced is not there; the tools still are
    return Told(
        [_offer(tool) for tool in tools],
        [
            Resource(r.uri, r.title or r.name, r.description or "", r.mime_type or "")
            for r in resources
        ],
        [
            Resource(t.uri_template, t.title or t.name, t.description or "", t.mime_type or "")
            for t in templates
        ],
        [_prompt(prompt) for prompt in prompts],
        (client.instructions or "")[:_LONGEST],
        f"{info.name} {info.version}".strip() if info else "",
    )


async def _templates(client: Client) -> list[types.ResourceTemplate]:
    """None where the server has never heard of them."""
    try:
        pages = await _pages(client.list_resource_templates)
    except MCPError:
        return []
    return [one for page in pages for one in page.resource_templates]


async def _pages(ask: Callable[..., Awaitable[Page]]) -> list[Page]:
    pages: list[Page] = []
    cursor: str | None = None
    while len(pages) < _PAGES:
        page = await ask(cursor=cursor)
        pages.append(page)
        cursor = page.next_cursor
        if not cursor:
            break
    return pages


def _offer(tool: types.Tool) -> Offer:
    schema = dict(tool.input_schema)
    schema.setdefault("type", "object")
    schema.setdefault("properties", {})
    schema.pop("$schema", None)
    reads = bool(tool.annotations and tool.annotations.read_only_hint)
    return Offer(tool.name, tool.description or tool.title or "", _inline(schema), reads)


def _prompt(prompt: types.Prompt) -> Prompt:
    blanks = [
        PromptArgument(one.name, one.description or "", bool(one.required))
        for one in prompt.arguments or []
    ]
    return Prompt(prompt.name, prompt.description or prompt.title or "", blanks)


def _inline(schema: dict[str, Any]) -> dict[str, Any]:
    """References resolved in place, since few models follow them; circles end as any object."""
    definitions = {**schema.get("$defs", {}), **schema.get("definitions", {})}
    if not definitions:
        return schema
    top = {key: value for key, value in schema.items() if key not in ("$defs", "definitions")}
    return cast("dict[str, Any]", _resolved(top, definitions, ()))


def _resolved(node: Any, definitions: dict[str, Any], above: tuple[str, ...]) -> Any:
    if isinstance(node, list):
        return [_resolved(item, definitions, above) for item in cast("list[Any]", node)]
    if not isinstance(node, dict):
        return node
    table = cast("dict[str, Any]", node)
    if isinstance(reference := table.get("$ref"), str):
        name = reference.rpartition("/")[2]
        if name in above or name not in definitions:
            return {"type": "object"}
        rest = {key: value for key, value in table.items() if key != "$ref"}
        return _resolved({**definitions[name], **rest}, definitions, (*above, name))
    return {key: _resolved(value, definitions, above) for key, value in table.items()}
