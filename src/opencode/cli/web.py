"""Open the web page: starts the server of this project and the browser."""

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from opencode.cli.serve import rules_for, serve_project
from opencode.cli.shared.options import (
    Directory,
    Model,
    OtherNames,
    OwnPassword,
    OwnUsername,
    Profile,
    TrustThisTime,
)
from opencode.cli.show.tongue import answering, said
from opencode.workspace.open import Opening


def web(
    port: Annotated[
        int, typer.Option("--port", "-p", min=0, max=65535, help="0: 4096 or the next free one.")
    ] = 0,
    hostname: Annotated[
        str, typer.Option("--hostname", "--host", help="Beyond loopback a password is needed.")
    ] = "127.0.0.1",
    no_open: Annotated[
        bool, typer.Option("--no-open", help="Print the address, start no browser.")
    ] = False,
    allow_host: OtherNames = None,
    model: Model = "",
    agent: Annotated[str, typer.Option(help="Who answers new sessions.")] = "",
    directory: Directory = Path(),
    profile: Profile = "",
    trust: TrustThisTime = False,
    password: OwnPassword = "",
    username: OwnUsername = "opencode",
) -> None:
    """Open this project in the browser; the server runs until Ctrl-C.

    With OPENCODE_SERVER_PASSWORD the page asks for the password.

    \b
    opencode web
    opencode web --port 8080 --no-open
    OPENCODE_SERVER_PASSWORD=… opencode web --hostname 0.0.0.0    # for the phone on the table
    """
    rules = rules_for(hostname, password, username, allow_host=allow_host)
    opening = Opening(
        directory.expanduser().resolve(),
        profile=profile,
        model=model,
        trust=trust,
        overrides={"default_agent": agent} if agent else {},
        titles=True,
        what="opencode web",
        say=answering(),
    )
    serve_project(opening, hostname, port, rules, ready=None if no_open else _open)


def _open(address: str) -> None:
    """Start the person's browser (BROWSER decides); say so where there is none."""
    address = address.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")
    if not webbrowser.open(address):
        typer.echo(said(f"No browser could be started: open {address} yourself."), err=True)
