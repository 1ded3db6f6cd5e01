"""Images and documents a model can look at: told by their content, shrunk until they fit."""

import base64
import io
from typing import TYPE_CHECKING, Any

from opencode.core.error import ToolError
from opencode.core.message import FilePart

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

_LARGEST_SIDE = 2000
_LARGEST = 5 * 1024 * 1024
"""Bytes of base64 that every provider takes."""
_MOST_PIXELS = 80_000_000
_KINDS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("PNG", {}),
    ("JPEG", {"quality": 85}),
    ("JPEG", {"quality": 60}),
)
_STARTS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)


def sniff(head: bytes) -> str:
    """The media type told by a file's first bytes, "" when it is none that models can see."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return next((mime for start, mime in _STARTS if head.startswith(start)), "")


def attachment(data: bytes, mime: str, shown: str) -> FilePart:
    """The file as a model may get it; ToolError when it is damaged or cannot be made to fit."""
    if mime != "application/pdf":
        data, mime = _fitting(data, mime, shown)
    elif _encoded_size(data) > _LARGEST:
        raise ToolError(
            f"{shown} has {len(data):,} bytes, too much for a model to see. "
            "Take its text out with a program in bash (pdftotext)."
        )
    name = shown.rpartition("/")[2]
    return FilePart(name, mime, base64.b64encode(data).decode("ascii"), shown)


def _encoded_size(data: bytes) -> int:
    return (len(data) + 2) // 3 * 4


def _fitting(data: bytes, mime: str, shown: str) -> tuple[bytes, str]:
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - 40 ms, and rarely wanted

    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > _MOST_PIXELS:
                raise ToolError(f"{shown} has {image.width} x {image.height} pixels, too many.")
            image.load()
            fits = max(image.size) <= _LARGEST_SIDE and _encoded_size(data) <= _LARGEST
            return (data, mime) if fits else _shrunk(image, shown)
    except (UnidentifiedImageError, Image.DecompressionBombError, Warning) as error:
        raise ToolError(f"{shown} is no whole image: {error}.") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise ToolError(f"{shown} is damaged: {error}.") from error


def _shrunk(image: "Picture", shown: str) -> tuple[bytes, str]:
    side = _LARGEST_SIDE
    while side >= 200:
        small = image.copy()
        small.thumbnail((side, side))
        for kind, options in _KINDS:
            out = io.BytesIO()
            drawn = small if kind == "PNG" else small.convert("RGB")
            drawn.save(out, kind, **options)
            if _encoded_size(out.getvalue()) <= _LARGEST:
                return out.getvalue(), f"image/{kind.lower()}"
        side = side * 3 // 4
    raise ToolError(f"{shown} cannot be made small enough to see.")
