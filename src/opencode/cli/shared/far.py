"""Servers elsewhere as the command line names them: the address, and where the secret is found."""

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

import typer

from opencode.core.door import Door
from opencode.core.error import ConfigError

Password = Annotated[
    str,
    typer.Option(
        "--password",
        "-p",
        "--key",
        envvar="OPENCODE_SERVER_PASSWORD",
        show_default=False,
        help="Of that server; else OPENCODE_API_KEY, ~/.opencode/config.json, or the keyring.",
    ),
]
Username = Annotated[
    str,
    typer.Option(
        "--username",
        "-u",
        envvar="OPENCODE_SERVER_USERNAME",
        show_default=False,
        help="For the password.",
    ),
]


@asynccontextmanager
async def far_door(
    url: str, password: str, username: str, *, folder: str = "", for_one_task: bool = False
) -> AsyncGenerator[Door]:
    """The door of the server there; see `opencode.remote.opening`."""
    from opencode.remote.opening import open_far

    os.environ.pop("OPENCODE_SERVER_PASSWORD", None)  # nothing started from here inherits it
    secret = password or await asyncio.to_thread(_secret)
    user = username or "opencode"
    async with open_far(url, secret, user, folder=folder, for_one_task=for_one_task) as door:
        yield door


def _secret() -> str:
    from opencode.sdk.key import get_api_key

    try:
        return get_api_key() or ""
    except ValueError as error:
        raise ConfigError(str(error), hint="Mend the file, or give --password.") from None
