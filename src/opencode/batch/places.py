"""Where a task works, a worktree of its repository or a copy of its folder, and what it changed."""

import io
import shutil
import tarfile
from collections.abc import Iterable
from pathlib import Path
from stat import S_ISDIR, S_ISLNK, S_ISREG

from msgspec import Struct

from opencode.config import paths
from opencode.core.error import OpenCodeError
from opencode.host.git import Git, GitError

_LONG = 600.0
"""Seconds git may take to lay out or compare a large repository."""


class Place(Struct, frozen=True):
    """A folder of a task's own."""

    top: str
    """All of it."""
    inside: str
    """Where in it the task works; "." for all."""
    base: str
    """The commit or tree it began as."""
    origin: str = ""
    """The work tree it belongs to; "" for a copy."""
    shadow: str = ""
    """The repository that remembers how a copy began, outside of it."""

    @property
    def folder(self) -> Path:
        """Where the task works."""
        return Path(self.top) / self.inside


def lay_out(project: Path, home: Path, *, base: str = "", copy: bool = False) -> Place:
    """Make a place in the empty folder `home`: a worktree of the last commit (or of `base`)
    where there is git, else a copy of the folder as it stands. This blocks; GitError, OSError."""
    top = None if copy else Git(project).top()
    commit = _commit(project, base) if top else ""
    if base and not commit:
        raise GitError(f"There is no commit {base!r}.", hint="Correct the task's `base`.")
    if top is None or not commit:
        return _copied(project, home)
    tree = home / "tree"
    Git(top).run("worktree", "add", "--detach", "--force", str(tree), commit, limit=_LONG)
    inside = project.resolve().relative_to(top.resolve())
    (tree / inside).mkdir(parents=True, exist_ok=True)
    return Place(str(tree), inside.as_posix(), commit, origin=str(top))


def _commit(project: Path, base: str) -> str:
    try:
        found = Git(project).run("rev-parse", "--verify", "--quiet", f"{base or 'HEAD'}^{{commit}}")
    except GitError:
        return ""
    return found.decode().strip()


def _copied(project: Path, home: Path) -> Place:
    ours = paths.data_dir().resolve() / "batch"

    def left_out(folder: str, names: list[str]) -> Iterable[str]:
        """A `.git` that is a file, as it leads into the original's repository; pipes and sockets;
        and, where the project is all of a home, the places of the tasks themselves."""

        def is_out(path: Path) -> bool:
            kind = path.lstat().st_mode
            known = S_ISDIR(kind) or S_ISLNK(kind) or S_ISREG(kind)
            return not known or path == ours or (path.name == ".git" and path.is_file())

        return {name for name in names if is_out(Path(folder) / name)}

    tree = home / "tree"
    shutil.copytree(project.resolve(), tree, symlinks=True, ignore=left_out)
    return _remembered(tree, home)


def _remembered(tree: Path, home: Path) -> Place:
    """A copy whose beginning is kept in a repository beside it."""
    place = Place(str(tree), ".", "", shadow=str(home / "began.git"))
    _git(place, "init", "--quiet")
    _git(place, "add", "--all")
    return Place(str(tree), ".", _git(place, "write-tree").decode().strip(), shadow=place.shadow)


def patch_of(place: Place) -> str:
    """All that is other than it began, also what the task committed, as a patch for `git apply`
    in the repository's or the copy's top folder. This blocks; GitError."""
    _git(place, "add", "--all", "--intent-to-add")
    words = ("--binary", "--full-index", "--no-color", "--no-ext-diff", "--no-textconv")
    return _git(place, "diff", *words, place.base).decode("utf-8", "surrogateescape")


def _git(place: Place, *words: str) -> bytes:
    git = Git(Path(place.top))
    of = [f"--git-dir={place.shadow}", f"--work-tree={place.top}"] if place.shadow else []
    return git.run(*of, *words, limit=_LONG)


def clear(home: Path, origin: str = "") -> None:
    """Remove a place with its worktree, also one that another process left half made."""
    shutil.rmtree(home, ignore_errors=True)
    if origin:
        try:
            Git(Path(origin)).run("worktree", "prune")
        except GitError:
            return  # git prunes it by itself later


def packed(project: Path, home: Path, *, base: str = "", copy: bool = False) -> bytes:
    """The folder a task would begin with, as one archive for another machine. This blocks."""
    place = lay_out(project, home, base=base, copy=copy)
    try:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=3) as archive:
            archive.add(place.top, arcname=".", filter=_without_git)
        return buffer.getvalue()
    finally:
        clear(home, place.origin)


def _without_git(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if entry.name == "./.git" else entry


def unpacked(data: bytes, home: Path) -> Place:
    """A place made of what `packed` made. This blocks; OSError when it cannot be written."""
    tree = home / "tree"
    tree.mkdir(parents=True)
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
        if not hasattr(tarfile, "tar_filter"):
            raise OpenCodeError(
                "This Python cannot unpack archives safely.", hint="Use 3.11.4 or newer."
            )
        archive.extractall(tree, filter="tar")
    return _remembered(tree, home)
