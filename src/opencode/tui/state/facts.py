"""What the status bar and the sidebar know of the session: numbers and names, no widget."""

import os
from dataclasses import dataclass, field
from time import monotonic

from opencode.core.delta import Drafting, ReasoningDelta, TextDelta, Usage
from opencode.core.event import (
    AgentSwitched,
    AskAnswered,
    AskRaised,
    Event,
    FilesChanged,
    JobChanged,
    MessageChunk,
    MessageFinished,
    MessageReset,
    MessageStarted,
    QueueChanged,
    RunFinished,
    RunStarted,
    ServerChanged,
    SessionUpdated,
    TodosChanged,
    ToolFinished,
    ToolStarted,
)
from opencode.core.message import FilePart, Message, ToolPart, open_calls
from opencode.core.review import Changed
from opencode.core.session import Session, Todo
from opencode.tui.blocks.steps import step_line


@dataclass
class Facts:
    """One session's state as people follow it."""

    session: str = ""
    title: str = ""
    directory: str = ""
    agent: str = ""
    model: str = ""
    usage: Usage = field(default_factory=Usage)
    context: int = 0
    """Tokens the last request and its answer took of the window."""
    window: int = 0
    stranger: str = ""
    """A model that was asked for and that nobody knows."""
    locked: str = ""
    """A model that lacks a key."""
    todos: list[Todo] = field(default_factory=list[Todo])
    files: list[str] = field(default_factory=list[str])
    jobs: dict[str, tuple[str, int | None]] = field(
        default_factory=dict[str, tuple[str, int | None]]
    )
    servers: dict[str, str] = field(default_factory=dict[str, str])
    queued: list[Message] = field(default_factory=list[Message])
    parent: str = ""
    """The session that asked this one, when it is a sub-agent's."""
    where: str = ""
    """The address of a server whose folder only its sessions tell."""
    served: str = ""
    """The address at which other programs reach this workspace."""
    edits: int = 0
    """How often files changed."""
    filling: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    """What fills the window: (part, tokens); see `filling.py`."""
    changes: list[Changed] = field(default_factory=list[Changed])
    """What became of the files, once somebody has asked."""
    branch: str = ""
    """Of git; the beginning of a commit's name when no branch is checked out."""
    isolation: str = ""
    """What stands between commands and the machine; "" until it is known."""
    trust: str = ""
    """Whether what the folder's own settings want takes effect; "" when they want nothing."""
    busy: bool = False
    since: float = 0.0
    """When the wait for `doing` began, on the monotonic clock."""
    doing: str = ""
    """What is being waited for: thinking, answering, drafting, asking, retrying, or a call."""
    retry_at: float = 0.0
    retry_reason: str = ""
    _running: dict[str, ToolPart] = field(default_factory=dict[str, ToolPart])
    _asked: set[str] = field(default_factory=set[str])
    """Questions that wait for the person."""
    _elsewhere: dict[str, dict[str, tuple[str, int | None]]] = field(
        default_factory=dict[str, dict[str, tuple[str, int | None]]]
    )
    """The jobs of sessions that are not in view."""
    _runs: set[str] = field(default_factory=set[str])
    """The sessions in which a run goes on, in view or not."""

    @property
    def folder(self) -> str:
        """The folder as people write it, from their home folder on."""
        if self.where and not self.session:
            return self.where
        path, home = self.directory, os.path.expanduser("~")  # noqa: PTH111 (before the painting)
        inside = path == home or path.startswith(home.rstrip(os.sep) + os.sep)
        return "~" + path[len(home) :] if inside and home != os.sep else path

    @property
    def running_jobs(self) -> int:
        """Commands and sub-agents that go on in the background."""
        return sum(code is None for _, code in self.jobs.values())

    @property
    def draft(self) -> str:
        """The name of what is being written here and was not sent."""
        return self.session or self.directory

    def open(self, session: Session) -> None:
        """Begin with a session as it is stored."""
        jobs = {**self._elsewhere, self.session: self.jobs}
        self.__init__(
            session.id,
            session.title,
            session.directory,
            session.agent,
            session.model,
            session.usage,
            todos=list(session.todos),
            queued=_prompts(session.queued),
            window=self.window if session.model == self.model else 0,
            stranger=self.stranger,
            locked=self.locked,
            servers=self.servers,
            branch=self.branch,
            isolation=self.isolation,
            trust=self.trust,
            parent=session.parent,
            served=self.served,
            where=self.where,
            jobs=jobs.pop(session.id, {}),
            _elsewhere=jobs,
            _runs=self._runs,
        )
        self._running = {call.id: call for call in open_calls(session.messages[-1:])}
        if self._running:  # a stored call never waits: it runs, and began before we heard
            self._runs.add(session.id)
        if session.id in self._runs:
            self.begin(self._left())
        answers = [m for m in session.messages if m.role == "assistant" and m.usage.total]
        self.context = answers[-1].usage.total if answers else 0

    def apply(self, event: Event) -> bool:
        """Take an event in; whether anything people see changed."""
        if isinstance(event, ServerChanged):
            self.servers[f"{event.kind} {event.name}"] = event.state
            return True
        if isinstance(event, RunStarted | MessageStarted):
            self._runs.add(event.session)
        elif isinstance(event, RunFinished):
            self._runs.discard(event.session)
        if event.session != self.session:
            if isinstance(event, JobChanged):
                jobs = self._elsewhere.setdefault(event.session, {})
                jobs[event.id] = (event.command, event.code)
            return False
        return self._of_run(event) or self._of_session(event)

    def _of_run(self, event: Event) -> bool:
        match event:
            case RunStarted():
                self.busy, self.agent, self.model = True, event.agent, event.model
                self._wait_for("thinking")
            case MessageStarted():
                self.busy, self.agent, self.model = True, event.agent, event.model
                self._wait_for("thinking")
            case MessageChunk():
                return self._chunk(event)
            case MessageReset():
                self.retry_at, self.retry_reason = monotonic() + event.after, event.reason
                self._wait_for("retrying")
            case MessageFinished():
                self.context = event.message.usage.total or self.context
            case RunFinished():
                self.busy, self.doing = False, ""
                self._running.clear()
                self._asked.clear()
            case _:
                return self._of_call(event)
        return True

    def _of_call(self, event: Event) -> bool:
        match event:
            case ToolStarted():
                self.busy = True
                self._running[event.call.id] = event.call
                self._wait_for(step_line(event.call))
            case ToolFinished():
                self._running.pop(event.call.id, None)
                self._wait_for(self._left())
                if not self._running and event.session not in self._runs:  # it was by hand
                    self.busy, self.doing = False, ""
            case AskRaised():
                self._asked.add(event.ask.id)
                self._wait_for("asking")
            case AskAnswered():
                self._asked.discard(event.id)
                self._wait_for(self._left())
            case _:
                return False
        return True

    def _left(self) -> str:
        """A call that still runs, else the model is at work."""
        call = next(iter(self._running.values()), None)
        return step_line(call) if call else "thinking"

    def _of_session(self, event: Event) -> bool:
        match event:
            case SessionUpdated():
                self.title, self.usage = event.info.title.partition("\n")[0], event.info.usage
                self.agent = event.info.agent or self.agent
                self.model = event.info.model or self.model
            case AgentSwitched():
                self.agent, self.model = event.agent, event.model or self.model
            case TodosChanged():
                self.todos = event.todos
            case QueueChanged():
                self.queued = _prompts(event.queued)
            case FilesChanged():
                self.files = list(dict.fromkeys([*self.files, *event.paths]))
                self.edits += 1
            case JobChanged():
                self.jobs[event.id] = (event.command, event.code)
            case _:
                return False
        return True

    def _chunk(self, event: MessageChunk) -> bool:
        match event.delta:
            case TextDelta():
                doing = "answering"
            case ReasoningDelta():
                doing = "thinking"
            case Drafting():
                doing = "drafting"
            case _:
                return False
        if self.doing == doing:
            return False
        self._wait_for(doing)
        return True

    def forget_runs(self) -> None:
        """Events were missed: runs show again with their next message."""
        self._runs.clear()

    def begin(self, what: str) -> None:
        """Something that is no run is waited for."""
        self.busy = True
        self._wait_for(what)

    def _wait_for(self, what: str) -> None:
        """What is done now; a question that is open goes before."""
        what = "asking" if self._asked else what
        if what != "asking" or self.doing != what:
            self.doing, self.since = what, monotonic()


def _prompts(queued: list[Message]) -> list[Message]:
    """What a person wrote; notes of sub-agents wait there, too."""
    return [one for one in queued if one.text or any(isinstance(p, FilePart) for p in one.parts)]
