"""The folders an editor works in: each opened once, and closed when no session needs it."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from opencode.acp.asking import Person
from opencode.acp.errors import invalid
from opencode.acp.project import Project
from opencode.workspace.open import Opening

Opener = Callable[[Path, Path], Opening]
"""How to open a folder: (it, how the editor spells it)."""
Servers = dict[str, dict[str, Any]]


class Projects:
    """All of one connection. Sessions of one folder share a workspace, except those to which the
    editor gave other MCP servers: a server joins only the sessions it was given to."""

    def __init__(self, opening: Opener, person: Person) -> None:
        self._opening, self._person = opening, person
        self._open: dict[tuple[Path, bytes], Project] = {}

    @asynccontextmanager
    async def using(self, cwd: str, servers: Servers | None = None) -> AsyncGenerator[Project]:
        """The project, at least until the block ends, and as long as it has threads. Without
        `servers` any that is open there will do. RequestError for what is no folder."""
        project = self._project(_folder(cwd), servers)
        project.users += 1
        try:
            await project.open()
            yield project
        finally:
            project.users -= 1
            await self.leave(project)

    async def leave(self, project: Project) -> None:
        """Close it if nobody needs it."""
        if not project.users and not project.threads:
            for key in [key for key, one in self._open.items() if one is project]:
                del self._open[key]
            await project.close()

    async def close(self) -> None:
        """Close them all."""
        while self._open:
            _, project = self._open.popitem()
            await project.close()

    def _project(self, cwd: Path, servers: Servers | None) -> Project:
        folder = cwd.resolve()
        key = (folder, msgspec.json.encode(servers or {}, order="sorted"))
        there = [one for k, one in self._open.items() if k[0] == folder and not one.is_over]
        if servers is None and there:
            return there[0]
        found = self._open.get(key)
        if found is None or found.is_over:
            opening = self._opening(folder, cwd)
            found = self._open[key] = Project(cwd, opening, servers or {}, self._person)
        return found


def _folder(cwd: str) -> Path:
    path = Path(cwd)
    if not path.is_absolute():
        raise invalid(f"cwd must be an absolute path, not {cwd!r}.")
    if not path.is_dir():
        raise invalid(f"There is no folder {cwd}.")
    return path
