"""Remove opencode; sessions, keys and settings stay unless you say otherwise."""

import shlex
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from opencode.cli.show.tongue import said
from opencode.cli.upgrade import run
from opencode.config import paths
from opencode.core.error import OpenCodeError, UsageError
from opencode.host.installation import installation


def uninstall(
    data: Annotated[
        bool, typer.Option("--data", help="Also sessions, keys, grants and what undo keeps.")
    ] = False,
    config: Annotated[bool, typer.Option("--config", help="Also your settings.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Only say what would be removed.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", "--force", "-f", help="Do not ask.")] = False,
) -> None:
    """Remove the program, its caches and logs. What lies in your projects is never touched.

    \b
    opencode uninstall --dry-run
    opencode uninstall
    opencode uninstall --data --config --yes
    """
    here = installation()
    folders = _folders(data=data, config=config)
    commands = here.uninstall()
    print(said(f"opencode {here.version}, installed by {here.kind} in {here.place}"))
    for path in folders:
        print(said(f"  remove {path}"))
    for command in commands:
        print(f"  {shlex.join(command)}")
    if not commands:
        print(said(f"  The program itself stays: remove {here.place} yourself."))
    _print_kept(data=data, config=config)
    if dry_run:
        return
    if not yes:
        _ask()
    for path in folders:
        _remove(path)
    for command in commands:
        run(command)
    print(said("Removed."))


def _print_kept(*, data: bool, config: bool) -> None:
    for name, path, wanted in (
        ("data", paths.data_dir(), data),
        ("config", paths.config_dir(), config),
    ):
        if path.exists() and not wanted:
            print(said(f"  keep {path} (--{name} removes it)"))
        elif path.exists() and not _is_ours(path):
            print(said(f"  keep {path} (a folder of your choice: remove it yourself)"))


def _folders(*, data: bool, config: bool) -> list[Path]:
    """What is to go, as far as it is there; a folder inside of another once."""
    wanted = [paths.cache_dir(), paths.log_dir()]
    if paths.state_dir() != paths.data_dir():
        wanted.append(paths.state_dir())
    if data:
        wanted.append(paths.data_dir())
    if config:
        wanted.append(paths.config_dir())
    there = sorted({path for path in wanted if path.exists() and _is_ours(path)})
    return [p for p in there if not any(p != other and p.is_relative_to(other) for other in there)]


def _is_ours(path: Path) -> bool:
    """A folder that OPENCODE_DATA_DIR names may hold more than ours."""
    return "opencode" in (path.name, path.parent.name)


def _ask() -> None:
    if not sys.stdin.isatty():
        raise UsageError("Nobody is here to confirm it.", hint="Say --yes, or look: --dry-run")
    typer.confirm(said("Remove these?"), abort=True, err=True)


def _remove(path: Path) -> None:
    try:
        if path.is_symlink() or path.is_file():
            path.unlink()
        else:
            shutil.rmtree(path)
    except OSError as error:
        raise OpenCodeError(f"{path} cannot be removed: {error.strerror}") from error
