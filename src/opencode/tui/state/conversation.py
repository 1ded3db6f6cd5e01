"""The conversation as blocks: a session once, then event by event. Knows no widget."""

from collections.abc import Sequence
from time import monotonic
from typing import Protocol

from opencode.core.delta import CallDelta, Delta, ReasoningDelta, TextDelta
from opencode.core.event import (
    AskAnswered,
    AskRaised,
    Event,
    MessageAdded,
    MessageChunk,
    MessageFinished,
    MessageReset,
    MessageStarted,
    Notice,
    RunFinished,
    SessionUpdated,
    ToolFinished,
    ToolProgress,
    ToolStarted,
)
from opencode.core.message import Message, ToolPart
from opencode.core.session import Session
from opencode.tui.blocks.block import (
    AnswerBlock,
    AnyBlock,
    EndBlock,
    NoticeBlock,
    ReasoningBlock,
    RetryBlock,
    ToolBlock,
)
from opencode.tui.blocks.of_message import SHOWN, blocks_of, blocks_of_all, slim
from opencode.tui.blocks.steps import step_line

_GOES_ON = MessageStarted, MessageChunk, MessageReset, MessageFinished, RunFinished
"""The wait for the next try is over."""


class Canvas(Protocol):
    """Where blocks appear."""

    def show(self, blocks: Sequence[AnyBlock]) -> None:
        """Other blocks altogether."""
        ...

    def append(self, block: AnyBlock) -> None:
        """One more at the end."""
        ...

    def touch(self, block_id: str) -> None:
        """A block changed."""
        ...

    def drop_from(self, block_id: str) -> None:
        """A block and all after it are void."""
        ...


def _is_known(event: RunFinished) -> bool:
    """Nothing to say: a call that was refused says so itself, and whoever stopped it knows."""
    return event.reason == "done" or (event.reason in ("refused", "cancelled") and not event.hint)


class Conversation:
    """Keeps a canvas true to one session."""

    def __init__(self, canvas: Canvas) -> None:
        self.session = ""
        self._canvas = canvas
        self._last: AnyBlock | None = None
        self._said: list[NoticeBlock] = []
        """Notices since the last message."""
        self._retry: RetryBlock | None = None
        self._tools: dict[str, ToolBlock] = {}
        self._asked: dict[str, str] = {}
        self._children: dict[str, str] = {}
        self._first: dict[str, str] = {}
        """First block of each message that is still being written."""
        self._count = 0
        self._agent = self._model = self._opening = ""

    def open(self, session: Session, *, busy: bool = False) -> None:
        """Show a session as it is stored; while a run goes on its last answer has no end. What was
        said beside it since its last message stays when it is read anew."""
        said = self._said if session.id == self.session else []
        self.session, self._said = session.id, []
        self._last, self._retry, self._count = None, None, 0
        for kept in (self._tools, self._asked, self._children, self._first):
            kept.clear()
        blocks = blocks_of_all(session.messages, busy=busy)
        for block in blocks:
            self._place(block)
        self._canvas.show(blocks)
        for notice in said:
            self.notice(notice.level, notice.text, notice.hint, notice.key)

    def apply(self, event: Event) -> None:
        """Draw what happened."""
        if event.session != self.session:
            self._elsewhere(event)
            return
        if self._retry is not None and isinstance(event, _GOES_ON):
            self._end_retry(self._retry)
        match event:
            case MessageChunk():
                self._chunk(event.message, event.delta)
            case MessageAdded():
                self._said.clear()
                self._add_all(blocks_of(event.message))
            case MessageReset():
                self._reset(event)
            case MessageFinished():
                self._finish(event.message)
            case RunFinished():
                self._run_ended(event)
            case Notice():
                self._add(NoticeBlock(self._new_id(), event.level, event.text))
            case _:
                self._call(event)

    def _call(self, event: Event) -> None:
        match event:
            case ToolStarted() | ToolFinished():
                self._tool(event.call)
            case ToolProgress():
                if block := self._tools.get(event.call):
                    block.progress = event.text[-SHOWN:]
                    self._canvas.touch(block.id)
            case AskRaised():
                self._asked[event.ask.id] = event.ask.call
                self._wait(event.ask.call, waiting=True)
            case AskAnswered():
                self._wait(self._asked.pop(event.id, ""), waiting=False)
            case _:
                pass

    def open_call(self, call: str) -> None:
        """Show the detail of a call, which may not have been heard of yet."""
        self._opening = call
        if block := self._tools.get(call):
            block.opened = True
            self._canvas.touch(block.id)

    def notice(self, level: str, text: str, hint: str = "", key: str = "") -> None:
        """Say something in the conversation that is not part of it."""
        self._said.append(NoticeBlock(self._new_id(), level, text, hint, key))
        self._add(self._said[-1])

    # Events

    def _reset(self, event: MessageReset) -> None:
        """What was shown is void; a line counts down to the next try."""
        if first := self._first.pop(event.message, ""):
            self._canvas.drop_from(first)
            self._last = None
        self._retry = RetryBlock(self._new_id(), event.reason, monotonic() + event.after, live=True)
        self._add(self._retry)

    def _end_retry(self, retry: RetryBlock) -> None:
        """The next try began, or there is none; what was said meanwhile stays."""
        self._retry, retry.live = None, False
        if self._last is retry:
            self._canvas.drop_from(retry.id)
            self._last = None
        else:
            self._canvas.touch(retry.id)

    def tick(self) -> None:
        """A moment went by in the wait for the next try."""
        if self._retry is not None:
            self._canvas.touch(self._retry.id)

    def _chunk(self, message: str, delta: Delta) -> None:
        match delta:
            case TextDelta():
                self._grow(message, AnswerBlock, delta.text)
            case ReasoningDelta():
                self._grow(message, ReasoningBlock, delta.text)
            case CallDelta():
                self._settle()
                self._tool(ToolPart(delta.id, delta.tool, dict(delta.input or {}), delta.raw))
                self._first.setdefault(message, f"call:{delta.id}")
            case _:
                pass

    def _grow(
        self, message: str, kind: type[AnswerBlock] | type[ReasoningBlock], text: str
    ) -> None:
        last = self._last
        if isinstance(last, kind) and last.live:
            last.text += text
            self._canvas.touch(last.id)
        elif text.strip():
            self._settle()
            block = kind(self._new_id(), text, live=True)
            self._first.setdefault(message, block.id)
            self._add(block)

    def _settle(self) -> None:
        """What was growing is whole."""
        if self._last and self._last.live:
            self._last.live = False
            self._canvas.touch(self._last.id)

    def _finish(self, message: Message) -> None:
        self._settle()
        self.answering(message.agent, message.model)
        began = self._first.pop(message.id, "")
        if not began:
            self._add_all(blocks_of(message))
        elif message.error:
            self._add(NoticeBlock(f"{message.id}:error", "error", message.error))

    def _tool(self, part: ToolPart) -> None:
        block = self._tools.get(part.id)
        if block is None:
            opened = True if part.id == self._opening else None
            self._add(ToolBlock(f"call:{part.id}", slim(part), opened=opened))
            return
        block.part = slim(part)
        if not part.is_open:
            block.progress = ""
        if part.child:
            self._children[part.child] = part.id
        self._canvas.touch(block.id)

    def _wait(self, call: str, *, waiting: bool) -> None:
        if block := self._tools.get(call):
            block.waiting = waiting
            self._canvas.touch(block.id)

    def _run_ended(self, event: RunFinished) -> None:
        self._settle()
        last = self._last
        if isinstance(last, NoticeBlock) and last.text == event.detail:
            last.hint = event.hint  # the answer ended for the same reason
            self._canvas.touch(last.id)
        elif event.reason == "error" or (event.detail and not _is_known(event)):
            level = "error" if event.reason == "error" else "warning"
            self._add(NoticeBlock(self._new_id(), level, event.detail, event.hint))
        reason = "" if event.reason == "done" else event.reason
        usage = event.usage
        self._add(
            EndBlock(
                self._new_id(),
                self._agent,
                self._model,
                event.seconds,
                usage.cost,
                usage.total,
                reason,
            )
        )

    def answering(self, agent: str, model: str) -> None:
        """Who answers now, for the line under the answer."""
        self._agent, self._model = agent, model

    def _elsewhere(self, event: Event) -> None:
        """A sub-agent's calls become lines of the call that started it."""
        if isinstance(event, SessionUpdated) and event.info.parent == self.session:
            waiting = [
                c for c, b in self._tools.items() if b.part.tool == "task" and b.part.is_open
            ]
            free = [call for call in waiting if call not in self._children.values()]
            if event.info.id not in self._children and free:
                about = event.info.title.rpartition(" (@")[0].rstrip("…")
                fits = [c for c in free if about and about in str(self._tools[c].part.input)]
                call = self._children[event.info.id] = (fits or free)[0]
                self._tools[call].part.child = event.info.id
        elif isinstance(event, ToolStarted) and event.session in self._children:
            block = self._tools[self._children[event.session]]
            block.steps.append(step_line(event.call))
            self._canvas.touch(block.id)

    # Blocks on the canvas

    def _add_all(self, blocks: Sequence[AnyBlock]) -> None:
        for block in blocks:
            self._add(block)

    def _add(self, block: AnyBlock) -> None:
        self._place(block)
        self._canvas.append(block)

    def _place(self, block: AnyBlock) -> None:
        """Calls stand close together; the rest has air."""
        if isinstance(block, ToolBlock) and isinstance(self._last, ToolBlock):
            block.gap = 0
        if isinstance(block, ToolBlock):
            self._tools[block.part.id] = block
        self._last = block

    def _new_id(self) -> str:
        self._count += 1
        return f"block:{self._count}"
