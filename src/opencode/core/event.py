"""What happens: a closed union, one frozen class an event, the tag is its name on the wire."""

from typing import Any, Literal

from msgspec import Struct, field

from opencode.core.ask import Ask, Reply
from opencode.core.delta import Delta, Usage
from opencode.core.message import Message, ToolPart
from opencode.core.session import SessionInfo, Todo

EndReason = Literal["done", "limit", "refused", "cancelled", "error"]


class RunStarted(Struct, frozen=True, tag="run.start"):
    """A prompt is being answered."""

    session: str
    prompt: str
    """Id of the user message."""
    agent: str
    model: str


class RunFinished(Struct, frozen=True, tag="run.end"):
    """The run is over. `refused`: a call was refused and the model stopped for it."""

    session: str
    reason: EndReason
    detail: str = ""
    """For limit: which; for error: what went wrong."""
    code: str = ""
    hint: str = ""
    usage: Usage = field(default_factory=Usage)
    steps: int = 0
    seconds: float = 0.0
    retry_after: float | None = None
    """Seconds the provider asked to be left alone, when that is what it ended with."""
    status: int = 0
    """What the provider answered with over HTTP, when that is what it ended with."""


class MessageAdded(Struct, frozen=True, tag="message.add"):
    """A whole message joined the conversation."""

    session: str
    message: Message


class MessageStarted(Struct, frozen=True, tag="message.start"):
    """The model begins to answer."""

    session: str
    message: str
    agent: str
    model: str
    created: float = 0.0
    """The message's own; 0 where it is not known."""


class MessageChunk(Struct, frozen=True, tag="message.chunk"):
    """A piece of the answer."""

    session: str
    message: str
    delta: Delta


class MessageReset(Struct, frozen=True, tag="message.reset"):
    """What was shown of this message is void: the stream broke and is tried again."""

    session: str
    message: str
    reason: str
    after: float
    """Seconds until the next try."""
    attempt: int


class MessageFinished(Struct, frozen=True, tag="message.end"):
    """The answer of one step is whole."""

    session: str
    message: Message


class ToolStarted(Struct, frozen=True, tag="tool.start"):
    """A call begins: it is judged, perhaps asked about, then run."""

    session: str
    message: str
    call: ToolPart


class ToolProgress(Struct, frozen=True, tag="tool.progress"):
    """Output so far, cut to its tail."""

    session: str
    call: str
    text: str


class ToolFinished(Struct, frozen=True, tag="tool.result"):
    """The call has its outcome."""

    session: str
    message: str
    call: ToolPart


class AskRaised(Struct, frozen=True, tag="ask.raised"):
    """Something waits for a person."""

    session: str
    ask: Ask


class AskAnswered(Struct, frozen=True, tag="ask.answered"):
    """It waits no more; also sent when the run was cancelled under it."""

    session: str
    id: str
    reply: Reply


class AgentSwitched(Struct, frozen=True, tag="agent.switched"):
    """Another agent or model answers from now on."""

    session: str
    agent: str
    model: str


class SessionUpdated(Struct, frozen=True, tag="session.updated"):
    """Title, counters or usage changed; also sent for a new session."""

    session: str
    info: SessionInfo


class SessionDeleted(Struct, frozen=True, tag="session.deleted"):
    """The session went to the trash."""

    session: str


class SessionReplaced(Struct, frozen=True, tag="session.replaced"):
    """The history changed other than by appending (undo, redo, compaction, by hand): read it
    anew."""

    session: str
    reason: Literal["undo", "redo", "compaction", "amended"]
    detail: str = ""


class TodosChanged(Struct, frozen=True, tag="todos.changed"):
    """The todo list is now this."""

    session: str
    todos: list[Todo]


class QueueChanged(Struct, frozen=True, tag="queue.changed"):
    """Prompts typed while busy: these still wait."""

    session: str
    queued: list[Message]


class FilesChanged(Struct, frozen=True, tag="files.changed"):
    """A tool changed these files (relative to the project)."""

    session: str
    paths: list[str]


class JobChanged(Struct, frozen=True, tag="job.changed"):
    """A background command started or ended; `code` is None while it runs."""

    session: str
    id: str
    command: str
    code: int | None


class ServerChanged(Struct, frozen=True, tag="server.changed"):
    """An MCP or language server is in another state."""

    session: str
    kind: Literal["mcp", "lsp"]
    name: str
    state: str
    detail: str = ""


class FileChecked(Struct, frozen=True, tag="file.checked"):
    """A language server told what is wrong in a file, perhaps nothing."""

    session: str
    path: str
    server: str


class Notice(Struct, frozen=True, tag="notice"):
    """Something a person should know; `data` for faces that format it themselves."""

    session: str
    level: Literal["info", "warning", "error"]
    code: str
    text: str
    data: dict[str, Any] = field(default_factory=dict)


Event = (
    RunStarted
    | RunFinished
    | MessageAdded
    | MessageStarted
    | MessageChunk
    | MessageReset
    | MessageFinished
    | ToolStarted
    | ToolProgress
    | ToolFinished
    | AskRaised
    | AskAnswered
    | AgentSwitched
    | SessionUpdated
    | SessionDeleted
    | SessionReplaced
    | TodosChanged
    | QueueChanged
    | FilesChanged
    | JobChanged
    | ServerChanged
    | FileChecked
    | Notice
)


class Numbered(Struct, frozen=True):
    """An event and its place in the workspace's order. Another epoch means another process:
    numbers start anew and a late reader takes a snapshot."""

    epoch: str
    n: int
    event: Event
