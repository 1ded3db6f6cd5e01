"""What travels, spelled as the protocol spells it (projectID, tool_call, created_at)."""

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

Times = dict[str, int]
"""Milliseconds since 1970 by what happened then: created, updated, start, end, completed."""


class ModelName(Struct):
    """A model in two words."""

    providerID: str
    modelID: str


class ChosenModel(Struct):
    """A model as sessions name it: `id`, not `modelID`."""

    id: str
    providerID: str


class Cache(Struct):
    """Prompt tokens that came from or went into a cache."""

    read: int = 0
    write: int = 0


class Tokens(Struct):
    """Tokens in classes that do not overlap; `output` is without the reasoning."""

    input: int
    output: int
    reasoning: int
    cache: Cache


class Revert(Struct):
    """From which message on the conversation was taken back."""

    messageID: str
    diff: str | UnsetType = UNSET
    """The changes that went back with it."""


class Share(Struct):
    """Where a conversation can be read."""

    url: str


class Session(Struct):
    """A conversation, without what was said; seed 004's names stand beside the protocol's."""

    id: str
    slug: str
    projectID: str
    directory: str
    title: str
    version: str
    time: Times
    cost: float
    tokens: Tokens
    created_at: str
    last_active: str
    message_count: int
    costUnknown: bool | UnsetType = UNSET
    """True when `cost`, which the protocol wants as a number, leaves out what has no price."""
    status: str = "active"
    agent: str | UnsetType = UNSET
    model: ChosenModel | UnsetType = UNSET
    parentID: str | UnsetType = UNSET
    revert: Revert | UnsetType = UNSET
    share: Share | UnsetType = UNSET
    permission: list[dict[str, str]] | UnsetType = UNSET
    metadata: dict[str, Any] | UnsetType = UNSET


class PlainMessage(Struct):
    """A message as seed 004 reads it."""

    id: str
    role: str
    content: str
    created_at: str


class SessionWithMessages(Session, kw_only=True):
    """One conversation with the last of what was said."""

    messages: list[PlainMessage]


class Fault(Struct):
    """An error of a model or of a run."""

    name: str
    data: dict[str, Any]


class UserMessage(Struct, tag_field="role", tag="user"):
    """What a person said."""

    id: str
    sessionID: str
    time: Times
    agent: str
    model: ModelName
    system: str | UnsetType = UNSET
    tools: dict[str, bool] | UnsetType = UNSET
    format: dict[str, Any] | UnsetType = UNSET


class AssistantMessage(Struct, tag_field="role", tag="assistant"):
    """The answer of one step."""

    id: str
    sessionID: str
    parentID: str
    modelID: str
    providerID: str
    mode: str
    agent: str
    path: dict[str, str]
    cost: float
    tokens: Tokens
    time: Times
    system: list[str]
    summary: bool | UnsetType = UNSET
    costUnknown: bool | UnsetType = UNSET
    finish: str | UnsetType = UNSET
    error: Fault | UnsetType = UNSET
    structured: dict[str, Any] | UnsetType = UNSET


class _Piece(Struct, tag_field="type", kw_only=True):
    """What every part begins with."""

    id: str
    sessionID: str
    messageID: str


class TextPart(_Piece, tag="text", kw_only=True):
    """Words."""

    text: str
    synthetic: bool | UnsetType = UNSET
    time: Times | UnsetType = UNSET


class ReasoningPart(_Piece, tag="reasoning", kw_only=True):
    """What the model thought aloud."""

    text: str
    time: Times


class FilePart(_Piece, tag="file", kw_only=True):
    """An attachment: a data or file URL."""

    mime: str
    url: str
    filename: str | UnsetType = UNSET


class ToolState(Struct):
    """How far a call has come, and with what."""

    status: Literal["pending", "running", "completed", "error"]
    input: dict[str, Any]
    raw: str | UnsetType = UNSET
    title: str | UnsetType = UNSET
    output: str | UnsetType = UNSET
    error: str | UnsetType = UNSET
    metadata: dict[str, Any] | UnsetType = UNSET
    time: Times | UnsetType = UNSET
    attachments: list[FilePart] | UnsetType = UNSET


class ToolPart(_Piece, tag="tool", kw_only=True):
    """A call and its outcome."""

    callID: str
    tool: str
    state: ToolState


class StepStartPart(_Piece, tag="step-start", kw_only=True):
    """The model begins."""


class StepFinishPart(_Piece, tag="step-finish", kw_only=True):
    """The model ended, at this price."""

    reason: str
    cost: float
    tokens: Tokens
    costUnknown: bool | UnsetType = UNSET


Part = TextPart | ReasoningPart | FilePart | ToolPart | StepStartPart | StepFinishPart
MessageInfo = UserMessage | AssistantMessage


class MessageWithParts(Struct):
    """One utterance, whole."""

    info: MessageInfo
    parts: list[Part]


class Todo(Struct):
    """One task of a session's list."""

    id: str
    content: str
    status: str
    priority: str = "medium"


class CallPlace(Struct):
    """Which call asks."""

    messageID: str
    callID: str


class PermissionRequest(Struct):
    """A call that waits for a person's word."""

    id: str
    sessionID: str
    permission: str
    patterns: list[str]
    metadata: dict[str, Any]
    always: list[str]
    tool: CallPlace | UnsetType = UNSET


class QuestionOption(Struct):
    """One of the answers offered."""

    label: str
    description: str


class Question(Struct):
    """What a model wants to know."""

    question: str
    header: str
    options: list[QuestionOption]
    multiple: bool = False


class QuestionRequest(Struct):
    """Questions that wait for a person."""

    id: str
    sessionID: str
    questions: list[Question]
    tool: CallPlace | UnsetType = UNSET


class FileDiff(Struct):
    """What a session changed in one file, as a patch."""

    file: str
    patch: str
    additions: int
    deletions: int
