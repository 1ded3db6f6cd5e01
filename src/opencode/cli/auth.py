"""Store, list and forget API keys."""

import asyncio
import os
import sys
import webbrowser
from typing import Annotated

import typer

from opencode.cli.shared.options import Json
from opencode.cli.shared.output import print_json, print_table
from opencode.cli.show.tongue import said
from opencode.config import edit, keys, paths, secrets
from opencode.config.suggest import did_you_mean
from opencode.core.error import UsageError
from opencode.providers import copilot
from opencode.providers.catalog import ALIASES, built_in
from opencode.providers.keys import variables_of
from opencode.providers.row import Row
from opencode.providers.rows import ROWS

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Store, list and forget API keys.",
    epilog="A key in the environment (ANTHROPIC_API_KEY …) comes before a stored one.",
)

Provider = Annotated[str, typer.Argument(metavar="PROVIDER", help="anthropic, openai, or yours.")]
Key = Annotated[str, typer.Argument(metavar="KEY", help="Better typed unseen: leave it out.")]
_SHOWN = 4
_LONG = 12


@app.command("set")
def set_(provider: Provider, key: Key = "") -> None:
    """Store a key: typed unseen, from stdin, or given (it stays in your shell's history then).

    \b
    opencode auth set anthropic
    pass show openai | opencode auth set openai
    opencode auth set bedrock ACCESS_KEY_ID:SECRET_ACCESS_KEY
    """
    _store(provider, key)


@app.command()
def login(
    provider: Annotated[
        str, typer.Argument(metavar="PROVIDER", help="Asked for if left out.")
    ] = "",
    host: Annotated[
        str, typer.Option(metavar="HOST", help="github-copilot: your company's, acme.ghe.com.")
    ] = "",
    browser: Annotated[bool, typer.Option(help="Open the page to log in at.")] = True,
) -> None:
    """Log in where a provider has it (github-copilot); else the same as `auth set`.

    \b
    opencode auth login github-copilot
    opencode auth login anthropic
    """
    provider = provider or _asked()
    row = built_in(provider)
    if row is not None and row.login:
        asyncio.run(_log_in(row, host, browser=browser))
    else:
        _store(provider, "")


@app.command("list")
def list_(as_json: Json = False) -> None:
    """Show which providers have a key, where it is, and its first and last letters."""
    found = [
        (row.id, name, "environment", _masked(os.environ[name]))
        for row in ROWS
        for name in (*variables_of(row, os.environ), *row.instead)
        if os.environ.get(name)
    ]
    stored, entries = secrets.stored_keys(), secrets.read_auth()
    for name in sorted(entries):
        where = "keychain" if entries[name].get("keychain") else str(paths.auth_file())
        kind = "login" if entries[name].get("type") == "oauth" else "stored"
        found.append((name, where, kind, _masked(stored.get(name, ""))))
    if as_json:
        names = ("provider", "where", "kind", "key")
        print_json([dict(zip(names, one, strict=True)) for one in found])
    elif found:
        kinds = {
            "environment": said("environment"),
            "stored": said("stored"),
            "login": said("login"),
        }
        rows = [(name, where, kinds[kind], key) for name, where, kind, key in found]
        print_table(("PROVIDER", "KEY IN", "KIND", "KEY"), rows)
    else:
        print(said("No key is set or stored. Store one: opencode auth set PROVIDER"))


@app.command("remove", hidden=True)
@app.command()
def logout(provider: Provider) -> None:
    """Forget the stored key of a provider."""
    stored = secrets.read_auth()
    name = provider if provider in stored else ALIASES.get(provider, provider)
    if not keys.remove_key(name):
        raise UsageError(f"no key is stored for {provider}{did_you_mean(provider, stored)}")
    print(said(f"The key for {name} is forgotten."))


def _asked() -> str:
    """The provider somebody chooses from the list."""
    if not sys.stdin.isatty():
        raise UsageError("name a provider", hint="opencode auth login PROVIDER")
    rows = [row for row in ROWS if not row.local]
    for number, row in enumerate(rows, 1):
        typer.echo(f"{number:>3}  {row.id:<16} {row.name}", err=True)
    chosen = str(typer.prompt(said("Provider (its number or name)"), err=True)).strip()
    if chosen.isdigit() and 0 < int(chosen) <= len(rows):
        return rows[int(chosen) - 1].id
    return chosen


def _store(provider: str, key: str) -> None:
    row = built_in(provider)
    name = row.id if row else provider
    if row is None:
        hint = did_you_mean(provider, [row.id for row in ROWS])
        typer.echo(said(f"Note: {provider} is none of the built-in providers{hint}."), err=True)
    if not key and sys.stdin.isatty():
        if row and row.get:
            typer.echo(said(f"Keys are had at {row.get}"), err=True)
        key = typer.prompt(said(f"Key for {name} (not shown)"), hide_input=True, err=True)
    where = keys.save_key(name, key or sys.stdin.read())
    print(said(f"The key for {name} is stored in {where}"))
    _warn_of_variables(row)


def _warn_of_variables(row: Row | None) -> None:
    if taken := [v for v in variables_of(row, os.environ) if os.environ.get(v)] if row else []:
        typer.echo(said(f"Note: {taken[0]} is set and comes first."), err=True)


async def _log_in(row: Row, host: str, *, browser: bool) -> None:
    place = copilot.place_of(host)
    code = await copilot.begin_login(place)
    typer.echo(said(f"Open {code.verification_uri} and type {code.user_code}"), err=True)
    if browser and sys.stdin.isatty():
        await asyncio.to_thread(webbrowser.open, code.verification_uri)
    typer.echo(said("Waiting (Ctrl-C ends it) …"), err=True)
    token = await copilot.finish_login(place, code)
    where = keys.save_key(row.id, token, login=True)
    if host:
        path = edit.file_to_edit(paths.config_dir())
        edit.set_value(path, ("provider", row.id, "options", "enterpriseUrl"), host)
        print(said(f"{host} is {row.name}'s host in {path}"))
    print(said(f"Logged in to {row.name}; the token is stored in {where}"))
    _warn_of_variables(row)


def _masked(key: str) -> str:
    """Enough to tell keys apart, and useless to anybody else."""
    if len(key) < _LONG:
        return "…" if key else ""
    return f"{key[:_SHOWN]}…{key[-_SHOWN:]}"
