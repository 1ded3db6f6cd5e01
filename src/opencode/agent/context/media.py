"""Images and documents as providers take them: checked by their bytes, made smaller, left out."""

import base64
import binascii
import io
import struct
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence

from opencode.core.message import FilePart, Message, ToolPart

Fit = Callable[[FilePart], "FilePart | str"]
"""A file as it may be sent, or the words that stand in its place."""

_LONGEST_SIDE = 2000
"""Pixels; more is refused by providers in requests of many images, and only costs tokens."""
_MOST_IMAGE = 4_500_000
_MOST_PDF = 15_000_000
"""Characters of base64."""
_MOST_PIXELS = 60_000_000
"""An image that would unpack to more is not opened at all."""
_KEPT = 64
_MOST_FILES = 60
_MOST_BYTES = 20_000_000
"""Of base64, in one request."""
_QUALITIES = (85, 70, 50, 35)


def note_of(file: FilePart, why: str) -> str:
    """What the model reads in place of a file."""
    kind = "image" if file.mime.startswith("image/") else "file"
    return f"[The {kind} {file.name or 'without a name'} ({file.mime}) is not shown: {why}.]"


class Media:
    """Fits files once and remembers the outcome, so that a request costs no second look and the
    same file is the same bytes in every request. Keep one for as long as the sessions live."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str, str], FilePart | str] = OrderedDict()

    def fit(self, file: FilePart) -> FilePart | str:
        """The file itself, one that was made smaller or given its true type, or a note."""
        key = (file.name, file.mime, file.data)
        found = self._kept.get(key)
        if found is None:
            found = _fitted(file)
            self._kept[key] = found
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        elif isinstance(found, FilePart) and found == file:
            found = file
        self._kept.move_to_end(key)
        return found


def _fitted(file: FilePart) -> FilePart | str:
    try:
        content = base64.b64decode(file.data, validate=True)
    except (binascii.Error, ValueError):
        return note_of(file, "its content is damaged")
    if not content:
        return note_of(file, "it is empty")
    if file.mime.startswith("text/"):
        return f"{file.name}:\n{content.decode('utf-8', 'replace')}"
    match _true_type(content):
        case None:
            return note_of(file, "it is of a kind that models cannot read")
        case "application/pdf" as mime if len(file.data) <= _MOST_PDF:
            return _typed(file, mime)
        case "application/pdf":
            return note_of(file, "it is too big")
        case mime:
            return _fitted_image(file, content, mime)


def _fitted_image(file: FilePart, content: bytes, mime: str) -> FilePart | str:
    width, height = _size(content, mime)
    if not width or not height:
        return note_of(file, "its content is damaged")
    is_small = max(width, height) <= _LONGEST_SIDE and len(file.data) <= _MOST_IMAGE
    if is_small and mime != "image/bmp":
        return _typed(file, mime)
    if width * height > _MOST_PIXELS:
        return note_of(file, f"at {width}x{height} pixels it is too big")
    return _smaller(file, content)


def _typed(file: FilePart, mime: str) -> FilePart:
    """Providers refuse a file whose bytes are not what its type says."""
    return file if file.mime == mime else FilePart(file.name, mime, file.data, file.path)


def _true_type(content: bytes) -> str | None:
    head = content[:16]
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    if head.startswith(b"BM"):
        return "image/bmp"
    return "application/pdf" if b"%PDF-" in content[:1024] else None


def _size(content: bytes, mime: str) -> tuple[int, int]:
    """Width and height from the header alone; (0, 0) when it is damaged."""
    try:
        match mime:
            case "image/png":
                return struct.unpack(">II", content[16:24])
            case "image/gif":
                return struct.unpack("<HH", content[6:10])
            case "image/bmp":
                width, height = struct.unpack("<ii", content[18:26])
                return abs(width), abs(height)
            case "image/webp":
                return _webp_size(content)
            case _:
                return _jpeg_size(content)
    except (struct.error, IndexError):
        return 0, 0


def _webp_size(content: bytes) -> tuple[int, int]:
    match content[12:16]:
        case b"VP8 ":
            width, height = struct.unpack("<HH", content[26:30])
            return width & 0x3FFF, height & 0x3FFF
        case b"VP8L":
            (bits,) = struct.unpack("<I", content[21:25])
            return (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
        case b"VP8X":
            width = int.from_bytes(content[24:27], "little")
            return width + 1, int.from_bytes(content[27:30], "little") + 1
        case _:
            return 0, 0


def _jpeg_size(content: bytes) -> tuple[int, int]:
    at = 2
    while at + 9 < len(content):
        if content[at] != 0xFF:
            return 0, 0
        marker = content[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker == 0x01 or 0xD0 <= marker <= 0xD8:
            at += 2
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        else:
            at += 2 + int(struct.unpack(">H", content[at + 2 : at + 4])[0])
    return 0, 0


def _smaller(file: FilePart, content: bytes) -> FilePart | str:
    """The picture at most 2,000 pixels wide and high, as PNG or, when that is too big, JPEG."""
    from PIL import Image, ImageOps  # noqa: PLC0415 - 30 ms that only large pictures are worth

    try:
        with Image.open(io.BytesIO(content)) as opened:
            upright = ImageOps.exif_transpose(opened)
            picture = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return note_of(file, "its content is damaged")
    picture.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    flat = Image.new("RGB", picture.size, "white")
    flat.paste(picture, mask=picture if picture.mode == "RGBA" else None)
    tries = [("JPEG", {"quality": quality}) for quality in _QUALITIES]
    if file.mime != "image/jpeg":
        tries.insert(0, ("PNG", {}))
    for kind, options in tries:
        out = io.BytesIO()
        (picture if kind == "PNG" else flat).save(out, kind, **options)
        data = base64.b64encode(out.getvalue()).decode("ascii")
        if len(data) <= _MOST_IMAGE:
            return FilePart(file.name, f"image/{kind.lower()}", data, file.path)
    return note_of(file, "it is too big")


def too_old(messages: Sequence[Message]) -> set[int]:
    """The files beyond what one request can carry. When it fills up, the older half leaves at
    once, so that the prefix breaks seldom and not with every new picture."""
    kept: list[FilePart] = []
    gone: set[int] = set()
    size = 0
    for file in files_of(messages):
        kept.append(file)
        size += len(file.data)
        while len(kept) > _MOST_FILES or (size > _MOST_BYTES and len(kept) > 1):
            half = len(kept) // 2
            gone.update(id(old) for old in kept[:half])
            kept = kept[half:]
            size = sum(len(held.data) for held in kept)
    return gone


def files_of(messages: Sequence[Message]) -> Iterable[FilePart]:
    """What was attached and what tools saw, oldest first."""
    for message in messages:
        for part in message.parts:
            if isinstance(part, FilePart):
                yield part
            elif isinstance(part, ToolPart) and part.files and not part.pruned:
                yield from part.files
