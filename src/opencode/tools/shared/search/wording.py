"""Words that glob, grep and ls have in common: what is missing, what follows on the next page."""

import os
from collections.abc import Iterable
from pathlib import Path

from opencode.config.suggest import did_you_mean
from opencode.core.error import ToolError
from opencode.core.place import Place

FOLDERS = dict.fromkeys(
    ("dir", "directory", "folder", "dirPath", "dir_path", "filePath", "file_path"), "path"
)
"""Other names models use for `path` where it is a folder to look in."""


def existing(place: Place, path: str, *, folder: bool = False) -> Path:
    """The path, when it is there (and a folder); else ToolError with the nearest name."""
    found = place.resolve(path or ".")
    if folder and found.is_file():
        raise ToolError(f"{place.show(found)} is a file, not a folder", hint="Use read or grep.")
    if not found.exists():
        try:
            names = sorted(os.listdir(found.parent))  # noqa: PTH208 - names are wanted
        except OSError:
            names = []
        raise ToolError(f"there is no {place.show(found)}{did_you_mean(found.name, names)}")
    return found


def newest_first(paths: Iterable[Path]) -> list[Path]:
    """By time of change; those changed at the same time by name."""

    def key(path: Path) -> tuple[int, str]:
        try:
            return -path.lstat().st_mtime_ns, str(path)
        except OSError:
            return 0, str(path)

    return sorted(paths, key=key)


def footer(what: str, offset: int, shown: int, total: int, *, cut: str = "") -> str:
    """`[1-100 of 345 files; more with offset=100]`, and why there may be still more; "" when
    everything was shown."""
    parts: list[str] = []
    if offset or offset + shown < total:
        first = offset + 1 if shown else offset
        parts.append(f"{first}-{offset + shown} of {total} {what}")
    if offset + shown < total:
        parts.append(f"more with offset={offset + shown}")
    if cut:
        parts.append(cut)
    return f"[{'; '.join(parts)}]" if parts else ""


def clean(text: str) -> str:
    """Names of files that are no UTF-8, and control characters in them, made harmless."""
    readable = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in readable
    )


def plural(number: int, word: str) -> str:
    """`1 file`, `2 files`, `2 matches`."""
    ending = "es" if word.endswith(("s", "ch")) else "s"
    return f"{number} {word}" if number == 1 else f"{number} {word}{ending}"
