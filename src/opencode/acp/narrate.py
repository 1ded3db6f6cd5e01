"""What happens in a session, told as the protocol's updates. It remembers, but does nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from acp import helpers
from acp.schema import (
    AgentMessageChunk,
    AgentPlanUpdate,
    AgentThoughtChunk,
    AvailableCommandsUpdate,
    ConfigOptionUpdate,
    Cost,
    CurrentModeUpdate,
    PlanEntryStatus,
    SessionInfoUpdate,
    ToolCallProgress,
    ToolCallStart,
    UsageUpdate,
    UserMessageChunk,
)

from opencode.acp import calls
from opencode.acp.terminal import Screen
from opencode.core import event as happened
from opencode.core.delta import ReasoningDelta, TextDelta
from opencode.core.display import Todos
from opencode.core.message import ToolPart

Update = (
    UserMessageChunk
    | AgentMessageChunk
    | AgentThoughtChunk
    | ToolCallStart
    | ToolCallProgress
    | AgentPlanUpdate
    | AvailableCommandsUpdate
    | CurrentModeUpdate
    | ConfigOptionUpdate
    | SessionInfoUpdate
    | UsageUpdate
)

_PLANNED: dict[str, PlanEntryStatus] = {"in_progress": "in_progress", "completed": "completed"}


@dataclass
class Narrator:
    """One session's."""

    cwd: Path
    draws_terminals: bool = False
    """Whether the editor shows a command's output in a terminal."""
    terminals: Mapping[str, str] = field(default_factory=dict[str, str])
    """The editor's own terminals, by the call whose command runs there."""
    window: int = 0
    """Tokens the model reads; 0 when unknown."""
    cost: float | None = 0.0
    """US dollars so far; None when the price is unknown."""
    title: str = ""
    finish: str = ""
    """How the last answer ended."""
    _screens: dict[str, Screen] = field(default_factory=dict[str, Screen])
    _shown: str = ""
    """The answer of which something was shown."""

    def tell(self, event: happened.Event) -> Iterator[Update]:
        """The updates that say it, in order; mostly one, often none."""
        match event:
            case happened.MessageChunk():
                yield from self._chunk(event)
            case happened.MessageReset() if event.message == self._shown:
                self._shown = ""
                text = f"\n\n[The answer broke off and begins anew: {event.reason}]\n\n"
                yield said(text, event.message)
            case happened.MessageFinished():
                yield from self._finished(event)
            case happened.ToolStarted():
                yield self.started(event.call)
            case happened.ToolProgress():
                yield from self._progress(event)
            case happened.ToolFinished():
                yield self.ended(event.call)
                yield from planned(event.call)
            case happened.TodosChanged():
                yield plan([(todo.text, todo.status) for todo in event.todos])
            case happened.SessionUpdated():
                yield from self._updated(event)
            case happened.Notice() if event.level != "info":
                yield helpers.update_agent_thought_text(f"[{event.level}] {event.text}\n")
            case _:
                return

    def started(self, call: ToolPart) -> ToolCallStart:
        """A call appears."""
        start = ToolCallStart(
            session_update="tool_call",
            tool_call_id=call.id,
            title=calls.title(call),
            kind=calls.kind(call.tool),
            status=calls.status(call),
            locations=calls.locations(call, self.cwd),
            raw_input=call.input,
        )
        if self.draws_terminals and call.tool == "bash":
            screen = self._screens[call.id] = Screen(call.id, str(self.cwd))
            start.content = [helpers.tool_terminal_ref(call.id)]
            start.field_meta = screen.info()
        return start

    def ended(self, call: ToolPart) -> ToolCallProgress:
        """Its outcome."""
        update = ToolCallProgress(
            session_update="tool_call_update",
            tool_call_id=call.id,
            status=calls.status(call),
            locations=calls.locations(call, self.cwd),
            raw_output={"output": call.output},
        )
        screen = self._screens.pop(call.id, None)
        if terminal := self.terminals.get(call.id):
            update.content = [helpers.tool_terminal_ref(terminal)]
        elif screen:
            update.field_meta = screen.end(call)
        else:
            update.content = calls.content(call, self.cwd)
        return update

    def _chunk(self, event: happened.MessageChunk) -> Iterator[Update]:
        match event.delta:
            case TextDelta(text=text) if text:
                self._shown = event.message
                yield said(text, event.message)
            case ReasoningDelta(text=text) if text:
                yield thought(text, event.message)
            case _:
                return

    def _finished(self, event: happened.MessageFinished) -> Iterator[Update]:
        message = event.message
        self.finish = message.finish
        spent = message.usage.cost
        self.cost = None if self.cost is None or spent is None else self.cost + spent
        used = message.usage.total
        if self.window and used:
            yield usage(used, self.window, self.cost)

    def _updated(self, event: happened.SessionUpdated) -> Iterator[Update]:
        self.cost = event.info.usage.cost
        if event.info.title and event.info.title != self.title:
            self.title = event.info.title
            moment = iso(event.info.updated)
            yield SessionInfoUpdate(
                session_update="session_info_update", title=self.title, updated_at=moment
            )

    def _progress(self, event: happened.ToolProgress) -> Iterator[Update]:
        screen = self._screens.get(event.call)
        update = ToolCallProgress(session_update="tool_call_update", tool_call_id=event.call)
        if terminal := self.terminals.get(event.call):
            update.content = [helpers.tool_terminal_ref(terminal)]
        elif screen is None:
            update.content = [calls.words(calls.fenced(event.text))]
        elif meta := screen.more(event.text):
            update.field_meta = meta
        else:
            return
        yield update


def said(text: str, message: str) -> AgentMessageChunk:
    """A piece of an answer."""
    return AgentMessageChunk(
        session_update="agent_message_chunk", content=helpers.text_block(text), message_id=message
    )


def thought(text: str, message: str) -> AgentThoughtChunk:
    """A piece of thought."""
    return AgentThoughtChunk(
        session_update="agent_thought_chunk", content=helpers.text_block(text), message_id=message
    )


def plan(items: list[tuple[str, str]]) -> AgentPlanUpdate:
    """The whole list of (text, status); what was called off is left out."""
    return helpers.update_plan(
        helpers.plan_entry(text, status=_PLANNED.get(status, "pending"))
        for text, status in items
        if status != "cancelled"
    )


def planned(call: ToolPart) -> Iterator[AgentPlanUpdate]:
    """The steps of a plan that was handed over; todos have an event of their own."""
    if call.tool == "plan":
        yield from (plan(part.items) for part in call.display if isinstance(part, Todos))


def usage(used: int, window: int, cost: float | None) -> UsageUpdate:
    """How full the window is, and the price so far where it is known."""
    price = None if cost is None else Cost(amount=cost, currency="USD")
    return UsageUpdate(session_update="usage_update", used=used, size=window, cost=price)


def iso(seconds: float) -> str:
    """A moment in UTC as the protocol writes it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def meta_flag(meta: dict[str, Any] | None, name: str) -> bool:
    """A capability beyond the protocol that the editor announced."""
    return bool(meta and meta.get(name) is True)
