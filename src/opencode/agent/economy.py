"""What a small or weak model is shown of the tools: few, so that it reads and chooses well."""

from collections.abc import Mapping

from opencode.core.agent import Agent
from opencode.core.tool import AnyTool

_FEW = ("bash", "edit", "grep", "read", "write")


def few_of(
    agent: Agent, tools: Mapping[str, AnyTool], switches: Mapping[str, bool]
) -> dict[str, AnyTool]:
    """The five that do everything, those switched on by name in `[tools]`, and for an agent that
    only plans the one by which it hands its plan over. The others still run when called."""
    more = {"plan"} if agent.read_only and agent.mode != "subagent" else set[str]()
    return {
        name: tool
        for name, tool in tools.items()
        if name in _FEW or name in more or switches.get(name)
    }
