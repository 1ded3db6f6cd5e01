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
        return _asset(path.read_bytes(), kind)
    except OSError:
        return None


def edition() -> str:
    """A name for these files as they lie here: another one as soon as one is written. Asks
    the disk: call it in a thread."""
    found = ((path, path.stat()) for path in sorted(FOLDER.rglob("*.*")))
    names = "".join(f"{path.name}:{it.st_size}:{it.st_mtime_ns}\n" for path, it in found)
    return f"@{hashlib.sha256(names.encode()).hexdigest()[:16]}"


def index() -> Asset:
    """The page itself. It names its files by this edition, so that browsers may keep them for good
    and load them anew once they changed. Reads the disk: call it in a thread."""
    text = (FOLDER / "index.html").read_text("utf-8")
    return _asset(text.replace('"/web/', f'"/web/{edition()}/').encode(), _TYPES[".html"])


def _asset(data: bytes, kind: str) -> Asset:
    return Asset(data, kind, f'"{hashlib.sha256(data).hexdigest()[:20]}"')
