"""Let a project's own settings start programs, loosen permissions or redirect keys."""

import time
from pathlib import Path
from typing import Annotated

import typer

from opencode.cli.shared.output import print_json, print_table
from opencode.cli.show.tongue import said
from opencode.config import trust as book
from opencode.config.load import load_settings
from opencode.core.error import UsageError


def trust(
    directory: Annotated[Path, typer.Argument(help="The project's folder.")] = Path(),
    revoke: Annotated[bool, typer.Option("--revoke", help="Take the trust back.")] = False,
    list_: Annotated[bool, typer.Option("--list", help="Show the trusted folders.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --list: as JSON.")] = False,
) -> None:
    """Trust a project folder after looking at what its settings would do.

    Trust holds for the real folder and for exactly what is shown: when a setting changes, or a
    program of the project that one names, all is ignored again until you trust it anew.

    Examples: opencode trust · opencode trust ../other --revoke · opencode trust --list
    """
    if list_:
        _list(as_json=as_json)
        return
    if not directory.is_dir():
        raise UsageError(f"{directory} is no folder.")
    loaded = load_settings(directory.absolute())
    if revoke:
        gone = book.untrust(loaded.root)
        print(
            said(
                f"{loaded.root} is no longer trusted." if gone else f"{loaded.root} is not trusted."
            )
        )
        return
    if not loaded.needs_trust:
        book.trust(loaded.root, loaded.seen)
        print(
            said(
                f"{loaded.root} is trusted: its settings hold nothing that needs it, its own "
                "programs (formatters) may run."
            )
        )
        return
    changed = book.changed(loaded.root, loaded.seen)
    if changed:
        print(said("Changed since you trusted this folder:"))
    for name, value in loaded.needs_trust.items():
        if not changed or name in changed:
            print(f"  {name} = {value!r}")
    book.trust(loaded.root, loaded.seen)
    print(said(f"{loaded.root} is trusted with these settings."))


def _list(*, as_json: bool) -> None:
    folders = book.trusted_folders()
    if as_json:
        print_json(folders)
        return
    if not folders:
        print(said("No folder is trusted."))
        return
    rows = [[e.folder, time.strftime("%Y-%m-%d %H:%M", time.localtime(e.since))] for e in folders]
    print_table(["folder", "since"], rows)
