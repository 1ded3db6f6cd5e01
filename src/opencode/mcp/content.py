"""What servers answer with, as parts of messages and results of tools; all of it is data."""

import base64
import json
from collections.abc import Sequence
from typing import Any

import mcp_types as types

from opencode.core.display import Text
from opencode.core.error import ToolError
from opencode.core.message import FilePart, Part, TextPart
from opencode.core.tool import ToolContext, ToolResult

_LIMIT = 50_000
"""Characters of a resource that a model gets."""
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")


def result_of(found: types.CallToolResult, tool: str, ctx: ToolContext) -> ToolResult:
    """The result of a call. ToolError when the server says it failed."""
    files: list[FilePart] = []
    lines = [_block(block, tool, files, ctx) for block in found.content]
    text = "\n".join(line for line in lines if line)
    structured: Any = found.structured_content
    if structured is not None and not text:
        text = json.dumps(structured, ensure_ascii=False, indent=2)
    text = _bounded(text, tool, ctx)
    if found.is_error:
        raise ToolError(text or "The tool failed and did not say why.")
    return ToolResult(text or "(the tool answered with nothing)", [Text(text)], files)


def parts_of(
    contents: Sequence[types.TextResourceContents | types.BlobResourceContents], server: str
) -> list[Part]:
    """A resource as parts of a message, marked as what it is: data of that server."""
    parts: list[Part] = []
    for content in contents:
        uri, mime = str(content.uri), content.mime_type or ""
        if isinstance(content, types.TextResourceContents):
            text = content.text
            if len(text) > _LIMIT:
                text = f"{text[:_LIMIT]}\n[cut at {_LIMIT} characters of {len(content.text)}]"
            parts.append(TextPart(f"Resource {uri} of {server}:\n{text}", origin="mention"))
        elif mime in (*_PICTURES, "application/pdf"):
            parts.append(FilePart(uri.rpartition("/")[2] or uri, mime, content.blob, uri))
        else:
            size = len(content.blob) * 3 // 4
            note = f"Resource {uri} of {server}: {mime or 'binary'}, {size} bytes, not shown."
            parts.append(TextPart(note, origin="mention"))
    return parts


def prompt_text(messages: Sequence[types.PromptMessage]) -> str:
    """A server's prompt as what a person would have typed."""
    lines: list[str] = []
    for message in messages:
        match message.content:
            case types.TextContent(text=text):
                lines.append(text)
            case types.EmbeddedResource(resource=types.TextResourceContents() as held):
                lines.append(f"{held.uri}:\n{held.text}")
            case other:
                lines.append(f"[{other.type}]")
    return "\n\n".join(lines)


def _block(block: types.ContentBlock, tool: str, files: list[FilePart], ctx: ToolContext) -> str:
    match block:
        case types.TextContent():
            return block.text
        case types.ImageContent() if block.mime_type in _PICTURES:
            files.append(FilePart(f"{tool}-{len(files) + 1}", block.mime_type, block.data))
            return f"[picture, {block.mime_type}]"
        case types.ImageContent() | types.AudioContent():
            return _kept(block.data, block.mime_type, tool, ctx)
        case types.ResourceLink():
            return f"{block.title or block.name}: {block.uri}"
        case types.EmbeddedResource(resource=types.TextResourceContents() as held):
            return f"{held.uri}:\n{held.text}"
        case types.EmbeddedResource(resource=types.BlobResourceContents() as blob):
            if blob.mime_type in _PICTURES:
                files.append(FilePart(str(blob.uri), blob.mime_type, blob.blob))
                return f"{blob.uri}: [picture, {blob.mime_type}]"
            return f"{blob.uri}: {_kept(blob.blob, blob.mime_type or 'binary', tool, ctx)}"
        case _:
            return ""


def _kept(data: str, mime: str, tool: str, ctx: ToolContext) -> str:
    """Bytes no model reads, on disk."""
    try:
        raw = base64.b64decode(data, validate=False)
    except ValueError:
        return f"[{mime}, damaged]"
    return f"[{mime}, {len(raw)} bytes, kept in {ctx.scratch(f'{ctx.call.id}-{tool}.bin', raw)}]"


def _bounded(text: str, tool: str, ctx: ToolContext) -> str:
    most = ctx.output_bytes
    if len(text) <= most:
        return text
    path = ctx.scratch(f"{ctx.call.id}-{tool}.txt", text.encode(errors="replace"))
    half = most // 2
    gap = f"[... {len(text) - 2 * half} characters left out; the whole is in {path} ...]"
    return f"{text[:half]}\n{gap}\n{text[-half:]}"
