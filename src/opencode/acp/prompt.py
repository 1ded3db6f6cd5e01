"""What a person sent from the editor, as the words and parts of a prompt."""

import asyncio
import base64
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit
from urllib.request import url2pathname

from acp import RequestError
from acp.schema import (
    AudioContentBlock,
    EmbeddedResourceContentBlock,
    ImageContentBlock,
    ResourceContentBlock,
    TextContentBlock,
    TextResourceContents,
)

from opencode.core.message import FilePart, Part, TextPart
from opencode.core.place import Place
from opencode.workspace.door.attach import attach

Block = (
    TextContentBlock
    | ImageContentBlock
    | AudioContentBlock
    | ResourceContentBlock
    | EmbeddedResourceContentBlock
)
_BINARY = ("application/pdf",)


class Said(NamedTuple):
    """A prompt before it is a message."""

    text: str
    parts: list[Part]


async def heard(blocks: Sequence[Block], place: Place, cwd: Path) -> Said:
    """The blocks understood: a file stands in the words by its name and is brought along. `cwd` is
    how the editor spells the place's folder."""
    words: list[str] = []
    parts: list[Part] = []
    for block in blocks:
        match block:
            case TextContentBlock():
                words.append(block.text)
            case ImageContentBlock():
                name = Path(urlsplit(block.uri or "").path).name or "image"
                parts.append(FilePart(name, block.mime_type, block.data))
            case ResourceContentBlock():
                words.append(await _linked(block, place, cwd, parts))
            case EmbeddedResourceContentBlock():
                words.append(_embedded(block, place, cwd, parts))
            case AudioContentBlock():
                raise RequestError(-32602, "Sound is not understood here; send words or images.")
    text = "".join(words).strip()
    if not text and parts:
        text = "Look at what is attached."
    return Said(text, parts)


async def _linked(block: ResourceContentBlock, place: Place, cwd: Path, parts: list[Part]) -> str:
    path = _path(block.uri, place, cwd)
    if path is None:
        return f"[{block.name}]({block.uri})"
    part = await asyncio.to_thread(attach, path, place)
    if part is None:
        return f"`{place.show(path)}` (there is no such file)"
    parts.append(part)
    return f"`{place.show(path)}`"


def _embedded(
    block: EmbeddedResourceContentBlock, place: Place, cwd: Path, parts: list[Part]
) -> str:
    resource = block.resource
    path = _path(resource.uri, place, cwd)
    shown = place.show(path) if path else resource.uri
    where = urlsplit(resource.uri).fragment
    shown = f"{shown}#{where}" if where else shown
    if isinstance(resource, TextResourceContents):
        parts.append(TextPart(f"File {shown}:\n{resource.text}", origin="mention"))
        return f"`{shown}`"
    mime = resource.mime_type or ""
    if mime.startswith("image/") or mime in _BINARY:
        parts.append(FilePart(Path(shown).name, mime, resource.blob, str(path or "")))
        return f"`{shown}`"
    try:
        text = base64.b64decode(resource.blob, validate=True).decode()
    except ValueError:
        return f"`{shown}` (binary, not attached)"
    parts.append(TextPart(f"File {shown}:\n{text}", origin="mention"))
    return f"`{shown}`"


def _path(uri: str, place: Place, cwd: Path) -> Path | None:
    """The file a URI or a bare absolute path names."""
    found = urlsplit(uri)
    path = Path(url2pathname(found.path)) if found.scheme == "file" else Path(uri)
    if not path.is_absolute():
        return None
    return place.cwd / path.relative_to(cwd) if path.is_relative_to(cwd) else path
