"""What was said: a message is a role and its parts; `absorb` folds a stream into them."""

import time
from collections.abc import Iterator
from typing import Any, Literal

from msgspec import UNSET, Raw, Struct, UnsetType, field

from opencode.core.delta import (
    CallDelta,
    Delta,
    Drafting,
    Finish,
    ReasoningDelta,
    Retrying,
    TextDelta,
    Usage,
)
from opencode.core.display import Display
from opencode.core.ids import new_id

Role = Literal["user", "assistant"]
CallStatus = Literal["pending", "running", "completed", "error", "cancelled", "denied"]
FinishReason = Literal["stop", "tool_calls", "length", "refused", "cancelled", "error", ""]


class TextPart(Struct, tag="text"):
    """Words. `origin` says who put them there when it was not the author of the message
    ("rules", "mention", "nudge", "compaction"); faces may fold such text."""

    text: str
    origin: str = ""
    path: str | UnsetType = UNSET
    """The file whose words these are, when a prompt brought them along."""


class ReasoningPart(Struct, tag="reasoning"):
    """What the model thought aloud. `meta` is the provider's own (signatures), echoed verbatim."""

    text: str
    meta: dict[str, Any] = field(default_factory=dict)


class FilePart(Struct, tag="file"):
    """An attachment. `data` is base64; `path` is where it came from, if it came from a file."""

    name: str
    mime: str
    data: str = ""
    path: str = ""


class ToolPart(Struct, tag="tool"):
    """A call AND its outcome in one object, so an orphaned call cannot be written down."""

    id: str
    tool: str
    input: dict[str, Any] = field(default_factory=dict)
    raw: str = ""
    """The arguments as the model wrote them, kept only when they were no JSON object."""
    status: CallStatus = "pending"
    output: str = ""
    """For the model."""
    display: list[Display] = field(default_factory=list)
    """For the person."""
    files: list[FilePart] = field(default_factory=list)
    """Images and documents a tool read, for models that can see them."""
    pruned: bool = False
    """The output left the requests to make room; it stays here and on screen."""
    recovered: bool = False
    """The model wrote this call as text; it was understood as a call."""
    child: str = ""
    """The session of the sub-agent this call started."""
    started: float | None = None
    ended: float | None = None
    meta: dict[str, Any] = field(default_factory=dict)
    """The provider's own, echoed verbatim."""

    @property
    def is_open(self) -> bool:
        """Whether the call still waits for an outcome."""
        return self.status in ("pending", "running")

    def start(self) -> None:
        """Mark the call as running."""
        self.status, self.started = "running", time.time()

    def close(
        self,
        status: CallStatus,
        output: str,
        display: list[Display] | None = None,
        files: list[FilePart] | None = None,
    ) -> None:
        """Write the outcome down; the first outcome wins."""
        if not self.is_open:
            return
        self.status, self.output, self.ended = status, output, time.time()
        self.display, self.files = display or [], files or []


class OpaquePart(Struct, tag="opaque"):
    """A part written by a newer version; kept as it came, shown as unknown, never sent."""

    raw: Raw


Part = TextPart | ReasoningPart | FilePart | ToolPart | OpaquePart


class Wish(Struct, frozen=True):
    """What a program asked for along with a prompt; in force until the next one."""

    system: str = ""
    """Said behind the system prompt."""
    tools: dict[str, bool] = field(default_factory=dict)
    """Tools by name; false takes one away, `*` stands for all that are not named."""
    shape: dict[str, Any] = field(default_factory=dict)
    """The JSON schema of an object that the final answer is to be; {} for words."""
    tries: int = 2
    """How often the model is reminded of it."""


Mark = Literal["start", "finish"]
"""What programs are shown before and behind an answer: that it began, how it ended."""


class Fault(Struct, frozen=True):
    """What kind of error an answer ended with."""

    code: str
    """Of core/error.py: `provider.auth`."""
    status: int = 0
    """What the provider answered with over HTTP; 0 when it did not answer so."""
    tries: int = 0
    """How often the model was asked again before this."""


class Message(Struct):
    """One utterance. An assistant message is the answer of one step."""

    id: str
    role: Role
    parts: list[Part] = field(default_factory=list)
    agent: str = ""
    model: str = ""
    usage: Usage = field(default_factory=Usage)
    finish: FinishReason = ""
    """How an answer ended; of a prompt that only was added, "stop": it waits for no answer."""
    error: str = ""
    fault: Fault | UnsetType = UNSET
    """Of `error`."""
    created: float = field(default_factory=time.time)
    ended: float | None = None
    summary: bool = False
    """The fold of everything before it; requests start here after compaction."""
    wish: Wish | None = None
    """Only of prompts that programs sent."""
    unmarked: list[Mark] | UnsetType = UNSET
    """The marks a program took out of it."""

    @property
    def calls(self) -> list[ToolPart]:
        """The tool calls, in the order they were asked for."""
        return [part for part in self.parts if isinstance(part, ToolPart)]

    @property
    def text(self) -> str:
        """The author's own words, without what was put in by others."""
        return "".join(p.text for p in self.parts if isinstance(p, TextPart) and not p.origin)


def user_message(text: str, *parts: Part, agent: str = "", model: str = "") -> Message:
    """A prompt as a message."""
    words: list[Part] = [TextPart(text)] if text else []
    return Message(new_id("msg"), "user", [*words, *parts], agent=agent, model=model)


def absorb(message: Message, delta: Delta) -> None:
    """Fold one piece of a stream into the message."""
    last = message.parts[-1] if message.parts else None
    match delta:
        case TextDelta():
            if isinstance(last, TextPart):
                last.text += delta.text
            else:
                message.parts.append(TextPart(delta.text))
        case ReasoningDelta():
            if not isinstance(last, ReasoningPart):
                last = ReasoningPart("")
                message.parts.append(last)
            last.text += delta.text
            last.meta.update(delta.meta)
        case CallDelta():
            message.parts.append(
                ToolPart(
                    delta.id,
                    delta.tool,
                    dict(delta.input or {}),
                    raw="" if delta.input is not None else delta.raw,
                    recovered=delta.recovered,
                    meta=dict(delta.meta),
                )
            )
        case Finish():
            message.finish, message.usage, message.ended = delta.reason, delta.usage, time.time()
        case Retrying():
            message.parts.clear()
        case Drafting():
            pass


def open_calls(messages: list[Message]) -> Iterator[ToolPart]:
    """Every call that still waits for an outcome, oldest first."""
    return (call for message in messages for call in message.calls if call.is_open)
