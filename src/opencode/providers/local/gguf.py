"""What a GGUF file says of the model in it, read from its head alone."""

import struct
from pathlib import Path
from typing import BinaryIO

_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
"""Bytes by the kind of a value; those that are missing here have a length of their own."""
_WHOLE = {4: "<I", 5: "<i", 10: "<Q", 11: "<q"}
_STRING, _ARRAY = 8, 9
_LONGEST = 1 << 20


def window_of(file: Path) -> int:
    """Tokens the model was made for; 0 when the file does not say. ValueError when it is no GGUF
    file, OSError when it cannot be read."""
    with file.open("rb") as source:
        if source.read(4) != b"GGUF":
            raise ValueError(f"{file} is no GGUF file")
        _, _, count = struct.unpack("<IQQ", _take(source, 20))
        for _ in range(min(count, 4096)):
            key = _text(source)
            (kind,) = struct.unpack("<I", _take(source, 4))
            if key.endswith(".context_length") and kind in _WHOLE:
                return int(struct.unpack(_WHOLE[kind], _take(source, _SIZES[kind]))[0])
            _skip(source, kind)
    return 0


def _skip(source: BinaryIO, kind: int) -> None:
    if kind == _STRING:
        _text(source)
    elif kind == _ARRAY:
        inner, count = struct.unpack("<IQ", _take(source, 12))
        if inner in _SIZES:
            source.seek(_SIZES[inner] * count, 1)
            return
        for _ in range(count):
            _skip(source, inner)
    elif kind in _SIZES:
        source.seek(_SIZES[kind], 1)
    else:
        raise ValueError(f"a value of the unknown kind {kind}")


def _text(source: BinaryIO) -> str:
    (length,) = struct.unpack("<Q", _take(source, 8))
    if length > _LONGEST:
        raise ValueError("a text without end")
    return _take(source, length).decode("utf-8", "replace")


def _take(source: BinaryIO, size: int) -> bytes:
    data = source.read(size)
    if len(data) != size:
        raise ValueError("the file ends in its head")
    return data
