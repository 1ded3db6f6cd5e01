"""What a run may use: steps, money, time. Counted across steps, never reset by the model."""

import time
from dataclasses import dataclass, field

from opencode.core.message import Message
from opencode.core.session import Session

_CONTINUATIONS = 3


@dataclass
class Budget:
    """Caps of one run; 0 means none."""

    hint = "Say how to go on, or raise it: [limits] in opencode.toml, 0 for none."

    max_steps: int = 200
    max_cost: float = 0.0
    """US dollars, sub-agents included."""
    max_seconds: float = 0.0
    steps: int = 0
    _cost_before: float | None = None
    _continued: int = 0
    _started: float = field(default_factory=time.monotonic)

    def count(self, message: Message) -> None:
        """One more step was taken."""
        self.steps += 1
        if message.finish != "length":
            self._continued = 0

    def may_continue(self) -> bool:
        """Whether an answer that hit the output limit is worth another step."""
        self._continued += 1
        return self._continued <= _CONTINUATIONS

    def left(self, session: Session) -> float:
        """US dollars a sub-agent may still use, as a cap: 0 when there is none."""
        if not self.max_cost:
            return 0.0
        used = (session.usage.cost or 0.0) - (self._cost_before or 0.0)
        return max(self.max_cost - used, 1e-9)

    def spent(self, session: Session) -> str:
        """Which cap is reached, as a sentence; "" when none is."""
        cost = session.usage.cost or 0.0
        if self._cost_before is None:
            self._cost_before = cost
        if self.max_steps and self.steps >= self.max_steps:
            return f"The step limit of {self.max_steps} is reached."
        if self.max_cost and cost - self._cost_before >= self.max_cost:
            return f"The limit of ${self.max_cost:.2f} is reached."
        if self.max_seconds and time.monotonic() - self._started >= self.max_seconds:
            return f"The limit of {self.max_seconds:.10g} seconds is reached."
        return ""
