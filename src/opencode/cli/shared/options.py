"""Options that several commands have, spelled and explained once. Those of the terminal app stand
in `tui.py`, where `--help` reads them without importing it."""

from pathlib import Path
from typing import Annotated

import typer

Directory = Annotated[Path, typer.Option("--dir", help="The project.")]
Json = Annotated[bool, typer.Option("--json", help="As JSON.")]
Model = Annotated[str, typer.Option("--model", "-m", help="provider/model")]
OtherNames = Annotated[
    list[str] | None,
    typer.Option("--allow-host", help="Another name it is reached by (a proxy's)."),
]
OwnPassword = Annotated[
    str, typer.Option(envvar="OPENCODE_SERVER_PASSWORD", hidden=True, show_default=False)
]
"""Of the server that is started, whose owner never types it where a process list shows it."""
OwnUsername = Annotated[
    str, typer.Option(envvar="OPENCODE_SERVER_USERNAME", help="For the password.")
]
Profile = Annotated[str, typer.Option(help="A [profiles.NAME] of the settings.")]
TrustThisTime = Annotated[bool, typer.Option(help="Use the project's own settings, this time.")]
