"""What a shell command changed: a look at the folder before it and one after."""

import os
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec import Struct, field

from opencode.host.git import Git, GitError

SECONDS = 2.0
"""How long a look, with its copies, may take."""
_MOST = 50_000
"""Files of a folder that are looked at."""
_IN_IGNORED = 2_000
"""Files of one folder that git ignores which are looked at."""

_CACHES = {"__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".tox", ".nox"}
"""Made again by themselves: neither kept nor mentioned."""
_DARK = {"node_modules", ".venv", "venv", ".git", ".hg", ".svn"}
"""Not kept; a change of theirs is mentioned."""

Stamp = tuple[int, int, int, int, int]


class Look(Struct):
    """A folder at one moment; names are relative to it."""

    clean: dict[str, str] = field(default_factory=dict)
    """Files as git has them: name → mode and object id."""
    loose: dict[str, Stamp] = field(default_factory=dict)
    """All others that are looked at."""
    dark: dict[str, Stamp | None] = field(default_factory=dict)
    """Folders not looked into; None when gone."""
    history: Stamp | None = None
    """Of git's record of where HEAD was."""
    partial: bool = False
    """Too much to look at in the time."""


def look(folder: Path, git: Git | None, deadline: float) -> Look:
    """See the folder as git does, or walk it when there is no git."""
    if git is not None:
        try:
            return _look_with_git(folder, git, deadline)
        except GitError:
            pass
    found = Look()
    _walk(folder, "", found, _MOST, lambda: time.monotonic() > deadline)
    return found


def git_of(folder: Path) -> Git | None:
    """Git for the folder if it is in a work tree."""
    git = Git(folder, timeout=SECONDS)
    return git if git.top() is not None else None


def is_too_wide(folder: Path) -> bool:
    """A home folder, a root or what holds them is never looked through."""
    real, home = Path(os.path.realpath(folder)), Path(os.path.realpath(Path.home()))
    return home.is_relative_to(real) or real == Path(real.anchor)


def stamp(path: Path | str) -> Stamp | None:
    """What changes when a file does; None when there is none."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return (found.st_size, found.st_mtime_ns, found.st_ino, found.st_mode, found.st_ctime_ns)


def _look_with_git(folder: Path, git: Git, deadline: float) -> Look:
    found = Look()
    for line in git.fields("ls-files", "-z", "--stage"):
        facts, _, name = line.partition("\t")
        mode, oid, _ = facts.split(" ")
        if mode == "160000":
            found.dark[name] = stamp(folder / name)
        else:
            found.clean[name] = f"{mode} {oid}"
    for name in git.fields("diff-files", "-z", "--name-only", "--relative", "--ignore-submodules"):
        if found.clean.pop(name, None) is not None:
            _add(folder, name, found)
    for name in git.fields("ls-files", "-z", "--others", "--exclude-standard"):
        _add_or_darken(folder, name, found)
    ignored = ("--ignored", "--exclude-standard", "--directory")
    for name in git.fields("ls-files", "-z", "--others", *ignored):
        if not name.endswith("/"):
            _add_or_darken(folder, name, found)
        elif not _pass_by(folder, name.rstrip("/"), found):
            inside = Look()
            _walk(folder, name, inside, _IN_IGNORED, lambda: time.monotonic() > deadline)
            if inside.partial:
                found.dark[name.rstrip("/")] = stamp(folder / name)
            else:
                found.loose.update(inside.loose)
                found.dark.update(inside.dark)
    found.history = stamp(_git_folder(folder) / "logs" / "HEAD")
    found.partial = len(found.loose) > _MOST or time.monotonic() > deadline
    return found


def _add(folder: Path, name: str, found: Look) -> None:
    if (known := stamp(folder / name)) is not None:
        found.loose[name] = known


def _add_or_darken(folder: Path, name: str, found: Look) -> None:
    if name.endswith("/"):  # a repository in the repository
        found.dark[name.rstrip("/")] = stamp(folder / name)
        return
    if not _pass_by(folder, name.rpartition("/")[0], found):
        _add(folder, name, found)


def _pass_by(folder: Path, name: str, found: Look) -> bool:
    """Whether that folder is one not looked into, or lies in one: a cache may ignore itself by a
    file in it, and then git names what it holds."""
    parts = name.split("/")
    for depth, part in enumerate(parts, 1):
        if part in _DARK:
            found.dark["/".join(parts[:depth])] = stamp(folder.joinpath(*parts[:depth]))
        if part in _DARK or part in _CACHES:
            return True
    return False


def _git_folder(folder: Path) -> Path:
    """Where git keeps the record of this work tree, by the .git upward, without asking git."""
    for place in (folder, *folder.parents):
        dot = place / ".git"
        if dot.is_dir():
            return dot
        if dot.is_file():
            written = dot.read_text("utf-8", "replace").removeprefix("gitdir:").strip()
            return place / written
    return folder / ".git"


def _walk(folder: Path, start: str, found: Look, most: int, late: Callable[[], bool]) -> None:
    waiting = [start.rstrip("/")]
    while waiting:
        name = waiting.pop()
        if late() or len(found.loose) > most:
            found.partial = True
            return
        for entry_name, is_folder in _entries(folder / name):
            inner = f"{name}/{entry_name}" if name else entry_name
            if not is_folder:
                _add(folder, inner, found)
            elif not _pass_by(folder, inner, found):
                waiting.append(inner)


def _entries(folder: Path) -> Iterator[tuple[str, bool]]:
    try:
        with os.scandir(folder) as entries:
            yield from ((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)
    except OSError:
        return


def is_plain(known: Stamp) -> bool:
    """Whether it is a file or a link: devices and sockets are nobody's work."""
    return stat.S_ISREG(known[3]) or stat.S_ISLNK(known[3])
