"""What agents can do, as models see it."""

from typing import Any

from msgspec import Struct

from opencode.server.route import Call, Route


class ToolInfo(Struct):
    """A tool and its arguments as a JSON schema."""

    id: str
    description: str
    parameters: dict[str, Any]


async def ids(call: Call) -> list[str]:
    """Their names."""
    return list(call.state.door.rooms.tools)


async def tools(call: Call) -> list[ToolInfo]:
    """Each with its schema; the same for every model."""
    specs = [tool.spec() for tool in call.state.door.rooms.tools.values()]
    return [ToolInfo(spec.name, spec.description, spec.schema) for spec in specs]


ROUTES = (
    Route("GET", "/experimental/tool/ids", ids, "Names of the tools.", answer=list[str]),
    Route(
        "GET",
        "/experimental/tool",
        tools,
        "Tools with their schemas.",
        answer=list[ToolInfo],
        query=("provider", "model"),
    ),
)
