"""The typer app: global options, one module a command, each imported when it is called."""

import ast
import gc
import io
import sys
from collections.abc import Iterator, Sequence
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

_NOT_FOR_THE_APP = ("--help", "-h", "--version", "-v")
_HOSTS = ("serve", "server-openai", "web")
"""Here `-h HOST` names an address; `-h` alone is help, as everywhere."""
_FOLDER = Path(__file__).parent
_EPILOG = "opencode COMMAND --help explains a command with examples."


def command_names() -> list[str]:
    """What can be called: the folder listing is the registry."""
    stems = {path.stem for path in _FOLDER.glob("*.py")} - {"main"}
    return sorted(stem.rstrip("_").replace("_", "-") for stem in stems if not stem.startswith("_"))


def _module(name: str) -> str:
    stem = name.replace("-", "_")
    return stem if (_FOLDER / f"{stem}.py").exists() else f"{stem}_"


def summary(name: str) -> str:
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
    command.help = command.help or summary(name)
    for below in getattr(command, "commands", {}).values():
        below.short_help = " ".join((below.help or "").partition("\n\n")[0].split())
    _dress(command)
    _settle()
    return command


def _settle() -> None:
    """The collector begins, and never looks at what was loaded: all of that stays."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def _dress(command: Any) -> None:
    """Light values, and help in the language of the person."""
    from opencode.cli.shared.values import lighten
    from opencode.cli.show.tongue import language

    lighten(command)
    if language() != "en":
        from opencode.cli.show.help import speak

        speak(command)


class _Option(NamedTuple):
    """An option of a command that was not imported."""

    names: list[str]
    help: str
    is_switch: bool


def _options_of(name: str) -> Iterator[_Option]:
    """The options of a command, read without importing it."""
    tree = ast.parse((_FOLDER / f"{_module(name)}.py").read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            for argument in node.args.args:
                yield from _option(argument)


def _option(argument: ast.arg) -> Iterator[_Option]:
    calls = [n for n in ast.walk(argument) if isinstance(n, ast.Call)]
    for call in calls:
        made = ast.unparse(call.func) == "typer.Option"
        given = {k.arg: k.value.value for k in call.keywords if isinstance(k.value, ast.Constant)}
        if made and not given.get("hidden"):
            words = [a.value for a in call.args if isinstance(a, ast.Constant)]
            flags = [str(word) for word in words] or [f"--{argument.arg.replace('_', '-')}"]
            is_switch = "Annotated[bool," in ast.unparse(argument)
            yield _Option(sorted(flags, key=len), str(given.get("help") or ""), is_switch)


def _with_host(args: list[str]) -> list[str]:
    named = next((at for at, word in enumerate(args[:-1]) if word == "-h"), None)
    if named is None or args[named + 1].startswith("-"):
        return args
    return [*args[:named], "--hostname", *args[named + 1 :]]


class _Commands(TyperGroup):
    """Lists the commands without importing them; imports the one that is called."""

    _is_listing = False

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """Both ways to call us: the terminal app, and a command."""
        formatter.write_usage(ctx.command_path, "[OPTIONS] [DIRECTORY]")
        formatter.write_usage(ctx.command_path, "[OPTIONS] COMMAND [ARGS]...", prefix="   or: ")

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Our own, those of the terminal app, and the commands."""
        with formatter.section("Options of the terminal app"):
            formatter.write_dl([(", ".join(one.names), one.help) for one in _options_of("tui")])
        super().format_options(ctx, formatter)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that is named, or an error with the nearest name."""
        if args and args[0] not in command_names():
            from opencode.config.suggest import did_you_mean

            hint = did_you_mean(args[0], command_names())
            ctx.fail(f"There is no command and no folder {args[0]!r}{hint}.")
        name, command, rest = super().resolve_command(ctx, args)
        return name, command, _with_host(rest) if name in _HOSTS else rest

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
            return TyperCommand(cmd_name, short_help=summary(cmd_name))
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


class Level(StrEnum):
    """How much is written into the log."""

    debug = "DEBUG"
    info = "INFO"
    warning = "WARNING"
    warn = "WARN"
    error = "ERROR"


@app.callback()
def options(
    version: bool = typer.Option(False, "--version", "-v", help="Print the version and leave."),
    log_level: Level | None = typer.Option(
        None, case_sensitive=False, help="How much is written into the log."
    ),
    print_logs: bool = typer.Option(False, "--print-logs", help="Write the log to stderr, too."),
) -> None:
    """A coding agent: tell it what to do in your project, watch it work, take it back.

    Without a key it runs on `offline/rules`, a rule-based interpreter of plain instructions.

    \b
    opencode                             the terminal app, here
    opencode ~/code/project              the terminal app, there
    opencode run "Fix the failing test"  one task, without it
    """
    if version:
        _print_version()
        raise typer.Exit
    from opencode.config.paths import log_dir
    from opencode.host.log import set_up

    set_up(log_dir(), level=log_level.value if log_level else "", echo=print_logs)


def _print_version() -> None:
    import opencode

    print(f"opencode {opencode.__version__}")


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line; every failure is one readable message and an exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    from opencode.cli.shared.output import run_command

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a letter the console lacks is no reason to fail
    command: Any = typer.main.get_command(app)
    _dress(command)
    sys.exit(run_command(command, with_command(arguments)))


def with_command(arguments: list[str]) -> list[str]:
    """The words with the command first: no command is the terminal app, here or in the folder
    that is named; options may stand before the command they are for."""
    ours, rest = _taken(arguments)
    first = rest[0] if rest else ""
    if first in command_names() or (not ours and first in _NOT_FOR_THE_APP):
        return [*ours, *rest]
    if ours and first in _NOT_FOR_THE_APP:
        return [*ours, first]
    at = _named_command(rest)
    if at:
        end = rest.index("--") if "--" in rest else len(rest)
        return [*ours, *rest[at:end], *rest[:at], *rest[end:]]
    if not first or first.startswith("-") or Path(first).expanduser().is_dir():
        return [*ours, "tui", *rest]
    if first == "help":  # as many other programs have it
        return [*ours, *rest[1:], "--help"]
    return [*ours, *rest]


def _taken(words: list[str]) -> tuple[list[str], list[str]]:
    """Our own options, wherever they stand, and the rest; `mcp` may have them for a server."""
    ours: list[str] = []
    rest: list[str] = []
    at = 0
    while at < len(words):
        name, has_value, _ = words[at].partition("=")
        if name == "--" or rest == ["mcp"]:
            return ours, [*rest, *words[at:]]
        count = 2 if name == "--log-level" and not has_value else 1
        part = ours if name in ("--print-logs", "--log-level") else rest
        part.extend(words[at : at + count])
        at += count
    return ours, rest


def _named_command(words: list[str]) -> int:
    """Where a command stands after options of the terminal app, as in `--model x run`; else 0."""
    if not words or not words[0].startswith("-"):
        return 0
    switches = {name for one in _options_of("tui") if one.is_switch for name in one.names}
    at = 0
    while at < len(words) and words[at].startswith("-") and words[at] != "--":
        at += 1 if words[at] in switches or "=" in words[at] else 2
    return at if at < len(words) and words[at] in command_names() else 0
