"""What the commands of a project run in: the sandbox its settings ask for, and the shell."""

import os
from pathlib import Path
from typing import NamedTuple

from opencode.config import paths
from opencode.config.schema import Settings
from opencode.core.bus import Bus
from opencode.core.event import JobChanged
from opencode.core.shell import Running
from opencode.host.shell import HostShell
from opencode.host.wall.sandbox import Sandbox
from opencode.host.wall.views import Policy
from opencode.providers import catalog
from opencode.tools.shared.engines import ENGINES
from opencode.workspace.opening.project import git_root


class Walls(NamedTuple):
    """What commands run in, and by."""

    sandbox: Sandbox
    shell: HostShell


def walls_of(settings: Settings, here: Path, scratch: Path, bus: Bus) -> Walls:
    """Both, not built yet: that happens with the first command."""
    sandbox = Sandbox(policy_of(settings, here), enabled=settings.sandbox.enabled)
    shell = HostShell(
        scratch,
        os.environ,
        sandbox,
        secrets=secret_variables(settings),
        changed=lambda job: bus.emit(_job_changed(job)),
    )
    return Walls(sandbox, shell)


def policy_of(settings: Settings, folder: Path) -> Policy:
    """What the sandbox of this project lets commands see and write."""
    sandbox = settings.sandbox
    data = paths.data_dir()
    hidden = [Path(path).expanduser() for path in sandbox.hidden]
    hidden += [paths.auth_file(), paths.runtime_dir(), data / "grants.json", data / "trust.json"]
    hidden.append(data / "mcp-auth.json")
    root = git_root(folder)
    return Policy(
        (folder, *((root,) if root and root != folder else ())),
        writable=tuple(Path(path).expanduser() for path in sandbox.writable),
        hidden=tuple(hidden),
        network=sandbox.network and not settings.offline,
    )


def secret_variables(settings: Settings) -> list[str]:
    """The environment variables that hold keys: commands do not inherit them."""
    named = [section.api_key_env for section in settings.providers.values()]
    services = [*(engine.key for engine in ENGINES), settings.search.api_key_env]
    return [*catalog.secret_variables(), *filter(None, [*services, *named])]


def _job_changed(job: Running) -> JobChanged:
    return JobChanged(job.session, job.id, job.command, job.code)
