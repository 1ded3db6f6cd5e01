"""Who answers: build, plan and those of config; they differ in words and rules, never in code."""

from collections.abc import Mapping

import msgspec

from opencode.core.agent import Agent
from opencode.core.error import UsageError
from opencode.core.tool import AnyTool

BUILT_IN = (
    Agent("build", "Reads, changes and runs things in the project. The default."),
    Agent(
        "plan",
        "Explores and plans without changing anything.",
        prompt=(
            "You are the plan agent: read-only. Explore, answer and plan; change nothing. Edits "
            "are refused and commands run in a read-only sandbox after a question. When the plan "
            "is ready, present it; the person switches to build to carry it out."
        ),
        tools={
            "write": False,
            "edit": False,
            "multiedit": False,
            "apply_patch": False,
            "rm": False,
        },
        read_only=True,
    ),
)


def agent_named(name: str, agents: Mapping[str, Agent]) -> Agent:
    """The agent; `default` is build. UsageError lists those there are."""
    wanted = "build" if name in ("", "default") else name
    if wanted in agents:
        return agents[wanted]
    known = ", ".join(a.name for a in agents.values() if not a.hidden)
    raise UsageError(f"There is no agent {name!r}.", hint=f"There are: {known}.")


def merge_agents(changes: list[Agent], off: set[str]) -> dict[str, Agent]:
    """The built-in agents with changes from config laid over; the default one first."""
    merged = {agent.name: agent for agent in BUILT_IN}
    for change in changes:
        old = merged.get(change.name)
        merged[change.name] = _over(old, change) if old else change
    return {name: agent for name, agent in merged.items() if name not in off}


def _over(old: Agent, new: Agent) -> Agent:
    """What `new` says wins; what it leaves at its default stays. Read-only is never lost."""
    plain = Agent(new.name)
    said = {
        field: getattr(new, field)
        for field in Agent.__struct_fields__
        if getattr(new, field) != getattr(plain, field)
    }
    said["rules"] = [*old.rules, *new.rules]
    said["tools"] = {**old.tools, **new.tools}
    said["read_only"] = old.read_only or new.read_only
    return msgspec.structs.replace(old, **said)


def offered(agent: Agent, tools: Mapping[str, AnyTool]) -> list[AnyTool]:
    """The tools the agent is shown, by name, so that the order never changes."""
    denied = {r.action for r in agent.rules if r.verdict == "deny" and r.target == "*"}
    return [
        tool
        for name, tool in sorted(tools.items())
        if agent.tools.get(name, True) and name not in denied
    ]
