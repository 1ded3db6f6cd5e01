"""A file as a preview shows it: text, bytes when it is none, of a big one the beginning."""

import mimetypes
import stat
from dataclasses import dataclass
from pathlib import Path

from opencode.core.error import UsageError
from opencode.i18n.catalog import t

_MOST = 5_000_000
"""Bytes that are read."""
_MOST_BYTES = 65_536
"""Of a file that is no text."""
_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@dataclass(frozen=True)
class Preview:
    """What is shown of a file."""

    path: Path
    text: str
    size: int
    is_text: bool = True
    is_cut: bool = False

    @property
    def kind(self) -> str:
        """What the name says of it."""
        return mimetypes.guess_type(self.path.name)[0] or ""


def read_preview(path: Path) -> Preview:
    """Read what is shown. UsageError when it is no file; OSError as the system says. Blocks."""
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise UsageError(t("preview.no_file", path=str(path)))
    with path.open("rb") as file:
        data = file.read(_MOST)
    is_cut = found.st_size > len(data)
    encoding = next((name for mark, name in _MARKS.items() if data.startswith(mark)), "")
    if not encoding and b"\0" in data[:8192]:
        cut = found.st_size > _MOST_BYTES
        return Preview(path, _dump(data[:_MOST_BYTES]), found.st_size, is_text=False, is_cut=cut)
    if is_cut:
        data = data[: data.rfind(b"\n") + 1] or data
    return Preview(path, _decoded(data, encoding), found.st_size, is_cut=is_cut)


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding or "utf-8")
    except UnicodeDecodeError:
        return data.decode(encoding, "replace") if encoding else data.decode("latin-1")


def _dump(data: bytes) -> str:
    """Offsets, bytes and what of them can be read, 16 a row."""
    rows: list[str] = []
    for start in range(0, len(data), 16):
        piece = data[start : start + 16]
        shown = "".join(chr(b) if 32 <= b < 127 else "·" for b in piece)
        rows.append(f"{start:08x}  {piece.hex(' '):<47}  {shown}")
    return "\n".join(rows)
