"""Who works for whom while sub-agents run: rules, titles and costs follow these lines."""

from dataclasses import dataclass

from opencode.agent.agents import under
from opencode.core.agent import Agent
from opencode.core.delta import Usage
from opencode.core.session import Session

DEPTH = 3
"""How far below the first session a sub-agent may be."""


@dataclass
class _Kin:
    """A running sub-agent's tie to who asked for it."""

    session: Session
    parent: Session
    agent: Agent
    """Who asked, as it worked then."""
    counted: Usage
    """What of the child's usage the parent's holds already."""


class Family:
    """Ties exist while the sub-agent runs; a person who opens its session later is its root."""

    def __init__(self) -> None:
        self._kin: dict[str, _Kin] = {}

    def join(self, child: Session, parent: Session, agent: Agent) -> None:
        """From now on the child works for `agent` of the parent."""
        self._kin[child.id] = _Kin(child, parent, agent, child.usage)

    def leave(self, child: Session) -> None:
        """It is done; what it cost is its parent's cost."""
        self.roll_up(child)
        self._kin.pop(child.id, None)

    def line(self, session: Session) -> list[Session]:
        """From the root down to the session itself."""
        kin = self._kin.get(session.id)
        return [*self.line(kin.parent), session] if kin else [session]

    def depth(self, session: Session) -> int:
        """0 for a session no agent asked for."""
        return len(self.line(session)) - 1

    def root(self, session: Session) -> str:
        """The id of the session a person talks to: grants for a session are kept under it."""
        return self.line(session)[0].id

    def path(self, session: Session) -> list[str]:
        """Titles from the root down; empty for a root."""
        line = self.line(session)
        return [one.title or one.id for one in line] if len(line) > 1 else []

    def below(self, session_id: str) -> list[Session]:
        """The running sub-agents a session asked for."""
        return [kin.session for kin in self._kin.values() if kin.parent.id == session_id]

    def above(self, session: Session) -> list[Agent]:
        """The agents it works for, the nearest first."""
        kin = self._kin.get(session.id)
        return [kin.agent, *self.above(kin.parent)] if kin else []

    def held_back(self, session: Session, agent: Agent) -> Agent:
        """The agent as it may work here: never freer than who asked for it."""
        kin = self._kin.get(session.id)
        return under(kin.agent, agent) if kin else agent

    def roll_up(self, session: Session) -> None:
        """Add what a sub-agent used since the last time to all sessions above it."""
        if kin := self._kin.get(session.id):
            kin.parent.usage += session.usage.minus(kin.counted)
            kin.counted = session.usage
            self.roll_up(kin.parent)
