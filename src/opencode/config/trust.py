"""Which project folders may start programs, loosen permissions or redirect keys."""

import time
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct, field

from opencode.config import paths
from opencode.config.grants import real_folder
from opencode.core.error import ConfigError
from opencode.host.files import lock, write_atomic


class Trusted(Struct, frozen=True):
    """A folder somebody trusts, and what they saw when they did."""

    folder: str
    """The real path: a link, a copy or a worktree elsewhere does not inherit it."""
    since: float
    seen: dict[str, str] = field(default_factory=dict[str, str])
    """Setting or file → digest of what it was when it was shown; another must be looked at."""


class _Book(Struct):
    version: int = 1
    folders: dict[str, Trusted] = field(default_factory=dict[str, Trusted])
    refused: dict[str, float] = field(default_factory=dict[str, float])
    """Folders that are never to be trusted nor asked about, and since when."""


def is_trusted(folder: Path, seen: Mapping[str, str]) -> bool:
    """Whether all of this was trusted as it is, of exactly this folder. A damaged file trusts
    nothing."""
    return changed(folder, seen) == []


def changed(folder: Path, seen: Mapping[str, str]) -> list[str] | None:
    """What of this is new or other than it was when the folder was trusted; None for a folder
    that never was."""
    try:
        entry = _read().folders.get(real_folder(folder))
    except ConfigError:
        return None
    if entry is None:
        return None
    return [name for name, digest in seen.items() if entry.seen.get(name) != digest]


def trust(folder: Path, seen: Mapping[str, str]) -> None:
    """From now on what the folder's settings say takes effect, as far as it is what was shown.
    What was trusted before stays so: other folders of the project may name more."""
    name = real_folder(folder)
    with lock(_file().with_suffix(".lock"), what="trust"):
        book = _read()
        before = book.folders[name].seen if name in book.folders else {}
        book.folders[name] = Trusted(name, time.time(), {**before, **seen})
        book.refused.pop(name, None)
        _write(book)


def refuse(folder: Path) -> None:
    """Never trust this folder, and do not ask about it again; `trust` takes that back."""
    name = real_folder(folder)
    with lock(_file().with_suffix(".lock"), what="trust"):
        book = _read()
        book.folders.pop(name, None)
        book.refused[name] = time.time()
        _write(book)


def is_refused(folder: Path) -> bool:
    """Whether somebody said never. A damaged file trusts nothing, so there is nothing to ask."""
    try:
        return real_folder(folder) in _read().refused
    except ConfigError:
        return True


def untrust(folder: Path) -> bool:
    """Take trust back, or a "never", so that it is asked again; False when there was no trust."""
    name = real_folder(folder)
    with lock(_file().with_suffix(".lock"), what="trust"):
        book = _read()
        was_trusted = book.folders.pop(name, None) is not None
        if was_trusted or book.refused.pop(name, None) is not None:
            _write(book)
    return was_trusted


def trusted_folders() -> list[Trusted]:
    """Every trusted folder, by name."""
    return [entry for _, entry in sorted(_read().folders.items())]


def _file() -> Path:
    return paths.data_dir() / "trust.json"


def _read() -> _Book:
    try:
        return msgspec.json.decode(_file().read_bytes(), type=_Book)
    except FileNotFoundError:
        return _Book()
    except (OSError, msgspec.DecodeError) as error:
        raise ConfigError(
            f"the list of trusted folders cannot be read: {error}",
            file=str(_file()),
            hint="Move the file away and run `opencode trust` where you need it.",
        ) from None


def _write(book: _Book) -> None:
    data = msgspec.json.format(msgspec.json.encode(book), indent=2)
    write_atomic(_file(), data, mode=0o600)
