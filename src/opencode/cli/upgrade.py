"""Install the newest version, the way this one was installed: pip, pipx, uv, or a checkout."""

import re
import shlex
import subprocess
import sys
from typing import Annotated

import typer

from opencode.cli.show.tongue import said
from opencode.core.error import OpenCodeError, UsageError
from opencode.host.installation import PACKAGE, Installation, installation

_VERSION = re.compile(r"v?(\d+(?:\.\d+)*(?:[-.]?(?:a|b|rc|dev|post)\d*)?)")


def upgrade(
    version: Annotated[str, typer.Argument(help="This one, not the newest.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Only say what would be done.")
    ] = False,
) -> None:
    """Install the newest version, or the one that is named.

    \b
    opencode upgrade
    opencode upgrade 1.2.0
    opencode upgrade --dry-run

    Settings, sessions and keys stay as they are. Indexes and proxies are those of the program
    that installs (PIP_INDEX_URL, UV_INDEX_URL and the like).
    """
    found = _VERSION.fullmatch(version)
    if version and not found:
        raise UsageError(f"{version!r} is no version.", hint="As in: opencode upgrade 1.2.0")
    wanted = found[1] if found else ""
    here = installation()
    print(said(f"opencode {here.version}, installed by {here.kind} in {here.place}"))
    if here.why_not:
        raise OpenCodeError("It cannot be upgraded from here.", hint=here.why_not)
    commands = here.upgrade(wanted)
    for command in commands:
        print(f"  {shlex.join(command)}", flush=True)
        if not dry_run:
            run(command)
    if not dry_run:
        now = _version_now(here)
        print(
            said(f"It is {now} now." if now != here.version else f"{now} is what there is already.")
        )


def run(command: list[str]) -> None:
    """Run one command, its words going to the terminal. OpenCodeError when it fails."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False)
    except OSError as error:
        raise OpenCodeError(f"{command[0]} could not be started: {error.strerror}") from error
    if done.returncode:
        raise OpenCodeError(
            f"It failed with code {done.returncode}: {shlex.join(command)}",
            hint="What it said stands above; nothing of yours was touched.",
        )


def _version_now(here: Installation) -> str:
    """What a fresh interpreter says: this process still is the old one."""
    if here.kind == "checkout":
        code = "import opencode; print(opencode.__version__)"
    else:
        code = f"from importlib.metadata import version; print(version({PACKAGE!r}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return done.stdout.strip() or here.version
