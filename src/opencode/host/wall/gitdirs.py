"""Which parts of git's own folders a walled command may write, and which run programs later."""

import os
from dataclasses import dataclass, field
from pathlib import Path

_RUNS_PROGRAMS = ("hooks", "config", "info", "config.worktree")
"""What git obeys: hooks, settings that name programs, filters by path."""


@dataclass
class GitParts:
    """Folders git needs to write for a commit, what in them must stay as it is, and what must
    not appear. `renamed` folders and files must not be moved aside."""

    writable: list[Path] = field(default_factory=list[Path])
    protected: list[Path] = field(default_factory=list[Path])
    absent: list[Path] = field(default_factory=list[Path])


def git_parts(root: Path) -> GitParts:
    """The git folders of the work tree `root` lies in; empty when there is none."""
    parts = GitParts()
    top = next((folder for folder in (root, *root.parents) if _exists(folder / ".git")), None)
    if top is None:
        return parts
    dot = top / ".git"
    if dot.is_symlink():
        return parts
    if dot.is_dir():
        _add(parts, dot)
        parts.absent.append(dot / "commondir")
        return parts
    parts.protected.append(dot)
    gitdir = _read_path(dot, "gitdir:", top)
    if gitdir is None or not _points_back(gitdir, dot):
        return parts
    _add(parts, gitdir)
    common = _read_path(gitdir / "commondir", "", gitdir)
    if common is not None:
        parts.protected.extend((gitdir / "commondir", gitdir / "gitdir"))
        if gitdir.is_relative_to(common / "worktrees"):
            _add(parts, common)
            parts.absent.append(common / "commondir")
    return parts


def _add(parts: GitParts, gitdir: Path) -> None:
    parts.writable.append(gitdir)
    parts.protected.extend(gitdir / name for name in _RUNS_PROGRAMS[:3])
    parts.protected.extend(p for p in (gitdir / "config.worktree",) if p.exists())
    for folder, names, files in os.walk(gitdir / "modules"):
        if "HEAD" in files:
            module = Path(folder)
            parts.protected.extend(p for n in _RUNS_PROGRAMS if (p := module / n).exists())
            names[:] = [name for name in names if name == "modules"]


def _points_back(gitdir: Path, dot: Path) -> bool:
    """Whether that folder knows this work tree: a `.git` file alone could name any folder."""
    back = _read_path(gitdir / "gitdir", "", gitdir)
    if back is not None:
        return back == dot
    owners = (parent / ".git" / "modules" for parent in dot.parent.parents)
    return any(gitdir.is_relative_to(owner) for owner in owners)


def _read_path(file: Path, prefix: str, base: Path) -> Path | None:
    try:
        text = file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    if not text.startswith(prefix) or not text.removeprefix(prefix).strip():
        return None
    return Path(os.path.realpath(base / text.removeprefix(prefix).strip()))


def _exists(path: Path) -> bool:
    return os.path.lexists(path)
