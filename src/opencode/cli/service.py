"""Start a server with your session: a systemd user unit, or a LaunchAgent on macOS."""

import os
import secrets
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from opencode.cli.serve import rules_for
from opencode.cli.shared.output import print_json
from opencode.cli.show.tongue import said
from opencode.config import paths
from opencode.core.error import UsageError
from opencode.host.service import Service, install, standing, uninstall

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)

_KEY = "OPENAI_PROXY_API_KEY"
_SERVERS = ("server-openai", "serve")
_OWN = {"ignore_unknown_options": True, "help_option_names": ["--help"]}


def _names(server: str) -> tuple[str, str]:
    if server not in _SERVERS:
        raise UsageError(f"{server!r} is no server.", hint="There are: server-openai, serve.")
    return f"opencode-{server}", f"com.opencode.{server}"


def _has_key(words: list[str]) -> bool:
    given = {word.partition("=")[0] for word in words}
    return bool(given & {"--key", "--api-key", "--no-auth", "--preset"})


def _check(ctx: typer.Context, server: str, options: list[str]) -> None:
    """What the server would refuse at its start is refused before anything is installed."""
    if "-h" in options:
        return  # read by the program itself: a name, not help
    root: Any = ctx.find_root()
    command = root.command.get_command(root, server)
    with command.make_context(server, [*options], parent=root) as given:
        if server == "serve":
            told = given.params
            rules_for(told["hostname"] or "127.0.0.1", told["password"], told["username"])


@app.command("install", context_settings=_OWN)
def install_(
    ctx: typer.Context,
    words: Annotated[
        list[str] | None, typer.Argument(help="The command and its options.", metavar="COMMAND …")
    ] = None,
) -> None:
    """Install a server and start it, now and with every login.

    COMMAND is server-openai (the default) or serve, with its options. A key is made and printed
    when server-openai is given none. It is kept in the service's file, which only you may read,
    and so is OPENCODE_SERVER_PASSWORD when it is set.

    \b
    opencode service install
    opencode service install server-openai --preset copilot
    opencode service install serve --port 4096 --dir ~/project
    """
    server, *options = words or ["server-openai"]
    name, label = _names(server)
    _check(ctx, server, options)
    kept = ("PATH", _KEY, "OPENCODE_SERVER_PASSWORD")
    environment = {name: os.environ[name] for name in kept if os.environ.get(name)}
    is_new = server == "server-openai" and _KEY not in environment and not _has_key(options)
    if is_new:
        environment[_KEY] = secrets.token_urlsafe(24)
    service = Service(
        name,
        label,
        f"opencode {server}",
        [sys.executable, "-m", "opencode", server, *options],
        Path.home(),
        environment,
        paths.log_dir(),
    )
    typer.echo(said(f"Installed: {install(service)}"))
    if is_new:
        typer.echo(f"API key: {environment[_KEY]}")
    if sys.platform == "linux":
        typer.echo(said(f"Its log: journalctl --user -u {name}"))
        typer.echo(said("To have it run when you are logged out: loginctl enable-linger"))
    else:
        log = paths.log_dir() / f"{name}.log"
        typer.echo(said(f"Its log: {log}"))


@app.command()
def status(
    server: Annotated[str, typer.Argument(help="server-openai or serve.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Say which servers are installed and whether they run; exit code 1 when one does not.

    \b
    opencode service status
    opencode service status serve
    """
    stands = {one: standing(*_names(one)) for one in ([server] if server else _SERVERS)}
    if as_json:
        print_json({one: {"file": at.file, "state": at.word} for one, at in stands.items()})
    for one, found in () if as_json else stands.items():
        state = f"{found.word} ({found.file})" if found.file else said("not installed")
        typer.echo(f"{one}: {state}")
    if any(found.word not in ("active", "running", "") for found in stands.values()):
        raise typer.Exit(1)


@app.command("uninstall")
def uninstall_(
    server: Annotated[str, typer.Argument(help="server-openai or serve.")] = "server-openai",
) -> None:
    """Stop a server and take its file away; your settings and keys stay.

    \b
    opencode service uninstall
    opencode service uninstall serve
    """
    gone = uninstall(*_names(server))
    typer.echo(said(f"Removed: {gone}" if gone else f"{server} is not installed."))
