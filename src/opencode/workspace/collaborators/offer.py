"""Which tools a model is shown: only those that could do something in this session."""

from collections.abc import Mapping

from opencode.agent.agents import denied_wholly
from opencode.agent.gate import Gate
from opencode.core.agent import Agent
from opencode.core.layers import tool_request
from opencode.core.session import Session
from opencode.core.tool import AnyTool
from opencode.workspace.subagents.family import DEPTH, Family


class Offer:
    """Asks the rules once a run for each agent and tool: they are paid at every step otherwise."""

    def __init__(self, session: Session, gate: Gate, family: Family) -> None:
        self._session, self._gate = session, gate
        self._depth = family.depth(session)
        self._idle: dict[tuple[str, str], bool] = {}

    def tools(self, agent: Agent, tools: Mapping[str, AnyTool]) -> dict[str, AnyTool]:
        """Those of `tools` that no rule denies wholly and that make sense at this depth."""
        return {name: tool for name, tool in tools.items() if not self._is_idle(agent, name)}

    def _is_idle(self, agent: Agent, name: str) -> bool:
        key = (agent.name, name)
        if key not in self._idle:
            below = name == "plan" and self._depth > 0
            deepest = name == "task" and self._depth >= DEPTH
            self._idle[key] = below or deepest or self._is_denied(agent, name)
        return self._idle[key]

    def _is_denied(self, agent: Agent, name: str) -> bool:
        action = tool_request(name, [])[0].action
        return denied_wholly(action, self._gate.layers(self._session, agent))
