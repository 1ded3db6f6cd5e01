"""What faces list of a workspace: agents, commands, models, MCP servers, the wall."""

import asyncio

from opencode.core.agent import Agent
from opencode.core.command import Command
from opencode.core.provider import ModelInfo
from opencode.core.shell import Isolation
from opencode.workspace.kit import Rooms


class Listing:
    """The part of Door that only looks; the workspace hands it out as its own."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self.mcp_servers = rooms.joining.listed
        """See Door."""
        self.turn_mcp_server = rooms.joining.turn
        """See Door."""

    async def agents(self) -> list[Agent]:
        """See Door."""
        return [agent for agent in self._rooms.agents.values() if not agent.hidden]

    async def commands(self) -> list[Command]:
        """See Door."""
        return [*self._rooms.commands.values(), *self._rooms.joining.commands()]

    async def models(self) -> list[ModelInfo]:
        """See Door."""
        return await self._rooms.provider.models()

    async def isolation(self) -> Isolation:
        """See Door. The wall is found by building one."""
        return await asyncio.to_thread(lambda: self._rooms.shell.isolation)
