"""Opens the door of whatever opencode runs at an address."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import cast

from opencode.core.door import Door
from opencode.core.error import UsageError
from opencode.remote.door import RemoteDoor
from opencode.remote.link import Link
from opencode.remote.original import OriginalDoor


@asynccontextmanager
async def open_far(
    url: str, secret: str = "", user: str = "opencode", *, for_one_task: bool = False
) -> AsyncGenerator[Door]:
    """Until the block ends; what runs there goes on. `for_one_task` also takes a server of the
    original, of which there is only what OriginalDoor has. UsageError when no opencode is there or
    it wants another secret, Unreachable when nobody answers."""
    link = Link(url, secret, user)
    async with link.opened():
        await link.greet()
        if await link.is_ours():
            yield RemoteDoor(link)
        elif for_one_task:
            yield cast("Door", OriginalDoor(link))
        else:
            raise UsageError(
                f"{url} is the original's server.", hint="`opencode run --attach` works with it."
            )
