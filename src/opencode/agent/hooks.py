"""Where programs of the user may join in; the loop only knows these points, not the programs."""

from typing import Protocol

from opencode.core.message import ToolPart
from opencode.core.session import Session
from opencode.core.tool import ToolResult


class Hooks(Protocol):
    """What a run tells the user's programs, and what they may change."""

    async def before_tool(self, session: Session, call: ToolPart) -> bool:
        """Whether `call.input` was changed. PermissionDenied when the call must not run."""
        ...

    async def after_tool(self, session: Session, call: ToolPart, result: ToolResult) -> ToolResult:
        """The result, perhaps with something added."""
        ...

    async def before_compaction(self, session: Session) -> None:
        """Old messages are about to be folded."""
        ...

    def run_started(self, session: Session) -> None:
        """A prompt is being answered; returns at once."""
        ...

    def run_ended(self, session: Session, reason: str) -> None:
        """It is over; returns at once."""
        ...

    async def close(self) -> None:
        """No session goes on; returns when every program has ended."""
        ...


class NoHooks:
    """Where the user has no programs."""

    async def before_tool(self, session: Session, call: ToolPart) -> bool:
        """Nothing is changed."""
        del session, call
        return False

    async def after_tool(self, session: Session, call: ToolPart, result: ToolResult) -> ToolResult:
        """As it is."""
        del session, call
        return result

    async def before_compaction(self, session: Session) -> None:
        """Nobody listens."""
        del session

    def run_started(self, session: Session) -> None:
        """Nobody listens."""
        del session

    def run_ended(self, session: Session, reason: str) -> None:
        """Nobody listens."""
        del session, reason

    async def close(self) -> None:
        """Nothing runs."""
