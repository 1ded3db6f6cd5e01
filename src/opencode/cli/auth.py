"""Store, list and forget API keys."""

import os
import sys
from typing import Annotated

import typer

from opencode.cli.output import print_json, print_table
from opencode.config import keys, paths, secrets
from opencode.config.suggest import did_you_mean
from opencode.core.error import UsageError
from opencode.providers.catalog import ALIASES, ROWS

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Store, list and forget API keys.",
    epilog="A key in the environment (ANTHROPIC_API_KEY …) comes before a stored one.",
)

Provider = Annotated[str, typer.Argument(metavar="PROVIDER", help="anthropic, openai, or yours.")]


@app.command("set")
def set_(provider: Provider) -> None:
    """Store a key, typed unseen or from stdin; never given as an argument.

    \b
    opencode auth set anthropic
    pass show openai | opencode auth set openai
    """
    _store(provider)


@app.command()
def login(provider: Provider) -> None:
    """The same as `auth set`."""
    _store(provider)


@app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """Show which providers have a key and where it is; keys are never shown."""
    found = [
        (row.id, name, "environment") for row in ROWS for name in row.keys if os.environ.get(name)
    ]
    found += [(name, str(paths.auth_file()), "stored") for name in sorted(secrets.read_auth())]
    if as_json:
        print_json([{"provider": one[0], "where": one[1], "kind": one[2]} for one in found])
    elif found:
        print_table(("PROVIDER", "KEY IN"), [one[:2] for one in found])
    else:
        print("No key is set or stored. Store one: opencode auth set PROVIDER")


@app.command()
def logout(provider: Provider) -> None:
    """Forget the stored key of a provider."""
    stored = secrets.read_auth()
    name = provider if provider in stored else ALIASES.get(provider, provider)
    if not keys.remove_key(name):
        raise UsageError(f"no key is stored for {provider}{did_you_mean(provider, stored)}")
    print(f"The key for {name} is forgotten.")


def _store(provider: str) -> None:
    name = ALIASES.get(provider, provider)
    known = [row.id for row in ROWS]
    if name not in known:
        hint = did_you_mean(provider, known)
        typer.echo(f"Note: {provider} is none of the built-in providers{hint}.", err=True)
    if sys.stdin.isatty():
        key = typer.prompt(f"Key for {name} (not shown)", hide_input=True, err=True)
    else:
        key = sys.stdin.read()
    keys.save_key(name, key)
    print(f"The key for {name} is stored in {paths.auth_file()}")
    row = next((row for row in ROWS if row.id == name), None)
    if taken := [variable for variable in row.keys if os.environ.get(variable)] if row else []:
        typer.echo(f"Note: {taken[0]} is set and comes first.", err=True)
