"""Which wall this machine offers for commands, what it holds and what it does not."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

from opencode.core.error import ToolError
from opencode.core.shell import Isolation, Job
from opencode.host.wall import walls
from opencode.host.wall.private import PrivateFolder
from opencode.host.wall.views import Plan, Policy, owners_of, plan

Kind = Literal["bubblewrap", "namespaces", "landlock", "seatbelt", "none"]

_STRONG: tuple[Kind, ...] = ("bubblewrap", "namespaces", "seatbelt")
ALL: tuple[Kind, ...] = ("bubblewrap", "namespaces", "landlock", "seatbelt")
_WRITES = (
    "writes only in the workspace, its git folder, a private temporary folder and what "
    "[sandbox] writable names; read-only agents only in the temporary folder"
)
_HIDDEN = "keys of the user, of opencode and of other programs cannot be read"
_OFFLINE = "no network"
_CONFIG = "git hooks, git config, our config files and protected paths stay as they are"
_GAPS: dict[Kind, tuple[str, ...]] = {
    "bubblewrap": (),
    "namespaces": (),
    "seatbelt": ("a process that leaves its group is not seen and may outlive the session",),
    "landlock": (
        "git hooks, git config and our config cannot be protected where an agent may write, so "
        "such commands run outside of it and ask first; read-only agents are walled in",
        "names in hidden folders can be listed, their files cannot be read",
        "Unix sockets of other programs can be reached",
    ),
    "none": ("commands run with all the rights of the user; those that change things ask first",),
}
_EVERYWHERE = (
    "git settings cannot be changed by a walled command (git remote add, git config)",
    "files of the workspace that other programs run later (Makefile, package scripts)",
)


@dataclass(frozen=True)
class Wall:
    """What was found: the kind, its program, and why better kinds cannot be used."""

    kind: Kind
    program: str = ""
    holds: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


@dataclass(frozen=True)
class Enclosed:
    """A command behind the wall, and what the launcher must see to (see Spec)."""

    argv: list[str]
    env: dict[str, str]
    held: list[str]
    absent: list[str]


class Sandbox:
    """The wall of one workspace. Nothing is tried before it is asked for; then once. When not
    `enabled` it still stands around agents that may not write. Only `kinds` are tried."""

    def __init__(
        self, wanted: Policy, *, enabled: bool = True, kinds: tuple[Kind, ...] = ALL
    ) -> None:
        self.enabled = enabled
        self._kinds = kinds
        self._wanted = replace(
            wanted,
            roots=tuple(Path(os.path.realpath(path)) for path in wanted.roots),
            hidden=tuple(Path(os.path.realpath(path)) for path in wanted.hidden),
        )

    @cached_property
    def _private(self) -> PrivateFolder:
        return PrivateFolder()

    @property
    def temp(self) -> Path:
        """The private temporary folder: the same path inside and outside of the wall."""
        return self._private.path

    @cached_property
    def wall(self) -> Wall:
        """The best wall that really works here, found by trying."""
        refused: list[str] = []
        for kind, find in _offered(bool(owners_of(self._wanted))):
            if kind not in self._kinds:
                continue
            program = find(self._wanted)
            problem = self._try(kind, program) if program else "not there"
            if not problem:
                holds = (_WRITES, _CONFIG, _HIDDEN) if kind in _STRONG else (_WRITES, _HIDDEN)
                holds += () if self._wanted.network else (_OFFLINE,)
                gaps = (*_GAPS[kind], *_EVERYWHERE)
                return Wall(kind, program, holds, gaps, tuple(refused))
            refused.append(f"{kind}: {problem}")
        return Wall("none", gaps=_GAPS["none"], refused=tuple(refused))

    @property
    def isolation(self) -> Isolation:
        """The isolation for agents that may write. Of a weak wall none: it would not hold."""
        strong = self.enabled and self.wall.kind in _STRONG
        return "write-workspace" if strong else "none"

    def enclose(self, argv: list[str], job: Job) -> Enclosed:
        """Put the command behind the wall; ToolError where there is none."""
        wall = self.wall
        if wall.kind == "none":
            raise ToolError(
                "This command may only run in a sandbox, and this machine has none.",
                hint="Install bubblewrap; `opencode debug sandbox` says what was tried.",
            )
        policy = replace(self._wanted, temp=self.temp)
        policy = replace(policy, network=policy.network and job.network)
        cwd = Path(os.path.realpath(job.cwd))
        made = plan(policy, job)
        return Enclosed(
            [*_words(wall.kind, wall.program, made, cwd), *argv],
            _env(self.temp),
            [str(path) for path in made.held] if wall.kind in ("bubblewrap", "namespaces") else [],
            [str(path) for path in made.absent],
        )

    def _try(self, kind: Kind, program: str) -> str:
        """Why the wall cannot be built here; "" when it can."""
        cwd = self._wanted.roots[0]
        job = Job("", cwd, "", isolation="write-workspace")
        made = plan(replace(self._wanted, temp=self.temp), job)
        words = [*_words(kind, program, made, cwd), "/bin/sh", "-c", "exit 0"]
        try:
            tried = subprocess.run(
                words, stdin=subprocess.DEVNULL, capture_output=True, timeout=10, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)
        if tried.returncode == 0:
            return ""
        said = tried.stderr.decode(errors="replace").strip().splitlines()
        return said[-1] if said else f"ended with {tried.returncode}"

    def close(self) -> None:
        """Take the private temporary folder away."""
        if "_private" in self.__dict__:
            self._private.close()


def _offered(for_others: bool) -> list[tuple[Kind, Callable[[Policy], str]]]:
    """Best first. Bubblewrap knows one user alone: root could not change the files of others."""
    if sys.platform == "linux":
        strong: list[tuple[Kind, Callable[[Policy], str]]] = [
            ("bubblewrap", _find_bubblewrap),
            ("namespaces", lambda _: sys.executable),
        ]
        rest = reversed(strong) if for_others else strong
        return [*rest, ("landlock", lambda _: sys.executable)]
    if sys.platform == "darwin":
        return [("seatbelt", lambda _: shutil.which("sandbox-exec", path="/usr/bin") or "")]
    return []


def _find_bubblewrap(policy: Policy) -> str:
    """bwrap from PATH, but never one that an agent could have written."""
    for folder in os.get_exec_path():
        program = Path(os.path.realpath(Path(folder) / "bwrap"))
        own = (*policy.roots, *policy.writable)
        if not Path(folder).is_absolute() or any(map(program.is_relative_to, own)):
            continue
        if os.access(program, os.X_OK):
            return str(program)
    return ""


def _words(kind: Kind, program: str, made: Plan, cwd: Path) -> list[str]:
    match kind:
        case "bubblewrap":
            return walls.bubblewrap(program, made, cwd)
        case "namespaces":
            return walls.namespaces(made, cwd)
        case "landlock":
            return walls.landlock(made, cwd)
        case "seatbelt":
            return walls.seatbelt(made)
        case "none":
            return []


def _env(temp: Path) -> dict[str, str]:
    """Temporary files and the caches that cannot do without writing."""
    return {
        "TMPDIR": str(temp),
        "TMP": str(temp),
        "TEMP": str(temp),
        "GOCACHE": str(temp / "go-build"),
        "UV_CACHE_DIR": str(temp / "uv"),
        "npm_config_cache": str(temp / "npm"),
    }
