"""What a workspace answers by itself: "List MCP tools" needs no model."""

from collections.abc import AsyncIterator
from dataclasses import replace

from opencode.agent.kit import Kit
from opencode.agent.sayings import saying
from opencode.core.delta import Delta, Finish, TextDelta
from opencode.core.message import Message
from opencode.core.provider import ModelInfo, ModelRequest, Provider
from opencode.mcp.servers import Servers

_LINE = 120


def answered_here(kit: Kit, prompt: Message, servers: Servers) -> Kit:
    """The kit as it is, or for a prompt that asks what servers offer, one that tells."""
    said = saying(prompt.text)
    if said is None or said.kind != "mcp_tools":
        return kit
    return replace(kit, provider=_Reciting(kit.provider, servers))


class _Reciting:
    """Stands before the provider and answers in its place."""

    def __init__(self, provider: Provider, servers: Servers) -> None:
        self._provider, self._servers = provider, servers

    async def stream(self, request: ModelRequest) -> AsyncIterator[Delta]:
        """See Provider."""
        del request
        yield TextDelta(_listing(self._servers))
        yield Finish("stop")

    async def models(self) -> list[ModelInfo]:
        """See Provider."""
        return await self._provider.models()

    async def info(self, model: str) -> ModelInfo:
        """See Provider."""
        return await self._provider.info(model)


def _listing(servers: Servers) -> str:
    if not servers.lives:
        return "There are no MCP servers. Add one: `opencode mcp add NAME COMMAND`."
    tools = servers.tools().values()
    blocks: list[str] = []
    for name, life in servers.lives.items():
        head = f"{name}: {life.state}" + (f" ({life.detail})" if life.detail else "")
        own = [tool for tool in tools if tool.server == name]
        lines = [f"- `{tool.name}` {_first(tool.description)}" for tool in own]
        blocks.append("\n".join([head, *lines]))
    return "\n\n".join(blocks)


def _first(text: str) -> str:
    line = text.strip().partition("\n")[0]
    return line if len(line) <= _LINE else f"{line[:_LINE]}…"
