"""Open the terminal app on a server that runs elsewhere."""

import os
from contextlib import AbstractAsyncContextManager, suppress
from pathlib import Path
from typing import Annotated

import typer
from msgspec import structs

from opencode.cli.shared.far import Password, Username, far_door
from opencode.cli.shared.options import Model
from opencode.cli.shared.output import need_terminal
from opencode.core.door import Door
from opencode.core.error import UsageError
from opencode.tui.home import SettingsHome
from opencode.tui.open import run_app
from opencode.tui.options import Options


def attach(
    url: Annotated[str, typer.Argument(help="As `opencode serve` prints it.")],
    session: Annotated[str, typer.Option("--session", "-s", help="Open this one.")] = "",
    continue_last: Annotated[
        bool, typer.Option("--continue", "-c", help="Open the last session of that project.")
    ] = False,
    agent: Annotated[str, typer.Option(help="Who answers.")] = "",
    model: Model = "",
    prompt: Annotated[str, typer.Option(help="Say this at once.")] = "",
    directory: Annotated[
        Path | None, typer.Option("--dir", help="That project, as it lies on this machine.")
    ] = None,
    password: Password = "",
    username: Username = "",
) -> None:
    """Open the terminal app on a server of opencode: what runs there goes on when you leave.

    A connection that breaks is made again, and what happened meanwhile is shown.

    \b
    opencode attach http://127.0.0.1:4096
    opencode attach https://box.example.com --password …
    OPENCODE_API_KEY=… opencode attach box:4096 --continue
    """
    need_terminal()
    if directory is not None:
        _enter(directory.expanduser())
    start = Options(
        session=session,
        newest=continue_last,
        prompt=prompt,
        agent=agent,
        model=model,
        where="" if directory is not None else url,
    )
    options = SettingsHome(Path.cwd(), start=start).options()

    def open_door() -> AbstractAsyncContextManager[Door]:
        folder = str(Path.cwd()) if directory is not None else ""
        return far_door(url, password, username, folder=folder)

    with suppress(KeyboardInterrupt):
        if code := run_app(open_door, structs.replace(options, trust="")):
            raise typer.Exit(code)


def _enter(directory: Path) -> None:
    if not directory.is_dir():
        raise UsageError(
            f"There is no folder {directory}.", hint="--dir names one of this machine."
        )
    os.chdir(directory)
