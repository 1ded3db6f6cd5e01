"""Which files searches may show: those no rule forbids to read one by one."""

from collections.abc import Callable
from pathlib import Path

from opencode.agent.gate import Gate
from opencode.core.agent import Agent
from opencode.core.permission import Rule, is_like
from opencode.core.place import Place
from opencode.core.session import Session


def readable(gate: Gate, place: Place, session: Session, agent: Agent) -> Callable[[Path], bool]:
    """See `core.tool.ToolContext.may_read`. Most files are settled by a look at the patterns."""
    denying = [
        rule.target.casefold()
        for one in (agent, *gate.above(session))
        for layer in gate.layers(session, one)
        for rule in layer.rules
        if _denies_some(rule)
    ]

    def may(path: Path) -> bool:
        name = place.show(path).casefold()
        if not any(is_like(target, name) for target in denying):
            return True
        wanted = place.requests("read", str(path))[:1]
        return gate.judge(session, agent, wanted).verdict != "deny"

    return may


def _denies_some(rule: Rule) -> bool:
    return rule.verdict == "deny" and is_like(rule.action, "read")
