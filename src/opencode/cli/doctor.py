"""Look at all that opencode needs: what works, what does not, what to do."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from opencode.cli.health.finding import Finding
from opencode.cli.shared.options import Directory, Json
from opencode.cli.shared.output import clean, print_json
from opencode.cli.show.tongue import said
from opencode.config import trust
from opencode.config.load import load_settings
from opencode.core.error import ConfigError, OpenCodeError
from opencode.i18n.width import padded

_MARKS = {"ok": "ok  ", "warn": "warn", "fail": "FAIL", "off": "-   "}
_NAMES = 18
"""Cells of the names of what was looked at."""


def doctor(
    directory: Directory = Path(),
    network: Annotated[
        bool, typer.Option("--network", help="Also try to reach providers and MCP servers.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Look at terminal, settings, folders, keys, model servers, sandbox, ripgrep, language
    servers, MCP servers and certificates. Nothing is contacted without --network.

    \b
    opencode doctor
    opencode doctor --network
    opencode doctor --json | jq '.[] | select(.state == "fail")'

    The exit code is 0 when nothing has failed, else 1.
    """
    found: list[Finding] = []
    for one in _findings(directory.resolve(), network=network):
        found.append(one)
        if not as_json:
            _print(one, found[-2].group if len(found) > 1 else "")
    failed = [one for one in found if one.state == "fail"]
    if as_json:
        print_json(found)
    else:
        warned = sum(one.state == "warn" for one in found)
        print(said(f"\n{len(failed)} failed, {warned} could be better, of {len(found)}."))
    if failed:
        raise typer.Exit(1)


def _findings(here: Path, *, network: bool) -> Iterator[Finding]:
    from opencode.cli.health import here as machine
    from opencode.cli.health import services
    from opencode.workspace.opening import reaching

    yield from machine.terminal()
    yield from machine.folders()
    yield from machine.programs(here)
    try:
        loaded = load_settings(here, trusted=trust.is_trusted, key_variables=_key_variables())
    except ConfigError as error:
        fix = error.hint or "opencode config edit"
        yield Finding("settings", "files", "fail", error.message, fix)
        return
    reaching.settle(loaded.settings)
    yield from machine.settings(loaded)
    yield from machine.sandbox(loaded, here)
    yield from services.certificates()
    try:
        yield from services.providers(loaded.settings)
        yield from services.local_servers(loaded.settings)
        if network:
            yield from services.network(loaded.settings)
    except OpenCodeError as error:
        yield Finding("models", "settings", "fail", error.message, error.hint)
    yield from services.language_servers(loaded.settings, here)
    yield from services.mcp_servers(loaded, here, network=network)


def _key_variables() -> dict[str, tuple[str, ...]]:
    from opencode.providers.catalog import ALIASES, ROWS

    keys = {row.id: tuple(row.keys) for row in ROWS}
    return keys | {alias: keys[name] for alias, name in ALIASES.items() if name in keys}


def _print(one: Finding, group_before: str) -> None:
    if one.group != group_before:
        print(f"\n{said(one.group)}" if group_before else said(one.group))
    name = padded(said(clean(one.name)), _NAMES)
    print(f"  {_MARKS[one.state]}  {name} {said(clean(one.detail))}".rstrip())
    if one.fix:
        print(f"        → {said(clean(one.fix))}")
