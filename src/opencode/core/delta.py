"""What a model streams: pieces of text, thought and calls, then one Finish with its usage."""

from typing import Any, Literal

from msgspec import Struct, field


class Usage(Struct, frozen=True):
    """Tokens of one call or of many, in four classes that do not overlap, and their price."""

    input: int = 0
    """Prompt tokens that came neither from nor went into a cache."""
    output: int = 0
    """All generated tokens, reasoning included."""
    cache_read: int = 0
    cache_write: int = 0
    reasoning: int = 0
    """Of `output`, how many were reasoning; for information."""
    cost: float | None = 0.0
    """US dollars; None when the price of the model is unknown. Unknown is never shown as 0."""

    @property
    def prompt(self) -> int:
        """Everything the model read."""
        return self.input + self.cache_read + self.cache_write

    @property
    def total(self) -> int:
        """Everything the model read and wrote."""
        return self.prompt + self.output

    def __add__(self, other: "Usage") -> "Usage":
        unknown = self.cost is None or other.cost is None
        return Usage(
            self.input + other.input,
            self.output + other.output,
            self.cache_read + other.cache_read,
            self.cache_write + other.cache_write,
            self.reasoning + other.reasoning,
            None if unknown else (self.cost or 0.0) + (other.cost or 0.0),
        )

    def minus(self, before: "Usage") -> "Usage":
        """What came on top of `before`."""
        unknown = self.cost is None or before.cost is None
        return Usage(
            self.input - before.input,
            self.output - before.output,
            self.cache_read - before.cache_read,
            self.cache_write - before.cache_write,
            self.reasoning - before.reasoning,
            None if unknown else (self.cost or 0.0) - (before.cost or 0.0),
        )


class TextDelta(Struct, frozen=True, tag="text"):
    """A piece of the answer."""

    text: str


class ReasoningDelta(Struct, frozen=True, tag="reasoning"):
    """A piece of thought; `meta` is the provider's own (signatures)."""

    text: str
    meta: dict[str, Any] = field(default_factory=dict)


class Drafting(Struct, frozen=True, tag="drafting"):
    """A tool call is being written; progress for people, nothing to keep."""

    tool: str
    characters: int


class CallDelta(Struct, frozen=True, tag="call"):
    """One whole tool call. `input` is None when `raw` was no JSON object."""

    id: str
    tool: str
    input: dict[str, Any] | None = None
    raw: str = ""
    recovered: bool = False
    meta: dict[str, Any] = field(default_factory=dict)


class Retrying(Struct, frozen=True, tag="retrying"):
    """What was streamed so far is void; the same request goes out again after `after` seconds."""

    after: float
    reason: str
    attempt: int


class Finish(Struct, frozen=True, tag="finish"):
    """The one last piece of every stream."""

    reason: Literal["stop", "tool_calls", "length", "refused"]
    usage: Usage = field(default_factory=Usage)


Delta = TextDelta | ReasoningDelta | Drafting | CallDelta | Retrying | Finish
