"""Offer the models over OpenAI's HTTP API, to any program that speaks it."""

import asyncio
import logging
import logging.handlers
import os
import secrets
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from opencode.cli.shared.output import fail
from opencode.cli.show.tongue import said
from opencode.config.schema import Settings
from opencode.config.secrets import stored_keys
from opencode.core.error import AuthError, UsageError
from opencode.providers.choose import offered
from opencode.providers.keys import find_access
from opencode.workspace.open import Opening, open_workspace

_KEY = "OPENAI_PROXY_API_KEY"
_COPILOT = "github-copilot/gpt-4.1"
_TRIES = 2
"""Of one request: callers of this API ask again themselves, and wait for a minute at most."""


class Preset(StrEnum):
    """Sets of defaults."""

    copilot = "copilot"


def server_openai(
    port: Annotated[
        int | None,
        typer.Option(envvar="OPENAI_PROXY_PORT", min=0, max=65535, help="Default 4040."),
    ] = None,
    host: Annotated[
        str, typer.Option("--host", "--hostname", envvar="OPENAI_PROXY_HOST", help="Address.")
    ] = "127.0.0.1",
    key: Annotated[
        str | None,
        typer.Option("--key", "--api-key", envvar=_KEY, show_default=False, help="Bearer key."),
    ] = None,
    no_auth: Annotated[bool, typer.Option("--no-auth", help="No key; loopback only.")] = False,
    timeout: Annotated[
        int, typer.Option(envvar="OPENAI_PROXY_TIMEOUT", min=1, help="Milliseconds.")
    ] = 60000,
    preset: Annotated[
        Preset | None,
        typer.Option(help=f"copilot: port 4141, no key, any name is {_COPILOT}."),
    ] = None,
    model: Annotated[str, typer.Option("--model", "-m", help="Behind opencode/default.")] = "",
    cors: Annotated[list[str] | None, typer.Option(help="A web page's origin.")] = None,
    allow_host: Annotated[list[str] | None, typer.Option(help="Another name of it.")] = None,
    log_file: Annotated[Path | None, typer.Option(help="Log requests here.")] = None,
) -> None:
    """Offer the models over OpenAI's HTTP API: /v1/chat/completions and /v1/models.

    Without a key one is made and printed. Callers' tools are passed on; ours are not offered.

    \b
    opencode server-openai
    opencode server-openai --port 5000 --key my-key
    opencode server-openai --preset copilot
    """
    from opencode.server.access.auth import Rules, checked_origins, is_loopback
    from opencode.server.listen import bind
    from opencode.server.openai.completion import Completions

    copilot = preset is Preset.copilot
    if key is None and not no_auth:
        key = os.environ.get(_KEY)  # typer takes one that is empty for none
    if key == "":
        raise UsageError("The key is empty.", hint=f"Set {_KEY} or --key, or say --no-auth.")
    open_to_all = no_auth or (copilot and key is None)
    if open_to_all and not is_loopback(host):
        raise UsageError(
            f"{host} is reached from other machines: a key is needed.", hint="Give --key."
        )
    if no_auth and key:
        raise UsageError("--no-auth and a key do not go together.")
    secret = "" if open_to_all else key or secrets.token_urlsafe(24)
    try:
        origins = checked_origins(cors or ())
    except ValueError as error:
        raise UsageError(str(error)) from None
    rules = Rules(
        secret=secret,
        bearer_only=True,
        hosts=tuple(allow_host or ()),
        origins=origins,
        open_paths=("/health", "/openapi.json"),
    )
    _log_to(log_file, copilot)
    usual = 4141 if copilot else 4040  # taken is an error: callers are told one address
    listener = bind(host, usual if port is None else port, usual=usual)
    os.environ.pop(_KEY, None)  # commands do not inherit it
    if secret and key is None:
        typer.echo(f"API key: {secret}")
    completions = Completions(
        model=model or (_COPILOT if copilot else ""),
        takes_any_name=copilot,
        seconds=timeout / 1000,
    )
    asyncio.run(_serve(listener, rules, completions))


def _log_to(file: Path | None, copilot: bool) -> None:
    """Model, duration and outcome of each request, in the file and on the terminal; never what was
    said, never a key."""
    from opencode.config.paths import log_dir

    path = file or (log_dir() / "opencode_completion_api.log" if copilot else None)
    if path is None:
        return
    path = path.expanduser()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        kept = logging.handlers.RotatingFileHandler(
            path, maxBytes=5_000_000, backupCount=2, encoding="utf-8"
        )
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from None
    for handler in (kept, logging.StreamHandler()):
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        logging.getLogger("opencode.completions").addHandler(handler)
    typer.echo(said(f"Log of requests: {path}"))


async def _serve(listener: Any, rules: Any, completions: Any) -> None:
    from opencode.server.app import OPENAI, create_app
    from opencode.server.listen import running, until_told

    opening = Opening(
        Path.cwd(),
        model=completions.model,
        overrides={"clocks": {"max_tries": _TRIES}},
        what="opencode server-openai",
    )
    async with open_workspace(opening) as door:
        if completions.model:
            await door.rooms.provider.info(completions.model)  # a name that means none ends here
        app = create_app(door, rules, completions, OPENAI)
        async with running(app, listener):
            host, port = listener.getsockname()[:2]
            shown = f"[{host}]" if ":" in host else host
            typer.echo(f"OpenAI-compatible server: http://{shown}:{port}/v1")
            warn(door.rooms.settings, door.model)
            await until_told()


def warn(settings: Settings, model: str) -> None:
    """Say now what every request would fail for: the model's provider lets nobody in."""
    provider = model.partition("/")[0]
    for row, section in offered(settings):
        if row.id == provider:
            try:
                find_access(row, section, os.environ, stored_keys().get)
            except AuthError as error:
                fail(error)
