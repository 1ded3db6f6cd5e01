"""The server in the Mac's menu bar: `server-openai --preset copilot`, started and watched."""

import signal
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from opencode.cli.show.tongue import said
from opencode.core.error import UsageError
from opencode.host.service import Service, install, uninstall

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_LABEL, _NAME = "com.opencode.statusbar", "opencode-statusbar"
Host = Annotated[str, typer.Option("--host", help="Of the server, and where it is looked at.")]
Port = Annotated[int, typer.Option("--port", min=1, max=65535, help="Of the server.")]


def _logs() -> Path:
    return Path.home() / "Library" / "Logs" / "opencode"


@app.callback(invoke_without_command=True)
def statusbar(ctx: typer.Context, host: Host = "localhost", port: Port = 4141) -> None:
    """Keep `opencode server-openai --preset copilot` running, with a sign in the menu bar (macOS).

    🔄 starting · ⚡ online · 🔴 offline, started again · ⚠️ an error. Quit ends the server.
    Needs the extra `macos`: pip install "opencode-textual[macos]"

    \b
    opencode statusbar
    opencode statusbar --port 8080
    opencode statusbar install
    """
    if ctx.invoked_subcommand:
        return
    from opencode.bar.menu import show
    from opencode.bar.watch import Watch

    watch = Watch(host, port, _logs() / "opencode-statusbar-server.log")

    def end(number: int, frame: Any) -> None:
        del frame
        watch.end()
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, end)
    show(watch)


@app.command("install")
def install_(host: Host = "localhost", port: Port = 4141) -> None:
    """Have it in the menu bar with every login: a LaunchAgent, com.opencode.statusbar.

    \b
    opencode statusbar install
    opencode statusbar install --port 8080
    """
    _require_mac()
    service = Service(
        _NAME,
        _LABEL,
        "opencode in the menu bar",
        [sys.executable, "-m", "opencode", "statusbar", "--host", host, "--port", str(port)],
        Path.home(),
        logs=_logs(),
    )
    typer.echo(said(f"Installed: {install(service)}"))
    typer.echo(said(f"Its logs: {_logs()}"))


@app.command("uninstall")
def uninstall_() -> None:
    """Take it out of the menu bar, end its server and remove its logs.

    \b
    opencode statusbar uninstall
    """
    _require_mac()
    gone = uninstall(_NAME, _LABEL)
    for log in _logs().glob("opencode-statusbar*.log"):
        log.unlink()
    typer.echo(said(f"Removed: {gone}" if gone else "It is not installed."))


def _require_mac() -> None:
    if sys.platform != "darwin":
        raise UsageError(
            "The menu bar is macOS only.",
            hint="`opencode service install server-openai --preset copilot` keeps the server here.",
        )
