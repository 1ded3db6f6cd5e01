"""The typer app: global options, one module a command, each imported when it is called."""

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

_NOT_COMMANDS = {"__init__", "main", "output", "session_files"}
_GLOBAL = ("--log-level", "--print-logs", "--no-print-logs")
_FOLDER = Path(__file__).parent
_EPILOG = "opencode COMMAND --help explains a command with examples."


def command_names() -> list[str]:
    """What can be called: the folder listing is the registry."""
    stems = {path.stem for path in _FOLDER.glob("*.py")} - _NOT_COMMANDS
    return sorted(stem.rstrip("_").replace("_", "-") for stem in stems if not stem.startswith("_"))


def _module(name: str) -> str:
    stem = name.replace("-", "_")
    return stem if (_FOLDER / f"{stem}.py").exists() else f"{stem}_"


def _summary(name: str) -> str:
    """The module's first sentence, read without importing it."""
    with (_FOLDER / f"{_module(name)}.py").open(encoding="utf-8") as file:
        return file.readline().strip().strip('"')


def _load(name: str) -> Any:
    stem = _module(name)
    module = import_module(f"opencode.cli.{stem}")
    app: Any = getattr(module, "app", None)
    if app is None:
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        app.command(name)(getattr(module, stem.rstrip("_")))
    command = typer.main.get_command(app)
    command.name = name
    command.help = command.help or _summary(name)
    return command


class _Commands(TyperGroup):
    """Lists the commands without importing them; imports the one that is called."""

    _is_listing = False

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The list in --help."""
        self._is_listing = True
        super().format_commands(ctx, formatter)
        self._is_listing = False

    def list_commands(self, ctx: Any) -> list[str]:
        """The names, sorted."""
        return command_names()

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | TyperGroup | None:
        """A light stand-in for the list in --help, the real one to run."""
        if cmd_name not in command_names():
            return None
        if self._is_listing:
            return TyperCommand(cmd_name, help=_summary(cmd_name))
        return _load(cmd_name)


app = typer.Typer(
    cls=_Commands,
    name="opencode",
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    context_settings={"help_option_names": ["--help", "-h"]},
    epilog=_EPILOG,
)


@app.callback()
def options(
    version: bool = typer.Option(False, "--version", "-v", help="Print the version and leave."),
    log_level: str = typer.Option("", help="DEBUG, INFO, WARNING or ERROR."),
    print_logs: bool = typer.Option(False, help="Write the log to stderr, too."),
) -> None:
    """A coding agent: tell it what to do in your project, watch it work, take it back.

    Without a key it runs on `offline/rules`, a rule-based interpreter of plain instructions.
    """
    if version:
        _print_version()
        raise typer.Exit
    from opencode.config.paths import log_dir
    from opencode.host.log import set_up

    set_up(log_dir(), level=log_level, echo=print_logs)


def _print_version() -> None:
    import opencode

    print(f"opencode {opencode.__version__}")


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line; every failure is one readable message and an exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    from opencode.cli.output import run_command

    sys.exit(run_command(app, _with_command(arguments)))


def _with_command(arguments: list[str]) -> list[str]:
    """No command means the terminal app, here or in the folder that is named."""
    first = arguments[0] if arguments else ""
    if first in command_names() or first in ("--help", "-h", "--version", "-v"):
        return arguments
    if any(word in _GLOBAL for word in arguments[:1]):
        return arguments
    if not first or first.startswith("-") or Path(first).expanduser().is_dir():
        return ["tui", *arguments]
    return arguments
