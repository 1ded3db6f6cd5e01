"""Where a tool works: the working directory, the workspace's roots, and how paths are spelled."""

import os
from dataclasses import dataclass
from pathlib import Path

from opencode.core.permission import Request


@dataclass(frozen=True)
class Place:
    """What a tool needs to know to say what must be allowed. Paths are resolved by real path,
    so links cannot leave the workspace unseen."""

    cwd: Path
    roots: tuple[Path, ...] = ()
    """Folders that count as the workspace besides `cwd` (git worktree, private temp folder)."""

    def resolve(self, path: str) -> Path:
        """The absolute path meant by `path`; `~` is the home folder. Links are not followed."""
        expanded = os.path.expanduser(path) if path.startswith("~") else path  # noqa: PTH111
        return Path(os.path.normpath(self.cwd / expanded))

    def real(self, path: str | Path) -> Path:
        """Where the bytes are: links followed, also for paths that do not exist yet."""
        return Path(os.path.realpath(self.resolve(str(path))))

    def is_inside(self, path: str | Path) -> bool:
        """Whether the real path lies in the workspace."""
        real = self.real(path)
        return any(real.is_relative_to(os.path.realpath(root)) for root in (self.cwd, *self.roots))

    def show(self, path: str | Path) -> str:
        """How the path is written for people, models and rules: relative to `cwd` with slashes
        when inside it, else absolute."""
        resolved = self.resolve(str(path))
        if resolved.is_relative_to(self.cwd):
            return resolved.relative_to(self.cwd).as_posix()
        return resolved.as_posix()

    def requests(self, action: str, path: str) -> list[Request]:
        """What touching `path` needs: the action itself and, beyond the workspace, `outside`."""
        access = "read" if action == "read" else "write"
        wanted = [Request(action, self.show(path), access=access)]
        if not self.is_inside(path):
            wanted.append(Request("outside", self.real(path).as_posix(), access=access))
        return wanted
