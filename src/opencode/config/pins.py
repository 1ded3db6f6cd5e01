"""Programs of a project that its settings name: trusted as they were, by what they held."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from opencode.config.hold import Keys

_PIECES = re.compile(r"\$\w+|\$\{[^}]*\}|\$|[\s;&|<>()'\"`=:,{}]+")
_FILES = re.compile(r"\{file:([^{}\n]+)\}")
_QUOTED = re.compile(r"'([^']+)'|\"([^\"]+)\"")
_VARYING = re.compile(r"\$\([^)]*\)|\$\{[^}]*\}|\$\w+")
_MODULES = re.compile(r"(?:-m\s+([A-Za-z_][\w.]*))|^([A-Za-z_][\w.]*):\w+$")
_CODE = frozenset(
    (
        *(".py", ".sh", ".bash", ".zsh", ".fish", ".ps1", ".bat", ".cmd", ".exe", ".jar"),
        *(".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".rb", ".pl", ".php", ".lua", ".mk"),
    )
)
_RUNNING = ("hooks", "formatter", "lsp", "mcp")
"""Settings that start programs."""


@dataclass(frozen=True)
class Pins:
    """The files that settings of a project name, and what they held when these were read."""

    root: Path
    files: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    """Dotted key → name of a file from `root` → fingerprint."""

    def all(self) -> dict[str, str]:
        """Every file and its fingerprint."""
        return {name: held for found in self.files.values() for name, held in found.items()}

    def changed(self, *keys: str) -> dict[str, str]:
        """The files of these settings that are neither as they were nor trusted as they are
        now, with what they hold now. Reads them: call it in a thread."""
        from opencode.config import trust  # noqa: PLC0415 - see load.py

        now = {
            name: fingerprint(self.root / name, self.root)
            for key, found in self.files.items()
            if any(key == one or key.startswith(f"{one}.") for one in keys)
            for name in found
        }
        known = self.all()
        other = {name: held for name, held in now.items() if held != known[name]}
        return {n: held for n, held in other.items() if not trust.is_trusted(self.root, {n: held})}


def pins_of(root: Path, directory: Path, held: Mapping[Path, Mapping[Keys, Any]]) -> Pins:
    """What the settings that wait for trust name: `held` by the file they stand in."""
    files: dict[str, dict[str, str]] = {}
    for written, values in held.items():
        folder = written.parent
        for keys, value in values.items():
            inner = keys[3:] if keys[0] == "profiles" else keys
            found = set(_texts_named(value, folder))
            if inner and inner[0] in _RUNNING:
                cwd = cast("dict[str, Any]", value).get("cwd") if isinstance(value, dict) else None
                places = {directory, folder, root, directory / str(cwd or "")}
                found |= {path for path in _named(value, places) if _is_code(path)}
            for path in found:
                name = os.path.relpath(path, root)
                if not name.startswith(".."):
                    at = files.setdefault(".".join(inner), {})
                    at[Path(name).as_posix()] = fingerprint(path, root)
    return Pins(root, files)


def why_changed(names: Iterable[str]) -> str:
    """What did not run, and how it may."""
    return (
        f"{', '.join(names)} changed since you trusted this folder. Look at it, then run "
        "`opencode trust`."
    )


def fingerprint(path: Path, root: Path) -> str:
    """What a file of the project holds; of one that is linked from elsewhere, where it lies."""
    import hashlib  # noqa: PLC0415 - 5 ms that most projects do not need

    try:
        real = Path(os.path.realpath(path))
        if not real.is_relative_to(os.path.realpath(root)):
            return f"link {real}"
        if not real.is_file():
            return "unreadable"  # a pipe would keep us waiting
        with path.open("rb") as file:
            return f"sha256 {hashlib.file_digest(file, 'sha256').hexdigest()}"
    except OSError:
        return "unreadable"


def _texts_named(value: Any, folder: Path) -> Iterator[Path]:
    """What `{file:…}` brings into a setting is a part of it."""
    for text in _texts(value):
        for name in _FILES.findall(text):
            yield folder / Path(name.strip()).expanduser()


def _named(value: Any, places: set[Path]) -> Iterator[Path]:
    for text in [*_texts(value), *_lines(value)]:
        names = {text, *_PIECES.split(text)}
        names |= {_VARYING.sub("", single or double) for single, double in _QUOTED.findall(text)}
        for started, called in _MODULES.findall(text):
            path = (started or called).replace(".", "/")
            names |= {f"{path}.py", f"{path}/__main__.py", f"{path}/__init__.py"}
        for name in filter(None, names):
            for place in places:
                yield place / name
                yield place / name.lstrip("/")  # $(git rev-parse --show-toplevel)/hook.sh


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for one in cast("dict[str, Any]", value).values():
                yield from _texts(one)
        case list():
            for one in cast("list[Any]", value):
                yield from _texts(one)
        case _:
            pass


def _lines(value: Any) -> Iterator[str]:
    """Lists of words as one line each: `-m` and the module stand apart there."""
    tables = cast("dict[str, Any]", value).values() if isinstance(value, dict) else ()
    for one in tables:
        if isinstance(one, list):
            yield " ".join(str(word) for word in cast("list[Any]", one))


def _is_code(path: Path) -> bool:
    """Scripts and programs; a database or a note a program is given is its own affair."""
    try:
        if not path.is_file():
            return False
        if path.suffix.lower() in _CODE or os.access(path, os.X_OK):
            return True
        with path.open("rb") as file:
            return file.read(2) == b"#!"
    except (OSError, ValueError):
        return False
