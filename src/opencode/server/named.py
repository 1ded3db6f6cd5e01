"""What clients say about the project: a name, an icon, a command. In the user's data folder."""

from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from opencode.config import paths
from opencode.host.files import lock, write_atomic


class Said(Struct, omit_defaults=True):
    """What was said; the protocol's fields as they came."""

    name: str | UnsetType = UNSET
    icon: dict[str, Any] | UnsetType = UNSET
    commands: dict[str, Any] | UnsetType = UNSET


def said_of(project: str) -> Said:
    """What stands about it. Blocks; nothing when the file is damaged."""
    return _read(_file()).get(project, Said())


def say(project: str, new: Said) -> None:
    """Keep what is new beside what stands. Blocks."""
    file = _file()
    file.parent.mkdir(parents=True, exist_ok=True)
    with lock(file.with_suffix(".lock"), what="projects"):
        book = _read(file)
        old = book.get(project, Said())
        told = {n: v for n in new.__struct_fields__ if (v := getattr(new, n)) is not UNSET}
        book[project] = msgspec.structs.replace(old, **told)
        write_atomic(file, msgspec.json.format(msgspec.json.encode(book), indent=2), mode=0o600)


def _file() -> Path:
    return paths.data_dir() / "projects.json"


def _read(file: Path) -> dict[str, Said]:
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, Said])
    except (OSError, msgspec.DecodeError):
        return {}
