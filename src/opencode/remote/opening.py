"""Opens the door of whatever opencode runs at an address."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from opencode.core.door import Door
from opencode.remote.door import RemoteDoor
from opencode.remote.link import Link
from opencode.remote.original.door import OriginalDoor


@asynccontextmanager
async def open_far(
    url: str,
    secret: str = "",
    user: str = "opencode",
    *,
    folder: str = "",
    for_one_task: bool = False,
) -> AsyncGenerator[Door]:
    """Until the block ends; what runs there goes on. A server of the original works in `folder`,
    where it runs on this machine; ours has one project. `for_one_task` gives up when the events of
    such a server break off. UsageError when no opencode is there or it wants another secret,
    Unreachable when nobody answers."""
    link = Link(url, secret, user)
    async with link.opened():
        await link.greet()
        if await link.is_ours():
            yield RemoteDoor(link)
            return
        door = OriginalDoor(link, folder if link.is_here else "", stays=not for_one_task)
        try:
            yield door
        finally:
            await door.close()
