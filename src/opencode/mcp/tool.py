"""A server's tool as one of ours: the same gate, the same results."""

import json
import re
from collections.abc import Awaitable, Callable, Collection
from typing import Any

import msgspec

from opencode.core.permission import Request
from opencode.core.place import Place
from opencode.core.provider import ToolSpec
from opencode.core.tool import Tool, ToolContext, ToolResult
from opencode.mcp.nouns import Offer

Arguments = dict[str, Any]
Call = Callable[[str, str, Arguments, ToolContext], Awaitable[ToolResult]]
"""(server, tool, arguments, context)"""

_LONGEST_NAME = 64
_LONGEST_WORDS = 4000
"""Characters of a description: it is paid for at every step."""


class McpTool(Tool[Arguments]):
    """Named `server_tool`. What the server says of it is data: it may not bring rules along."""

    input = dict
    effects = True

    def __init__(self, name: str, server: str, offer: Offer, call: Call) -> None:
        self.name = name
        self.server = server
        self.offer = offer
        self.description = _bounded(offer.description or f"{offer.name} of {server}")
        self._call = call
        self._spec = ToolSpec(name, self.description, offer.schema)

    def spec(self) -> ToolSpec:
        """As the server describes it; the same object each time, since every step asks."""
        return self._spec

    def parse(self, arguments: dict[str, Any]) -> Arguments:
        """The arguments; what the schema requires must be there, the server judges the rest."""
        for name in self.offer.schema.get("required", []):
            if name not in arguments:
                raise msgspec.ValidationError(f"missing required parameter `{name}`")
        return arguments

    def requests(self, args: Arguments, place: Place) -> list[Request]:
        """The call itself, with all its arguments for the person to read; and an edit, unless the
        server says that it only reads, so that agents who may not change anything do not."""
        del place
        wanted = [Request(self.name, json.dumps(args, ensure_ascii=False))]
        if not self.offer.reads_only:
            wanted.append(Request("edit", f"mcp:{self.server}", access="write"))
        return wanted

    def has_effects(self, args: Arguments, place: Place) -> bool:
        """Unless the server says that it only reads."""
        del args, place
        return not self.offer.reads_only

    async def run(self, args: Arguments, ctx: ToolContext) -> ToolResult:
        """See Tool."""
        return await self._call(self.server, self.offer.name, args, ctx)


def name_for(server: str, tool: str, taken: Collection[str]) -> str:
    """`server_tool` in the letters all providers take, the server named once; never a name that
    is taken."""
    whole = tool if tool.startswith(f"{server}_") else f"{server}_{tool}"
    plain = re.sub(r"[^A-Za-z0-9_-]+", "_", whole).strip("_")[:_LONGEST_NAME]
    if plain not in taken:
        return plain
    for candidate in (f"mcp_{plain}", *(f"mcp_{n}_{plain}" for n in range(2, 1000))):
        if (short := candidate[:_LONGEST_NAME]) not in taken:
            return short
    return plain


def _bounded(text: str) -> str:
    return text if len(text) <= _LONGEST_WORDS else f"{text[:_LONGEST_WORDS]} [cut]"
