"""The server beside the terminal app, as the command line and the settings want it."""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from opencode.core.door import Door
from opencode.tui.steering import Guests


@dataclass(frozen=True)
class Wanted:
    """What the command line said."""

    port: int
    password: str
    username: str
    on: bool

    @asynccontextmanager
    async def let_in(self, door: Door, guests: Guests) -> AsyncGenerator[None]:
        """See `opencode.tui.app.LetIn`. `[server] with_tui = false` lets nobody in, either, unless
        the command line names a port."""
        from opencode.server.access.auth import Rules
        from opencode.server.beside import Beside, served
        from opencode.workspace.workspace import Workspace

        os.environ.pop("OPENCODE_SERVER_PASSWORD", None)  # commands of agents do not inherit it
        if not (self.on and isinstance(door, Workspace)):
            yield
            return
        settings = door.rooms.settings.server
        if not (settings.with_tui or self.port):
            yield
            return
        rules = Rules(self.password, self.username, origins=tuple(settings.cors))
        port = self.port or settings.port
        wanted = Beside(port, rules, guests.steer, guests.shown, guests.failed)
        async with served(door, wanted):
            yield
