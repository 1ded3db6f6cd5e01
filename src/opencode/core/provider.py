"""What we ask of a model: a ModelRequest in, a stream of Delta out."""

from collections.abc import AsyncIterator
from typing import Any, Protocol

from msgspec import Struct, field

from opencode.core.delta import Delta
from opencode.core.message import Message


class ToolSpec(Struct, frozen=True):
    """A tool as the model sees it."""

    name: str
    description: str
    schema: dict[str, Any]


class ModelInfo(Struct, frozen=True):
    """What is known of a model; prices are US dollars per million tokens, None when unknown."""

    id: str
    """`provider/model`"""
    name: str = ""
    window: int = 0
    """Tokens the model can read and write in one call; 0 when unknown."""
    max_output: int = 0
    input_price: float | None = None
    output_price: float | None = None
    cache_read_price: float | None = None
    cache_write_price: float | None = None
    can_call_tools: bool = True
    can_see: bool = False
    can_read_pdf: bool = False
    can_reason: bool = False
    efforts: tuple[str, ...] = ()
    """What `effort` of a request may say: reasoning efforts and variants of the settings."""
    lean: bool = False
    """Small or weak: it gets a short prompt and few tools."""
    advice: str = ""
    """How its window can be made larger, as a sentence; "" when nobody knows."""
    missing: str = ""
    """What it lacks to be asked, a key mostly, and on the next line how to get it; lists of models
    do not say."""

    @property
    def provider(self) -> str:
        """The part before the first slash."""
        return self.id.partition("/")[0]


class ModelRequest(Struct, frozen=True):
    """One call to a model. Whoever sends it has already made the history acceptable."""

    model: str
    """`provider/model`"""
    system: str
    messages: list[Message]
    tools: list[ToolSpec] = field(default_factory=list)
    session: str = ""
    """For providers that route or cache by conversation."""
    max_tokens: int | None = None
    temperature: float | None = None
    effort: str = ""
    """Reasoning effort (none, minimal, low, medium, high, max), how many tokens it may think, or
    a variant; "" leaves it to the settings."""
    options: dict[str, Any] = field(default_factory=dict)
    """The agent's own, sent to the provider as they are."""


class Provider(Protocol):
    """Serves models: the worker, the keyless default and the scripted one look the same."""

    def stream(self, request: ModelRequest) -> AsyncIterator[Delta]:
        """Text and reasoning in pieces, each tool call once and whole, then exactly one Finish.

        Raises ProviderError, and only that. Closing the iterator closes the connection.
        """
        ...

    async def models(self) -> list[ModelInfo]:
        """Every model that can be asked right now."""
        ...

    async def info(self, model: str) -> ModelInfo:
        """What is known of one model; UsageError with the nearest names when there is none."""
        ...
