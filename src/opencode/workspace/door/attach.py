"""What a prompt mentions, brought along: files as text or attachment, folders as their listing."""

import asyncio
import base64
import mimetypes
from pathlib import Path

from opencode.core.mention import FileMention, file_mentions
from opencode.core.message import FilePart, Part, TextPart
from opencode.core.place import Place

_TEXT_LIMIT = 50_000
_MEDIA_LIMIT = 5 * 1024 * 1024
_MEDIA = {"image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf"}


async def attachments(text: str, place: Place) -> list[Part]:
    """A part for each file or folder mentioned that is in the workspace; others are just text."""
    found = [m for m in file_mentions(text) if place.is_inside(m.path)]
    parts = await asyncio.gather(*(asyncio.to_thread(_part, m, place) for m in found))
    return [part for part in parts if part is not None]


def attach(
    path: Path, place: Place, first: int | None = None, last: int | None = None
) -> Part | None:
    """The part for one file or some lines of it, None when it does not exist."""
    return _part(FileMention(str(path), first, last), place)


def _part(mention: FileMention, place: Place) -> Part | None:
    path = place.resolve(mention.path)
    shown = place.show(path)
    try:
        if path.is_dir():
            names = sorted(p.name + "/" * p.is_dir() for p in path.iterdir())
            return TextPart(f"Folder {shown}:\n" + "\n".join(names[:500]), origin="mention")
        if not path.is_file():
            return None
        kind = mimetypes.guess_type(path.name)[0] or ""
        if kind in _MEDIA:
            return _media(path, shown, kind)
        return _text(path, shown, mention)
    except OSError as error:
        return TextPart(f"{shown} could not be read: {error.strerror}", origin="mention")


def _media(path: Path, shown: str, kind: str) -> Part:
    if path.stat().st_size > _MEDIA_LIMIT:
        return TextPart(f"{shown} is larger than 5 MB and was not attached.", origin="mention")
    return FilePart(path.name, kind, base64.b64encode(path.read_bytes()).decode(), str(path))


def _text(path: Path, shown: str, mention: FileMention) -> Part:
    with path.open("rb") as file:
        raw = file.read(_TEXT_LIMIT * 4)
    if b"\0" in raw[:4096]:
        return TextPart(f"{shown} is a binary file and was not attached.", origin="mention")
    lines = raw.decode("utf-8", "replace").splitlines()
    first = mention.first or 1
    kept = lines[first - 1 : mention.last or len(lines)]
    body = "\n".join(f"{n}\t{line}" for n, line in enumerate(kept, first))
    if len(body) > _TEXT_LIMIT:
        body = body[:_TEXT_LIMIT] + f"\n[cut; read {shown} for the rest]"
    return TextPart(f"File {shown}:\n{body}", origin="mention", path=str(path))
