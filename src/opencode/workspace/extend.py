"""What users and projects add to a workspace, and which tools that makes usable."""

from collections.abc import Mapping

from opencode.agent.agents import subagents
from opencode.core.agent import Agent
from opencode.core.tool import AnyTool
from opencode.tools.task import Task


def usable(
    tools: Mapping[str, AnyTool], agents: Mapping[str, Agent], *, is_anyone_here: bool
) -> dict[str, AnyTool]:
    """The tools that can do something here, those that list what there is with their lists."""
    found = dict(tools)
    if not is_anyone_here:
        found.pop("question", None)
    if "task" in found:
        below = subagents(agents)
        lines = (f"{agent.name} ({agent.description})" for agent in below)
        found["task"] = Task(f"Agents: {', '.join(lines)}".replace(".)", ")"))
        if not below:
            del found["task"]
    return found
