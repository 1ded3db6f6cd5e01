"""Resources a conversation holds: watched at their server, and told of when they have changed."""

import asyncio
import logging
import time
from collections.abc import Iterable

import anyio
import mcp_types as types
from mcp import Client, MCPError
from mcp.client.subscriptions import ListenNotSupportedError, ResourceUpdated

log = logging.getLogger(__name__)

_MOST = 100
"""Resources watched at one server."""


class Watched:
    """Which resources of one server were read, and when each changed since."""

    def __init__(self) -> None:
        self.changed: dict[str, float] = {}
        self._wanted: asyncio.Queue[str] = asyncio.Queue(_MOST)
        self._known: set[str] = set()

    def want(self, uri: str) -> None:
        """From now on changes of this one are noted, if the server can tell them."""
        if uri not in self._known and not self._wanted.full():
            self._known.add(uri)
            self._wanted.put_nowait(uri)

    def note(self, uri: str) -> None:
        """It changed; so did what it is a part of."""
        for known in self._known:
            if uri == known or uri.startswith(f"{known.rstrip('/')}/"):
                self.changed[known] = time.time()

    async def run(self, client: Client, expected: Iterable[type[Exception]]) -> None:
        """Subscribe to what is wanted until cancelled."""
        can = client.server_capabilities.resources
        async with anyio.create_task_group() as tasks:
            while True:
                uri = await self._wanted.get()
                try:
                    async with asyncio.timeout(10):
                        if can and can.subscribe:
                            about = types.SubscribeRequestParams(uri=uri)
                            wish = types.SubscribeRequest(params=about)
                            await client.session.send_request(wish, types.EmptyResult)
                        else:
                            tasks.start_soon(self._listen, client, uri)
                except (*expected, TimeoutError, RuntimeError) as error:
                    log.debug("changes of %s are not told: %s", uri, error)

    async def _listen(self, client: Client, uri: str) -> None:
        """Servers of the newer protocol."""
        try:
            async with client.listen(resource_subscriptions=[uri]) as events:
                async for event in events:
                    if isinstance(event, ResourceUpdated):
                        self.note(str(event.uri))
        except (MCPError, ListenNotSupportedError, RuntimeError, TimeoutError, OSError) as error:
            log.debug("changes of %s are not told: %s", uri, error)


def updated(message: object) -> str:
    """The resource a notification of the older protocol is about; "" for other messages."""
    if isinstance(message, types.ResourceUpdatedNotification):
        return str(message.params.uri)
    return ""
