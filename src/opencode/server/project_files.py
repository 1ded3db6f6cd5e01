"""The project's files as HTTP shows them: only what really lies inside, links followed."""

import base64
import mimetypes
import os
from pathlib import Path
from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from opencode.core.error import PermissionDenied, UsageError
from opencode.host.files import write_atomic
from opencode.host.git import Git, GitError
from opencode.server.errors import NotThere

_LARGEST = 10 * 1024 * 1024


class FileNode(Struct):
    """An entry of a folder."""

    name: str
    path: str
    absolute: str
    type: Literal["file", "directory"]
    ignored: bool


class FileContent(Struct):
    """A file: text as it is, anything else as base64."""

    type: Literal["raw", "text", "binary"]
    content: str
    encoding: str | UnsetType = UNSET
    mimeType: str | UnsetType = UNSET


class ChangedFile(Struct):
    """What git says of a file."""

    path: str
    added: int
    removed: int
    status: Literal["added", "deleted", "modified"]


def inside(root: Path, given: str) -> Path:
    """The real path of something in the project. PermissionDenied when it is elsewhere."""
    if is_elsewhere(given) or given.startswith("~") or "://" in given:
        raise UsageError(f"{given!r} is no path of this project.")
    real = Path(os.path.realpath(root / given))
    if not real.is_relative_to(os.path.realpath(root)):
        raise PermissionDenied(f"{given!r} lies outside of the project.")
    return real


def is_elsewhere(given: str) -> bool:
    """Whether even to look for it would reach out: Windows asks the machine that `//name` names."""
    return "\0" in given or given.replace("\\", "/").startswith("//")


def listing(root: Path, given: str) -> list[FileNode]:
    """The entries of a folder, folders first."""
    folder = inside(root, given)
    if not folder.is_dir():
        raise NotThere(f"There is no folder {given!r}.")
    entries = sorted(folder.iterdir(), key=lambda one: (not one.is_dir(), one.name))
    kept = [one for one in entries if one.name != ".git"]
    top = Path(os.path.realpath(root))
    ignored = _ignored(root, [one.relative_to(top).as_posix() for one in kept])
    return [
        FileNode(
            _shown(one.name),
            _shown(one.relative_to(top).as_posix()),
            _shown(str(one)),
            "directory" if one.is_dir() else "file",
            one.relative_to(top).as_posix() in ignored,
        )
        for one in kept
    ]


def file(root: Path, given: str) -> Path:
    """The real path of a file in the project. NotThere, PermissionDenied."""
    path = inside(root, given)
    if not path.is_file():
        raise NotThere(f"There is no file {given!r}.")
    return path


def content(root: Path, given: str) -> FileContent:
    """One file, at most 10 MB."""
    path = file(root, given)
    if path.stat().st_size > _LARGEST:
        raise UsageError(f"{given} is larger than 10 MB.")
    data = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0]
    if b"\0" in data[:8000]:
        packed = base64.b64encode(data).decode()
        return FileContent("binary", packed, "base64", kind or "application/octet-stream")
    return FileContent("text", data.decode("utf-8", "replace"), mimeType=kind or UNSET)


def write(root: Path, given: str, text: str) -> Path:
    """Write a file of the project whole, its folders too. PermissionDenied elsewhere, and for what
    git keeps of its own."""
    path = inside(root, given)
    below = path.relative_to(os.path.realpath(root))
    if ".git" in below.as_posix().lower().split("/"):  # some file systems know no case
        raise PermissionDenied(f"{given!r} is git's own.")
    if path.is_dir():
        raise UsageError(f"{given!r} is a folder.")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, text.encode())
    return path


def changed(root: Path) -> list[ChangedFile]:
    """What differs from the last commit, new files too. Nothing where there is no git."""
    git = Git(root)
    if git.top() is None:
        return []
    known = _numbers(git)
    found: list[ChangedFile] = []
    fields = iter(git.fields("status", "--porcelain=v1", "-z", "--no-renames", "-uall", "--", "."))
    prefix = os.fsdecode(git.run("rev-parse", "--show-prefix").rstrip(b"\n"))
    for field in fields:
        code, name = field[:2], field[3:].removeprefix(prefix)
        if code == "??" or "A" in code:
            lines = _lines(root / name)
            found.append(ChangedFile(_shown(name), lines, 0, "added"))
        else:
            added, removed = known.get(name, (0, 0))
            status = "deleted" if "D" in code else "modified"
            found.append(ChangedFile(_shown(name), added, removed, status))
    return found


def _numbers(git: Git) -> dict[str, tuple[int, int]]:
    """(added, removed) lines of each changed file; binary ones count none."""
    try:
        rows = git.fields("diff", "HEAD", "--numstat", "-z", "--no-renames", "--relative")
    except GitError:  # no commit yet
        return {}
    split = [row.split("\t", 2) for row in rows]
    return {
        name: (int(added), int(removed))
        for added, removed, name in split
        if added.isdigit() and removed.isdigit()
    }


def _lines(path: Path) -> int:
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST)
    except OSError:
        return 0
    return (
        0
        if b"\0" in data[:8000]
        else data.count(b"\n") + (not data.endswith(b"\n") and data != b"")
    )


def _ignored(root: Path, names: list[str]) -> set[str]:
    data = b"".join(os.fsencode(name) + b"\0" for name in names)
    try:
        found = Git(root).run("check-ignore", "-z", "--stdin", data=data)
    except GitError:  # nothing is ignored, or there is no git
        return set()
    return {os.fsdecode(name) for name in found.split(b"\0") if name}


def _shown(name: str) -> str:
    """Names that are no UTF-8, made so."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
