"""What faces list of a workspace: agents, commands, models, MCP servers, the wall."""

import asyncio
from pathlib import Path

from opencode.core.agent import Agent
from opencode.core.code import Symbol
from opencode.core.command import Command
from opencode.core.provider import ModelInfo
from opencode.core.shell import Isolation
from opencode.core.skill import Skill
from opencode.tools.skill import SkillTool
from opencode.workspace.rooms import Rooms


class Listing:
    """The part of Door that only looks; the workspace hands it out as its own."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self.mcp_servers = rooms.joining.listed
        """See Door."""
        self.turn_mcp_server = rooms.joining.turn
        """See Door."""
        self.add_mcp_server = rooms.joining.add

    async def agents(self) -> list[Agent]:
        """See Door."""
        return [agent for agent in self._rooms.agents.values() if not agent.hidden]

    async def commands(self) -> list[Command]:
        """See Door."""
        return [*self._rooms.commands.values(), *self._rooms.joining.commands()]

    def skills(self) -> list[Skill]:
        """What agents can load, by name."""
        tool = self._rooms.tools.get("skill")
        return [*tool.skills.values()] if isinstance(tool, SkillTool) else []

    async def symbols(self, path: Path) -> list[Symbol]:
        """What that file defines, as its language server says; nothing without one."""
        code = self._rooms.code
        return await code.symbols(path) if code else []

    async def models(self) -> list[ModelInfo]:
        """See Door."""
        return await self._rooms.provider.models()

    async def isolation(self) -> Isolation:
        """See Door. The wall is found by building one."""
        return await asyncio.to_thread(lambda: self._rooms.shell.isolation)
