"""What the loop works with: the workspace packs it, so that the loop knows no room."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from opencode.agent.budget import Budget
from opencode.agent.gate import Gate
from opencode.agent.hooks import Hooks, NoHooks
from opencode.core.agent import Agent
from opencode.core.error import ProviderError
from opencode.core.event import Event
from opencode.core.message import Message, ToolPart, Wish
from opencode.core.place import Place
from opencode.core.provider import ModelRequest, Provider
from opencode.core.session import Session
from opencode.core.tool import AnyTool, ToolContext, ToolResult


class Save(Protocol):
    """Write down what changed; `sync` returns when it would survive a power cut."""

    def __call__(self, session: Session, *touched: Message, sync: bool = False) -> Awaitable[None]:
        """`touched` are the messages that are new or changed."""
        ...


class MakeRoom(Protocol):
    """Fold the conversation before it overflows the window."""

    def __call__(self, session: Session, agent: Agent, *, is_refused: bool) -> Awaitable[bool]:
        """Whether it is shorter now; `is_refused` when the provider said that it did overflow."""
        ...


class Late(Protocol):
    """What servers found out about changed files since they were asked; each is told once."""

    def __call__(self, *, errors_only: bool) -> Awaitable[str]:
        """ "" when there is nothing to tell."""
        ...


async def _at_once(session: Session) -> None:
    del session


async def _never(session: Session, error: ProviderError) -> bool:
    del session, error
    return False


async def _nothing(*, errors_only: bool) -> str:
    del errors_only
    return ""


@dataclass(frozen=True)
class Kit:
    """The collaborators of one run."""

    provider: Provider
    tools: Mapping[str, AnyTool]
    agent: Callable[[Session], Agent]
    """Looked up anew each step: a tool or a key may have switched it."""
    compose: Callable[[Session, Agent], Awaitable[ModelRequest]]
    gate: Gate
    place: Place
    emit: Callable[[Event], None]
    save: Save
    context: Callable[[Session, Agent, Message, ToolPart], ToolContext]
    budget: Budget
    make_room: MakeRoom
    look: Callable[[ToolResult], Awaitable[ToolResult]]
    """What language servers say of the files a call changed joins its result."""
    hooks: Hooks = field(default_factory=NoHooks)
    heard: Callable[[Session], Awaitable[None]] = _at_once
    """Before a run ends: returns when what it must still hear of waits in the queue."""
    fall_back: Callable[[Session, ProviderError], Awaitable[bool]] = _never
    """Whether another model goes on where this one failed."""
    late: Late = _nothing
    wish: Callable[[], Wish] = Wish
    """What a program asked for along with the newest prompt."""
