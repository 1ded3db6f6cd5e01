"""List the models you can use: their windows, prices and abilities."""

import asyncio
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from opencode.cli.shared.output import print_json, print_table
from opencode.cli.show.tongue import said
from opencode.config import trust
from opencode.config.load import load_settings
from opencode.config.schema import Settings
from opencode.config.secrets import stored_keys
from opencode.config.suggest import did_you_mean
from opencode.core.error import OpenCodeError, UsageError
from opencode.core.provider import ModelInfo
from opencode.providers import keyless
from opencode.providers.catalog import ALIASES, ROWS
from opencode.providers.choose import BUILT_IN, can_ask, offered
from opencode.providers.keys import find_address, find_key, missing_key
from opencode.providers.models import Models


def models(
    provider: Annotated[str, typer.Argument(help="Only this provider's.")] = "",
    only: Annotated[str, typer.Option("--provider", "-p", help="The same.")] = "",
    find: Annotated[
        str, typer.Option("--filter", "-f", help="Only names that hold all these words.")
    ] = "",
    tools: Annotated[bool, typer.Option("--tools", help="Only what can call tools.")] = False,
    vision: Annotated[bool, typer.Option("--vision", help="Only what can see.")] = False,
    reasoning: Annotated[bool, typer.Option("--reasoning", help="Only what can reason.")] = False,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Also ask servers at addresses of their own.")
    ] = False,
    names: Annotated[bool, typer.Option("--names", help="One name a line, no table.")] = False,
    profile: Annotated[str, typer.Option(help="As with this [profiles.NAME].")] = "",
    as_json: Annotated[bool, typer.Option("--json", "--verbose", help="As JSON.")] = False,
) -> None:
    """List the models of every provider that has what it needs (a key, a server that answers).

    \b
    opencode models
    opencode models anthropic
    opencode models --filter "gpt mini" --vision
    opencode models --names | grep claude

    Prices are US dollars per million tokens; "?" is not known. Windows and prices are those of
    this version's table and of your settings; only servers on this machine are asked. --refresh
    also asks every [provider.NAME] with a base_url what it serves.
    """
    settings = load_settings(Path.cwd(), profile=profile, trusted=trust.is_trusted).settings
    found = asyncio.run(_models(settings, fresh=refresh))
    provider = provider or only
    wanted = ALIASES.get(provider, provider)
    known = dict.fromkeys([*(info.provider for info in found), *(row.id for row in ROWS)])
    known |= dict.fromkeys(settings.providers)
    if wanted and wanted not in known:
        hint = f"There are: {', '.join(known)}."
        if any(provider.casefold() in info.id for info in found):
            hint = f"To look among all models: opencode models --filter {provider}"
        message = f"There is no provider {provider!r}{did_you_mean(provider, known)}"
        raise UsageError(message, hint=hint)
    words = find.casefold().split()
    shown = [
        info
        for info in found
        if (not wanted or info.provider == wanted)
        and all(word in f"{info.id} {info.name}".casefold() for word in words)
        and (info.can_call_tools or not tools)
        and (info.can_see or not vision)
        and (info.can_reason or not reasoning)
    ]
    if as_json:
        print_json(shown)
    elif names:
        print("".join(f"{info.id}\n" for info in shown), end="")
    elif shown:
        print_table(("MODEL", "WINDOW", "OUTPUT", "IN $", "OUT $", "CAN"), map(_row, shown))
    _advise(settings, shown, wanted)


def _row(info: ModelInfo) -> tuple[str, ...]:
    able = (
        (said("tools"), info.can_call_tools),
        (said("images"), info.can_see),
        ("pdf", info.can_read_pdf),
        (said("reasoning"), info.can_reason),
    )
    return (
        info.id,
        _tokens(info.window),
        _tokens(info.max_output),
        _price(info.input_price),
        _price(info.output_price),
        " ".join(word for word, can in able if can),
    )


def _tokens(count: int) -> str:
    if not count:
        return "?"
    return f"{count / 1_000_000:.3g}M" if count >= 1_000_000 else f"{count / 1000:.0f}k"


def _price(price: float | None) -> str:
    return "?" if price is None else said("free") if price == 0 else f"{price:.2f}"


async def _models(settings: Settings, *, fresh: bool) -> list[ModelInfo]:
    stored = stored_keys()
    listed = await Models(settings, stored.get, os.environ).all()
    found = {info.id: info for info in [*listed, keyless.INFO]}
    if fresh:
        for row, section in offered(settings):
            address = find_address(row, section, os.environ)
            speaks = row.suffix == "/v1" and not row.local
            if address and speaks and can_ask(row, section, os.environ, stored.get):
                key = find_key(row, section, os.environ, stored.get) or ""
                for name in await _served(section.name or row.name, address, key):
                    found.setdefault(f"{row.id}/{name}", ModelInfo(f"{row.id}/{name}"))
    return list(found.values())


async def _served(name: str, address: str, key: str) -> list[str]:
    """What the server at that address says it serves; a note when it does not say."""
    from opencode.host.http import call_api

    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        told: Any = await call_api("GET", f"{address}/models", headers=headers, seconds=10.0)
        return [str(one["id"]) for one in told["data"]]
    except OpenCodeError as error:
        typer.echo(said(f"Note: {name}: {error.message}"), err=True)
    except (KeyError, TypeError):
        typer.echo(said(f"Note: {name}: {address}/models does not list models."), err=True)
    return []


def _advise(settings: Settings, shown: list[ModelInfo], wanted: str) -> None:
    """What is missing, for who looks for it."""
    if not shown and wanted:
        found = {row.id: (row, section) for row, section in offered(settings)}.get(wanted)
        if found and not can_ask(*found, os.environ, stored_keys().get):
            typer.echo(said(f"Note: {missing_key(*found).hint}"), err=True)
            return
    if not shown:
        typer.echo(said("No model fits. Without options all are listed: opencode models"), err=True)
    elif all(info.provider in BUILT_IN for info in shown) and not wanted:
        hint = said("opencode auth login PROVIDER stores a key; then its models are listed.")
        typer.echo(f"{said('Note: no provider has a key.')} {hint}", err=True)
