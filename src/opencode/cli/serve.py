"""Serve this project over HTTP to programs, editors and other terminals."""

import asyncio
import os
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated, Any

import typer

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
from opencode.config.load import load_settings
from opencode.config.trust import is_trusted
from opencode.core.error import UsageError
from opencode.server import announce
from opencode.workspace.open import Opening, open_workspace

_PORT = 4096


def serve(
    port: Annotated[
        int, typer.Option("--port", "-p", min=0, max=65535, help="0: 4096 or the next free one.")
    ] = 0,
    hostname: Annotated[
        str,
        typer.Option(
            "--hostname", "--host", help="Also -h HOST. Beyond loopback a password is needed."
        ),
    ] = "",
    cors: Annotated[
        list[str] | None, typer.Option(help="A web page's origin that may call it.")
    ] = None,
    allow_host: OtherNames = None,
    openai: Annotated[bool, typer.Option(help="Serve /v1, too.")] = False,
    mdns: Annotated[
        bool, typer.Option("--mdns", help="Announce it on the local network; needs a password.")
    ] = False,
    model: Model = "",
    agent: Annotated[str, typer.Option(help="Who answers new sessions.")] = "",
    directory: Directory = Path(),
    profile: Profile = "",
    trust: TrustThisTime = False,
    password: OwnPassword = "",
    username: OwnUsername = "opencode",
) -> None:
    """Serve this project over HTTP, for the SDKs, `attach`, and web pages you allow.

    `[server]` in opencode.toml holds defaults: port, hostname, cors.
    A password in OPENCODE_SERVER_PASSWORD is asked of every request (Basic or Bearer).

    \b
    opencode serve
    opencode serve --port 8080
    opencode serve -h 192.168.1.20
    OPENCODE_SERVER_PASSWORD=… opencode serve --hostname 0.0.0.0
    """
    here = directory.expanduser().resolve()
    asked = True if trust else is_trusted
    server = load_settings(here, profile=profile, trusted=asked).settings.server
    hostname = hostname or server.hostname or ("0.0.0.0" if mdns else "127.0.0.1")
    if mdns:
        allow_host = [*(allow_host or ()), announce.own_name()]
    rules = rules_for(hostname, password, username, cors or server.cors, allow_host)
    opening = Opening(
        here,
        profile=profile,
        model=model,
        trust=trust,
        overrides={"default_agent": agent} if agent else {},
        titles=True,
        what="opencode serve",
        say=answering(),
    )
    serve_project(opening, hostname, port or server.port, rules, openai=openai, mdns=mdns)


def rules_for(
    hostname: str,
    password: str,
    username: str,
    cors: list[str] | None = None,
    allow_host: list[str] | None = None,
) -> Any:
    """Who may call. UsageError for a name that other machines reach when there is no password."""
    from opencode.server.access.auth import Rules, checked_origins, is_loopback

    wide = not is_loopback(hostname)
    if wide and not password:
        raise UsageError(
            f"{hostname} is reached from other machines, and there is no password.",
            hint="Set OPENCODE_SERVER_PASSWORD, or leave out --hostname.",
        )
    try:
        origins = checked_origins(cors or ())
    except ValueError as error:
        raise UsageError(str(error)) from None
    hosts = tuple(allow_host or ())
    return Rules(secret=password, user=username, hosts=hosts, origins=origins, wide=wide)


def serve_project(
    opening: Opening,
    hostname: str,
    port: int,
    rules: Any,
    *,
    openai: bool = False,
    mdns: bool = False,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve until Ctrl-C; `ready` is told the address, in a thread."""
    from opencode.server.listen import bind

    _leave_no_password()
    if mdns:
        announce.require_library()
    listener = bind(hostname, port, usual=_PORT)
    asyncio.run(_serve(opening, listener, rules, openai, ready, mdns=mdns))


def _leave_no_password() -> None:
    """Commands that agents run do not inherit it."""
    os.environ.pop("OPENCODE_SERVER_PASSWORD", None)


async def _serve(
    opening: Opening,
    listener: Any,
    rules: Any,
    openai: bool,
    ready: Callable[[str], None] | None,
    *,
    mdns: bool,
) -> None:
    from opencode.server.app import create_app
    from opencode.server.listen import address, running, until_told
    from opencode.server.openai.completion import Completions

    async with open_workspace(opening) as door:
        for notice in door.notices:
            typer.echo(said(notice), err=True)
        base = address(listener)
        app = create_app(door, rules, Completions() if openai else None, base=base)
        async with running(app, listener):
            typer.echo(f"opencode server listening on {base}")
            if not rules.secret:
                typer.echo(said("No password: this machine's users only."), err=True)
            if ready:
                await asyncio.to_thread(ready, base)
            async with AsyncExitStack() as stack:
                if mdns:
                    host, port = listener.getsockname()[:2]
                    name = await stack.enter_async_context(announce.announced(host, port))
                    typer.echo(said(f"Announced as {name}"))
                await until_told()
