"""The original's events as ours: runs, answers, questions, and what becomes of sessions."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from msgspec import structs

from opencode.core.ask import Ask, Reply
from opencode.core.delta import Usage
from opencode.core.event import (
    AskAnswered,
    AskRaised,
    EndReason,
    Event,
    MessageFinished,
    RunFinished,
    RunStarted,
    ServerChanged,
    SessionDeleted,
    SessionReplaced,
    SessionUpdated,
    TodosChanged,
    ToolStarted,
)
from opencode.core.message import Message, ToolPart
from opencode.core.session import SessionInfo
from opencode.remote.original.plain import Json, inner
from opencode.remote.original.reading import (
    ABORTED,
    ask_of,
    todo_of,
    words_of,
)
from opencode.remote.original.talk import Talk

Read = Callable[[Json], SessionInfo]


@dataclass
class Run:
    """A prompt that is being answered."""

    prompt: str
    agent: str
    model: str
    began: float = field(default_factory=time.monotonic)
    usage: Usage = field(default_factory=Usage)
    steps: int = 0
    failed: str = ""
    was_stopped: bool = False
    open: set[str] = field(default_factory=set[str])
    """Answers that are not whole."""
    is_ending: bool = False
    """The session is idle, though an answer has not ended yet."""


class Hearing:
    """Translates the events of a project, in order. `read` makes a session what is shown of it."""

    def __init__(self, read: Read) -> None:
        self.talk = Talk()
        self.waiting: dict[str, Ask] = {}
        self.busy: set[str] = set()
        self.runs: dict[str, Run] = {}
        self.told: dict[str, str] = {}
        """Session → what went wrong with its last prompt."""
        self._read = read
        self._infos: dict[str, SessionInfo] = {}
        self._reverts: dict[str, str] = {}
        self._readers: dict[str, Callable[[Json], Iterator[Event]]] = {
            "message.updated": self._message,
            "message.removed": self._removed,
            "message.part.updated": self._part,
            "message.part.delta": self.talk.delta,
            "session.created": self._session,
            "session.updated": self._session,
            "session.deleted": self._deleted,
            "session.status": self._status,
            "session.error": self._error,
            "session.compacted": self._compacted,
            "permission.asked": lambda given: self._asked("permission", given),
            "question.asked": lambda given: self._asked("question", given),
            "permission.replied": self._answered,
            "question.replied": self._answered,
            "question.rejected": self._answered,
            "todo.updated": self._todos,
            "mcp.tools.changed": self._server,
        }

    def of(self, event: Json) -> Iterator[Event]:
        """None, one or several of ours."""
        yield from self.talk.settle(event, self.busy)
        if reader := self._readers.get(event["type"]):
            yield from reader(inner(event, "properties"))

    def know(self, info: SessionInfo) -> None:
        """A session as it was read."""
        self._infos[info.id] = info

    def know_revert(self, session: str, message: str) -> None:
        """From where on its conversation is taken back; "" when nothing is."""
        self._reverts[session] = message

    def path(self, session: str) -> list[str]:
        """Titles from the root down to it, as far as they are known; empty for a root."""
        found: list[str] = []
        info = self._infos.get(session)
        while info:
            found.insert(0, info.title or info.id)
            info = self._infos.get(info.parent)
        return found if len(found) > 1 else []

    def ask(self, kind: Literal["permission", "question"], given: Json) -> Ask:
        """What waits; the same for the same, however it was heard of."""
        if known := self.waiting.get(given["id"]):
            return known
        place: Json = inner(given, "tool")
        kept = self.talk.of(given["sessionID"])
        heard = kept.heard.get(place.get("messageID", ""))
        calls = [p for p in heard.parts.values() if isinstance(p, ToolPart)] if heard else []
        tool = next((call.tool for call in calls if call.id == place.get("callID")), "")
        ask = ask_of(kind, given, tool, self.path(given["sessionID"]))
        self.waiting[ask.id] = ask
        return ask

    # Messages and runs

    def _message(self, given: Json) -> Iterator[Event]:
        info: Json = given["info"]
        session, name = info["sessionID"], info["id"]
        kept = self.talk.of(session)
        if info["role"] == "user":
            if self.talk.prompted(info):
                self.told.pop(session, None)
            return
        if name in kept.given:
            return
        if not info.get("summary"):
            yield from self._begun(info)
        for event in self.talk.answered(info):
            yield event
            if isinstance(event, MessageFinished) and (run := self.runs.get(session)):
                run.usage, run.steps = run.usage + event.message.usage, run.steps + 1
                run.open.discard(name)
        run = self.runs.get(session)
        if run and run.is_ending and not run.open:
            yield self._over(session, run)

    def _part(self, given: Json) -> Iterator[Event]:
        for event in self.talk.part(given["part"]):
            yield event
            if isinstance(event, ToolStarted):  # what is asked about it may have come before it
                asks = [ask for ask in self.waiting.values() if ask.call == event.call.id]
                yield from (AskRaised(ask.session, ask) for ask in asks)

    def _begun(self, info: Json) -> Iterator[Event]:
        session, name = info["sessionID"], info["id"]
        if "completed" in info["time"] and session not in self.runs:
            return
        parent = info.get("parentID") or ""
        yield from self.talk.join(session, parent)
        if session not in self.runs:
            model = f"{info.get('providerID', '')}/{info.get('modelID', '')}"
            self.talk.begin(session)
            run = self.runs[session] = Run(parent, info.get("agent") or "", model)
            yield RunStarted(session, run.prompt, run.agent, run.model)
        if "completed" not in info["time"]:
            self.runs[session].open.add(name)

    def running(self, session: str, messages: Sequence[Message]) -> RunStarted | None:
        """The run that goes on in a conversation which is read meanwhile; None when none does."""
        last = messages[-1] if messages else None
        if last and last.role == "assistant" and session in self.busy and not last.ended:
            run = Run(messages[-2].id if messages[1:] else "", last.agent, last.model)
            self.runs.setdefault(session, run).open.add(last.id)
        run = self.runs.get(session)
        return RunStarted(session, run.prompt, run.agent, run.model) if run else None

    def _status(self, given: Json) -> Iterator[Event]:
        session, status = given["sessionID"], given["status"]
        run = self.runs.get(session)
        if status["type"] == "retry":
            after = max(0.0, status.get("next", 0) / 1000 - time.time())
            words, attempt = str(status.get("message") or ""), int(status.get("attempt", 1))
            yield from self.talk.reset(session, words, after, attempt)
        elif status["type"] == "busy":
            self.busy.add(session)
        else:
            self.busy.discard(session)
            yield from self.talk.join(session)
            if run and run.open and not run.is_ending:
                run.is_ending = True
            elif run:
                yield self._over(session, run)
            elif failed := self.told.get(session, ""):
                yield RunFinished(session, "error", failed)

    def _over(self, session: str, run: Run) -> RunFinished:
        self.runs.pop(session, None)
        reason: EndReason = "done"
        if run.was_stopped:
            reason = "cancelled"
        elif run.failed:
            reason = "error"
            self.told[session] = run.failed
        seconds = time.monotonic() - run.began
        failed = run.failed if reason == "error" else ""
        return RunFinished(
            session, reason, failed, usage=run.usage, steps=run.steps, seconds=seconds
        )

    def _error(self, given: Json) -> Iterator[Event]:
        session, error = given.get("sessionID") or "", inner(given, "error")
        run = self.runs.get(session)
        if run is not None:
            run.was_stopped = run.was_stopped or error.get("name") == ABORTED
            run.failed = run.failed or words_of(error)
        elif error.get("name") != ABORTED and session not in self.told:
            self.told[session] = words_of(error)
            if session not in self.busy:
                yield RunFinished(session, "error", self.told[session])

    def refused(self, session: str, words: str) -> RunFinished | None:
        """A prompt was not taken; None when what went wrong with it is known."""
        if session in self.told or session in self.runs:
            return None
        self.told[session] = words
        return RunFinished(session, "error", words)

    def ended_meanwhile(self, busy: set[str]) -> Iterator[Event]:
        """Events were missed: these sessions are busy now."""
        self.talk.forget()
        for session, run in [*self.runs.items()]:
            run.open.clear()
            if session not in busy:
                yield self._over(session, run)
        self.busy = busy

    # Sessions

    def _session(self, given: Json) -> Iterator[Event]:
        one: Json = given["info"]
        info = self._read(one)
        before = self._infos.get(info.id)
        self._infos[info.id] = info
        if before is None or structs.replace(before, updated=info.updated) != info:
            yield SessionUpdated(info.id, info)
        revert: Json = inner(one, "revert")
        yield from self._reverted(info.id, str(revert.get("messageID") or ""))

    def _reverted(self, session: str, revert: str) -> Iterator[Event]:
        before = self._reverts.get(session, "")
        self._reverts[session] = revert
        if revert != before:
            is_back = not revert or (before and revert > before)
            yield SessionReplaced(session, "redo" if is_back else "undo")

    def _removed(self, given: Json) -> Iterator[Event]:
        session, message = given["sessionID"], given["messageID"]
        if self._reverts.get(session) == message:
            self._reverts[session] = ""  # what was taken back is gone for good
        self.talk.removed(session, message)
        yield from ()

    def _deleted(self, given: Json) -> Iterator[Event]:
        session = given.get("sessionID") or given["info"]["id"]
        self._infos.pop(session, None)
        yield SessionDeleted(session)

    def _compacted(self, given: Json) -> Iterator[Event]:
        yield SessionReplaced(given["sessionID"], "compaction")

    def _todos(self, given: Json) -> Iterator[Event]:
        yield TodosChanged(given["sessionID"], [todo_of(one) for one in given["todos"]])

    def _server(self, given: Json) -> Iterator[Event]:
        yield ServerChanged("", "mcp", str(given.get("server", "")), "ready")

    # Questions

    def _asked(self, kind: Literal["permission", "question"], given: Json) -> Iterator[Event]:
        ask = self.ask(kind, given)
        yield AskRaised(ask.session, ask)

    def _answered(self, given: Json) -> Iterator[Event]:
        name = given.get("requestID") or given.get("permissionID") or ""
        word = given.get("reply") or given.get("response")
        no = word == "reject" or (word is None and "answers" not in given)
        self.waiting.pop(name, None)
        yield AskAnswered(given["sessionID"], name, Reply("reject" if no else "allow"))
