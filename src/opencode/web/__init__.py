"""The web page's files as they lie here: nothing is built, nothing comes from outside."""

import hashlib
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent / "page"

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".txt": "text/plain; charset=utf-8",
}


class Asset(NamedTuple):
    """One file: its bytes, what it is, and a name for exactly this content."""

    data: bytes
    kind: str
    tag: str


def asset(name: str) -> Asset | None:
    """The file of that name, `vendor/marked.js` and the like; None for all that is no part of the
    page. Reads the disk: call it in a thread."""
    path = FOLDER / name
    kind = _TYPES.get(path.suffix)
    if "\0" in name or kind is None or not path.resolve().is_relative_to(FOLDER.resolve()):
        return None
    try:
        data = path.read_bytes()
    except OSError:
        return None
    return Asset(data, kind, f'"{hashlib.sha256(data).hexdigest()[:20]}"')
