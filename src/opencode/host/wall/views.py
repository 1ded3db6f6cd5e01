"""What a walled command sees of the file system: the plan every kind of wall is built from."""

import contextlib
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from opencode.core.shell import Job
from opencode.host.wall.gitdirs import git_parts

try:
    import pwd
except ImportError:  # Windows
    pwd = None

Access = Literal["write", "read", "hidden"]

_OUR_CONFIG = ("opencode.toml", "opencode.json", "opencode.jsonc", ".opencode")
_HOME_SECRETS = (
    ".ssh",
    ".aws",
    ".gnupg",
    ".azure",
    ".kube",
    ".docker",
    ".netrc",
    ".pypirc",
    ".git-credentials",
    ".config/gcloud",
    ".config/gh",
    ".config/git/credentials",
)
_RUN_KEPT = (
    "systemd/resolve",
    "resolvconf",
    "NetworkManager/resolv.conf",
    "current-system",
    "booted-system",
    "opengl-driver",
)
"""What programs need of /run; the rest are sockets of services that act for the user."""
_RANK: dict[Access, int] = {"write": 0, "read": 1, "hidden": 2}


@dataclass(frozen=True)
class Policy:
    """The wall as wanted: `roots` (the workspace) and `writable` may be written by agents that
    write, `temp` by all; `hidden` is seen by none; `protected` stays as it is, also what does not
    exist yet. Without `network` there is none but a loopback of its own."""

    roots: tuple[Path, ...]
    writable: tuple[Path, ...] = ()
    hidden: tuple[Path, ...] = ()
    protected: tuple[Path, ...] = ()
    network: bool = False
    temp: Path = Path()
    """Set by the sandbox."""


@dataclass(frozen=True)
class View:
    """How one path looks inside: the bytes of `source`, writable, as they are, or not at all."""

    path: Path
    access: Access
    source: Path


@dataclass(frozen=True)
class Plan:
    """All views, outer before inner; everything else is as it is and read-only. `held` are
    protected paths that do not exist: empty folders stand there meanwhile. `absent` must not
    exist afterwards."""

    views: list[View]
    held: list[Path]
    absent: list[Path]
    network: bool
    owners: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    """(user, group) whose files root may change."""


def owners_of(policy: Policy) -> list[tuple[int, int]]:
    """Who owns the workspace, where that is not the user and the user is root, who changes such
    files everywhere else."""
    if sys.platform == "win32" or os.geteuid():
        return []
    found = [root.stat() for root in policy.roots if root.is_dir()]
    return sorted({(one.st_uid, one.st_gid) for one in found if one.st_uid})


def plan(policy: Policy, job: Job) -> Plan:
    """What a job may see and write."""
    cwd = Path(os.path.realpath(job.cwd))
    allowed = _allowed(policy, job)
    wanted = [view for view in _surroundings(policy, cwd) if view.path not in allowed]
    wanted += allowed.values()
    held: list[Path] = []
    absent: list[Path] = []
    if job.isolation == "read-only":
        wanted += [View(root, "read", root) for root in policy.roots]
    else:
        writable, protected, absent = _workspace(policy)
        wanted += [View(path, "write", path) for path in writable if path.is_dir()]
        wanted += [View(path, "read", path) for path in protected]
        held = [path for path in protected if not path.is_file()]
    found: dict[Path, View] = {}
    for view in wanted:
        real = Path(os.path.realpath(view.path))
        source = real if view.source == view.path else view.source
        if real not in found or _RANK[view.access] > _RANK[found[real].access]:
            found[real] = View(real, view.access, source)
    views = sorted(found.values(), key=lambda view: len(view.path.parts))
    return Plan(views, held, absent, policy.network, owners_of(policy))


def _homes(owners: list[tuple[int, int]]) -> list[Path]:
    """Theirs: what root may read inside is not to be their keys."""
    if pwd is None:
        return []
    found: list[Path] = []
    for user, _ in owners:
        with contextlib.suppress(KeyError):
            found.append(Path(pwd.getpwuid(user).pw_dir))
    return found


def _allowed(policy: Policy, job: Job) -> dict[Path, View]:
    """What somebody allowed for this job; never what the policy hides. Where a file is still to be
    made its folder is opened, unless that is the user's home or near the top."""
    found: dict[Path, View] = {}
    writable = () if job.isolation == "read-only" else job.writable
    for path in (*job.readable, *writable):
        access: Access = "write" if path in writable else "read"
        real = Path(os.path.realpath(path))
        if access == "write" and not real.exists():
            real = real.parent
            if real == Path.home() or len(real.parts) <= 2:
                continue
        shut = any(real.is_relative_to(one) or one.is_relative_to(real) for one in policy.hidden)
        if real.exists() and not shut:
            found[real] = View(real, access, real)
    return found


def _workspace(policy: Policy) -> tuple[list[Path], list[Path], list[Path]]:
    """What an agent that writes may write, what of it stays as it is, what must not appear."""
    writable, protected = [*policy.roots, *policy.writable], [*policy.protected]
    absent: list[Path] = []
    for root in policy.roots:
        git = git_parts(root)
        writable += git.writable
        protected += [*git.protected, *(root / name for name in _OUR_CONFIG)]
        absent += [path for path in git.absent if not path.exists()]
    return writable, protected, absent


def _surroundings(policy: Policy, cwd: Path) -> list[View]:
    """The user's keys and ours, the sockets of services that would act outside of the wall, and
    the shared temporary folders, in whose place the private one stands."""
    home, run = Path.home(), Path("/run")
    secrets = [path for path in policy.hidden if path.exists()]
    homes = [home, *_homes(owners_of(policy))]
    secrets += [path for at in homes for name in _HOME_SECRETS if (path := at / name).exists()]
    kept: list[Path] = []
    shared: list[Path] = []
    if sys.platform == "linux":
        secrets += [run] if run.is_dir() else []
        kept = [path for name in _RUN_KEPT if (path := run / name).exists()]
        shared = [path for path in (Path("/tmp"), Path("/var/tmp")) if path.is_dir()]
    for path in (cwd, home):
        seen = any(map(path.is_relative_to, (*policy.roots, policy.temp)))
        if not seen and any(map(path.is_relative_to, shared)):
            kept.append(path)
    return [
        *(View(path, "hidden", path) for path in secrets),
        *(View(path, "read", path) for path in kept),
        *(View(path, "write", policy.temp) for path in (*shared, policy.temp)),
    ]
