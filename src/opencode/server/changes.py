"""What differs from git's last commit or from the branch's origin, file by file."""

import os
from pathlib import Path
from typing import Literal

from msgspec import Struct

from opencode.core.error import UsageError
from opencode.host.git import Git, GitError
from opencode.server import project_files

_LARGEST = 1_000_000


class FileChange(Struct):
    """One file."""

    file: str
    additions: int
    deletions: int
    status: Literal["added", "deleted", "modified"]
    patch: str = ""


def default_branch(git: Git) -> str:
    """What the origin calls so, else main or master; "" when there is none of them."""
    for name in ("origin/HEAD", "origin/main", "origin/master", "main", "master"):
        try:
            found = git.run("rev-parse", "--abbrev-ref", "--verify", "--quiet", name)
        except GitError:
            continue
        return found.decode("utf-8", "replace").strip() or name
    return ""


def patches(root: Path, mode: str, context: int) -> list[FileChange]:
    """Tracked and new files with their patches. `git` compares with the last commit, `branch`
    with where the branch left the default one."""
    git = Git(root)
    if git.top() is None:
        return []
    base = _base(git, mode)
    found: list[FileChange] = []
    for one in project_files.changed(root) if mode == "git" else _since(git, root, base):
        change = FileChange(one.path, one.added, one.removed, one.status)
        if base and one.status != "added":
            change.patch = _patch(git, base, one.path, context)
        elif one.status == "added":
            change.patch = _new(root / one.path, one.path)
        found.append(change)
    return found


def raw(root: Path) -> str:
    """All of it as one patch, as `git diff HEAD` prints it; new files are in it."""
    return "".join(
        part if part.endswith("\n") else f"{part}\n"
        for part in (one.patch for one in patches(root, "git", 3))
        if part
    )


def apply(root: Path, patch: str) -> None:
    """Apply a patch to the work tree: all of it or nothing. UsageError says why it does not fit."""
    git = Git(root)
    if git.top() is None:
        raise UsageError("This project is no git repository.")
    for word in patch.splitlines():
        for mark in ("--- ", "+++ ", "rename from ", "rename to ", "copy from ", "copy to "):
            name = word.removeprefix(mark).partition("\t")[0]
            if word.startswith(mark) and name != "/dev/null":
                project_files.inside(root, name.removeprefix("a/").removeprefix("b/"))
    try:
        git.run("apply", "--whitespace=nowarn", "-", data=patch.encode())
    except GitError as error:
        raise UsageError(f"The patch does not apply: {error}") from None


def _base(git: Git, mode: str) -> str:
    if mode not in ("git", "branch"):
        raise UsageError(f"There is no mode {mode!r}; git and branch can be.")
    try:
        if mode == "git":
            git.run("rev-parse", "--verify", "--quiet", "HEAD")
            return "HEAD"
        return git.run("merge-base", "HEAD", default_branch(git) or "HEAD").decode().strip()
    except GitError:  # no commit yet
        return ""


def _since(git: Git, root: Path, base: str) -> list[project_files.ChangedFile]:
    """Committed since the branch began, and not committed."""
    found = {one.path: one for one in project_files.changed(root)}
    if not base:
        return [*found.values()]
    rows = git.fields("diff", base, "--numstat", "-z", "--no-renames", "--relative")
    kinds = git.fields("diff", base, "--name-status", "-z", "--no-renames", "--relative")
    states = dict(zip(kinds[1::2], kinds[::2], strict=False))
    for row in rows:
        more, less, name = row.split("\t", 2)
        added, removed = (int(one) if one.isdigit() else 0 for one in (more, less))
        shown = os.fsencode(name).decode("utf-8", "replace")
        status = _word(states.get(name, "M"))
        found[shown] = project_files.ChangedFile(shown, added, removed, status)
    return [found[name] for name in sorted(found)]


def _word(letter: str) -> Literal["added", "deleted", "modified"]:
    return "added" if letter == "A" else "deleted" if letter == "D" else "modified"


def _patch(git: Git, base: str, name: str, context: int) -> str:
    words = ["diff", f"-U{context}", "--no-renames", "--relative", base, "--", name]
    return git.run(*words).decode("utf-8", "replace")


def _new(path: Path, name: str) -> str:
    try:
        data = path.read_bytes() if path.stat().st_size <= _LARGEST else b"\0"
    except OSError:
        return ""
    if b"\0" in data[:8000] or not data:
        return ""
    lines = data.decode("utf-8", "replace").splitlines(keepends=True)
    head = f"diff --git a/{name} b/{name}\nnew file mode 100644\n--- /dev/null\n+++ b/{name}\n"
    body = "".join(f"+{line}" for line in lines)
    tail = "" if body.endswith("\n") else "\n\\ No newline at end of file\n"
    return f"{head}@@ -0,0 +1,{len(lines)} @@\n{body}{tail}"
