"""Who answers: build, plan and those of config; they differ in words and rules, never in code."""

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from opencode.core.agent import Agent
from opencode.core.error import UsageError
from opencode.core.permission import Layer, Rule, is_like
from opencode.core.tool import AnyTool

_CHANGING = ("write", "edit", "multiedit", "apply_patch", "rm")

BUILT_IN = (
    Agent("build", "Reads, changes and runs things in the project. The default."),
    Agent(
        "plan",
        "Explores and plans without changing anything.",
        prompt=(
            "You are the plan agent: read-only. Explore, answer and plan; change nothing. Edits "
            "are refused and commands run in a read-only sandbox after a question. When the plan "
            "is ready, hand it over with the `plan` tool; once approved, build carries it out."
        ),
        tools=dict.fromkeys(_CHANGING, False),
        read_only=True,
    ),
    Agent(
        "general",
        "Any task of several steps.",
        mode="subagent",
        prompt=(
            "You are a sub-agent: another agent gave you this task and sees only your last "
            "message. Do all of it, then report what you did and found, with `path:line`."
        ),
    ),
    Agent(
        "explore",
        "Read-only search of the project.",
        mode="subagent",
        prompt=(
            "You are the explore sub-agent: another agent wants to know something of this project "
            "and sees only your last message. Search and read, change nothing, then report the "
            "findings with `path:line`, shortly and completely."
        ),
        tools=dict.fromkeys((*_CHANGING, "task"), False),
        read_only=True,
    ),
    Agent(
        "compaction",
        "Folds a long conversation into notes.",
        rules=[Rule("*", verdict="deny")],
        hidden=True,
    ),
    Agent("title", "Names a session.", rules=[Rule("*", verdict="deny")], hidden=True),
)


def agent_named(name: str, agents: Mapping[str, Agent]) -> Agent:
    """The agent; `default` is build. UsageError lists those there are."""
    wanted = "build" if name in ("", "default") else name
    if wanted in agents:
        return agents[wanted]
    known = ", ".join(a.name for a in agents.values() if not a.hidden)
    raise UsageError(f"There is no agent {name!r}.", hint=f"There are: {known}.")


def hidden_agent(
    name: Literal["compaction", "title"], agents: Mapping[str, Agent], model: str, offline: bool
) -> Agent:
    """One of those that work for us, beside a session of `model`: as it was built when it is
    switched off, and `offline` with no model of another provider."""
    agent = agents.get(name) or next(one for one in BUILT_IN if one.name == name)
    is_far = agent.model.partition("/")[0] != model.partition("/")[0]
    return msgspec.structs.replace(agent, model="") if offline and is_far else agent


def merge_agents(changes: list[Agent], off: set[str]) -> dict[str, Agent]:
    """The built-in agents with changes from config laid over; the default one first."""
    merged = {agent.name: agent for agent in BUILT_IN}
    for change in changes:
        old = merged.get(change.name)
        merged[change.name] = _over(old, change) if old else change
    return {name: agent for name, agent in merged.items() if name not in off}


def subagents(agents: Mapping[str, Agent]) -> list[Agent]:
    """Those that `task` may call, by name."""
    found = [a for a in agents.values() if a.mode != "primary" and not a.hidden]
    return sorted(found, key=lambda agent: agent.name)


def under(above: Agent, agent: Agent) -> Agent:
    """A sub-agent as it works for `above`: what that one must not, it must not either."""
    off = {name: False for name, is_on in above.tools.items() if not is_on}
    return msgspec.structs.replace(
        agent, tools={**agent.tools, **off}, read_only=agent.read_only or above.read_only
    )


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


def denied_wholly(action: str, layers: Iterable[Layer]) -> bool:
    """Whether some layer denies everything a tool could ask for, so that to offer it is idle."""
    for layer in layers:
        about = (rule for rule in reversed(layer.rules) if is_like(rule.action, action))
        last = next(about, None)
        if last and last.verdict == "deny" and last.target == "*":
            return True
    return False


def offered(agent: Agent, tools: Mapping[str, AnyTool]) -> list[AnyTool]:
    """The tools the agent is shown, by name, so that the order never changes."""
    denied = {r.action for r in agent.rules if r.verdict == "deny" and r.target == "*"}
    return [
        tool
        for name, tool in sorted(tools.items())
        if agent.tools.get(name, True) and name not in denied
    ]
