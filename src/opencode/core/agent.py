"""Who answers: an agent is a name, words and rules; agents never differ in code."""

from typing import Any, Literal

from msgspec import Struct, field

from opencode.core.permission import Rule


class Agent(Struct, frozen=True):
    """One agent, built in or from config."""

    name: str
    description: str = ""
    mode: Literal["primary", "subagent", "all"] = "primary"
    prompt: str = ""
    """Its own words in the system prompt; empty takes the built-in ones."""
    model: str = ""
    """`provider/model`; empty takes the session's."""
    rules: list[Rule] = field(default_factory=list)
    tools: dict[str, bool] = field(default_factory=dict)
    """Tools switched off (false) for it; what is not named stays on."""
    read_only: bool = False
    """Nothing it runs may change anything: enforced at the gate and by a read-only sandbox."""
    max_steps: int = 0
    """Of one run; 0 leaves it to `[limits]`, which no agent can widen."""
    temperature: float | None = None
    effort: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    """Sent to the provider as they are."""
    color: str = ""
    hidden: bool = False
