"""Sub-agents that work in the background: begun, looked at, stopped, and heard of when done."""

from typing import Protocol

from msgspec import Struct


class Delegate(Struct, frozen=True):
    """One of them as lists show it."""

    session: str
    """Its own."""
    agent: str
    title: str
    started: float
    reason: str = ""
    """How it ended, as in `run.end`; "" while it works."""
    steps: int = 0
    said: str = ""
    """Its last words so far."""


class Delegates(Protocol):
    """The background sub-agents of one session. Their reports join its conversation as notes."""

    async def begin(self, agent: str, prompt: str, session: str) -> Delegate:
        """Start one, in a new session or the one with this id, and return. ToolError when there
        is no such agent or session, or when too many are at work."""
        ...

    def listed(self) -> list[Delegate]:
        """Those begun since the workspace was opened, the latest first."""
        ...

    async def stop(self, session: str) -> Delegate:
        """End one and return when it has; no note follows. ToolError when there is none."""
        ...
