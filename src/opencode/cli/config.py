"""Look at and change settings."""

import os
from pathlib import Path
from typing import Annotated, Any, cast

import msgspec
import typer

from opencode.cli.shared.options import Json
from opencode.cli.shared.output import print_json, print_table
from opencode.cli.show.tongue import said
from opencode.config import edit as changes
from opencode.config import paths
from opencode.config.formats import written
from opencode.config.load import Loaded, load_settings
from opencode.config.schema import Settings
from opencode.config.spelling import spell
from opencode.config.suggest import did_you_mean
from opencode.config.trust import is_trusted
from opencode.core.error import UsageError
from opencode.core.schema import schema_of
from opencode.host.log import redact
from opencode.providers.catalog import key_variables

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=False,
    invoke_without_command=True,
    help="Look at and change settings.",
    epilog="Later ones win: user, OPENCODE_CONFIG, project, profile, environment, flags.",
)

Key = Annotated[str, typer.Argument(metavar="KEY", help="provider.anthropic.model and the like.")]
Project = Annotated[
    bool, typer.Option("--project", "-p", help="In this project's file, not in yours.")
]
Profile = Annotated[str, typer.Option(help="As with this [profiles.NAME].")]

_SECRET_ENDS = ("api_key", "token", "password", "secret", "authorization")


@app.callback()
def _default(ctx: typer.Context) -> None:
    if ctx.invoked_subcommand is None:
        show()


@app.command()
def show(
    origin: Annotated[bool, typer.Option("--origin", help="Say where each comes from.")] = False,
    everything: Annotated[bool, typer.Option("--all", "-a", help="Built-in values, too.")] = False,
    profile: Profile = "",
    as_json: Json = False,
) -> None:
    """Print what is set, keys blacked out.

    \b
    opencode config show --origin
    opencode config show --all --json
    """
    loaded = _load(profile)
    values = _flat(loaded.settings)
    if not everything:
        values = {name: value for name, value in values.items() if _origin(loaded, name)}
    if as_json:
        shown = {
            name: {"value": value, "origin": _origin(loaded, name) or "built in"}
            for name, value in values.items()
        }
        print_json(shown if origin else values)
        return
    rows = [[name, _text(value)] for name, value in values.items()]
    if origin:
        rows = [[*row, _told(_origin(loaded, row[0]))] for row in rows]
    if rows:
        print_table(("KEY", "VALUE", "FROM") if origin else ("KEY", "VALUE"), rows)
    else:
        print(said("Nothing is set; everything is built in. Set something: opencode config set"))
    for warning in loaded.warnings:
        typer.echo(said(f"Note: {warning}"), err=True)


@app.command()
def get(key: Key, profile: Profile = "", as_json: Json = False) -> None:
    """Print one setting, or a table of them.

    \b
    opencode config get provider.anthropic.model
    """
    values = _flat(_load(profile).settings)
    parts = changes.split_key(key)
    name = ".".join(parts)
    below = {k: v for k, v in values.items() if k.startswith(name + ".")}
    if name in values:
        value = values[name]
        print_json(value) if as_json else print(_text(value))
    elif below:
        print_json(below) if as_json else print_table(
            ("KEY", "VALUE"), [[k, _text(v)] for k, v in below.items()]
        )
    else:
        known = {k.rpartition(".")[0] for k in values} | set(values)
        raise UsageError(f"{name} is not set{did_you_mean(name, known)}")


@app.command("set")
def set_(
    key: Key,
    value: Annotated[str, typer.Argument(help="Text, number, true, false, or JSON.")],
    project: Project = False,
) -> None:
    """Write one setting; comments and the rest of the file stay.

    \b
    opencode config set model anthropic/claude-sonnet-4-5
    opencode config set permissions.bash_allow '["git status", "ls"]'
    opencode config set ui.theme dark --project
    """
    path = _file(project)
    parts = changes.split_key(key)
    changes.set_value(path, parts, changes.typed(parts, value))
    print(said(f"{key} is set in {path}"))


@app.command()
def unset(key: Key, project: Project = False) -> None:
    """Take one setting out of the file.

    \b
    opencode config unset ui.theme
    """
    path = _file(project)
    if not changes.unset(path, changes.split_key(key)):
        raise UsageError(f"{key} is not set in {path}")
    print(said(f"{key} is no longer set in {path}"))


@app.command()
def path(as_json: Json = False) -> None:
    """Print where things lie, and which settings files count here."""
    files = [str(source.path) for source in _load("").sources if source.path]
    places = {
        "config": paths.config_dir(),
        "data": paths.data_dir(),
        "log": paths.log_dir(),
        "cache": paths.cache_dir(),
        "keys": paths.auth_file(),
    }
    if as_json:
        print_json({name: str(place) for name, place in places.items()} | {"files": files})
        return
    print_table(("WHAT", "WHERE"), [[name, str(place)] for name, place in places.items()])
    print(
        said("\nSettings files, later ones win:" if files else "\nThere is no settings file yet.")
    )
    for file in files:
        print(f"  {file}")


@app.command()
def edit(project: Project = False) -> None:
    """Open the file in $VISUAL or $EDITOR, then check it."""
    import shlex
    import subprocess

    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not editor:
        raise UsageError(
            "no editor is chosen", hint=f"Set EDITOR, or open {_file(project)} yourself."
        )
    file = _file(project)
    file.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([*shlex.split(editor, posix=os.name != "nt"), str(file)], check=False)
    if file.exists():
        written.read(file)
        for warning in _load("").warnings:
            typer.echo(said(f"Note: {warning}"), err=True)


@app.command()
def schema(
    markdown: Annotated[
        bool, typer.Option("--markdown", help="As the tables of docs/configuration.md.")
    ] = False,
) -> None:
    """Print the JSON schema of the settings, for editors.

    \b
    opencode config schema > opencode.schema.json
    """
    from opencode.config import reference

    if markdown:
        print(reference.markdown(), end="")
    else:
        print_json(reference.documented(schema_of(Settings)))


@app.command()
def wizard() -> None:
    """Answer a few questions: provider, key, model, theme, language.

    \b
    opencode config wizard
    """
    from opencode.cli.shared.config_wizard import ask_all

    ask_all()


def _load(profile: str) -> Loaded:
    return load_settings(
        Path.cwd(), profile=profile, trusted=is_trusted, key_variables=key_variables()
    )


def _file(project: bool) -> Path:
    return changes.file_to_edit(paths.project_root(Path.cwd()) if project else paths.config_dir())


def _flat(settings: Settings) -> dict[str, Any]:
    """Dotted key, as people write it, → value; what looks like a key blacked out."""
    out: dict[str, Any] = {}

    def add(keys: tuple[str, ...], value: Any) -> None:
        if isinstance(value, dict) and value:
            for key, item in cast("dict[str, Any]", value).items():
                add((*keys, key), item)
        else:
            out[spell(keys)] = value

    for key, value in hidden(msgspec.to_builtins(settings)).items():
        add((key,), value)
    return out


def hidden(value: Any, name: str = "") -> Any:
    """The same values with all that looks like a key, or stands under such a name, blacked out."""
    if isinstance(value, dict):
        table = cast("dict[str, Any]", value)
        return {key: hidden(item, key) for key, item in table.items()}
    if isinstance(value, list):
        return [hidden(item, name) for item in cast("list[Any]", value)]
    if not isinstance(value, str) or not value:
        return value
    last = name.rpartition(".")[2].lower().replace("-", "_")
    return "[hidden]" if last.endswith(_SECRET_ENDS) else redact(value)


def _origin(loaded: Loaded, name: str) -> str:
    """Where a key comes from; parts of a table that was set whole share its origin."""
    while name:
        if found := loaded.origins.get(name):
            return found
        name = name.rpartition(".")[0]
    return ""


def _told(origin: str) -> str:
    """An origin in the language of the person; variables and files are called what they are."""
    name, _, place = origin.partition(" (")
    profile = name.removeprefix("profile ")
    words = {
        "": said("built in"),
        "user config": said("user config"),
        "project config": said("project config"),
        "environment": said("environment"),
        "flags": said("flags"),
        f"profile {profile}": said(f"profile {profile}"),
    }
    return words.get(name, name) + (f" ({place}" if place else "")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
