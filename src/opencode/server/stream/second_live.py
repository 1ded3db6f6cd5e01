"""What happens, as it happens, in the events of the protocol's second generation."""

import time
from collections.abc import Iterator

import msgspec
from msgspec import Struct, field

from opencode.core import event as happened
from opencode.core.delta import CallDelta, Delta, ReasoningDelta, TextDelta
from opencode.core.event import Event
from opencode.core.message import Message, ToolPart
from opencode.server.protocol import durable, second, spelling
from opencode.server.protocol.second import Plain
from opencode.server.protocol.translate import ms, part_id, split_model

Told = tuple[str, Plain]


class _Step(Struct):
    """One call to a model, as far as it was told."""

    id: str
    session: str
    parts: int = 0
    open: str = ""
    """`text` or `reasoning` while one grows."""
    words: str = ""
    """What it has grown to."""
    known: set[str] = field(default_factory=set)
    """Calls whose arguments were told."""
    waiting: set[str] = field(default_factory=set)
    """Calls without an outcome, once the answer is whole."""
    whole: Message | None = None

    @property
    def place(self) -> Plain:
        return {"assistantMessageID": self.id}


class Live:
    """Translates in order. Remembers the answers of runs that go on, nothing longer."""

    def __init__(self) -> None:
        self._steps: dict[str, _Step] = {}

    def of(self, event: Event) -> list[Told]:
        """None, one or several: what each is called, and what it says."""
        about: Plain = {"timestamp": ms(time.time()), "sessionID": event.session}
        return [(f"session.next.{kind}", {**about, **said}) for kind, said in self._told(event)]

    def _told(self, event: Event) -> Iterator[Told]:
        match event:
            case happened.MessageAdded(message=message):
                yield from durable.told(message, is_busy=False)
            case happened.MessageStarted():
                yield from self._started(event)
            case happened.MessageChunk(message=name, delta=delta):
                if step := self._steps.get(name):
                    yield from _piece(step, delta)
            case happened.MessageReset():
                yield self._again(event)
            case happened.MessageFinished(message=message):
                yield from self._finished(message)
            case happened.ToolStarted() | happened.ToolProgress() | happened.ToolFinished():
                yield from self._tool(event)
            case happened.RunFinished(session=of):
                for step in [one for one in self._steps.values() if one.session == of]:
                    yield from self._end(step)
            case _:
                pass

    def _started(self, event: happened.MessageStarted) -> Iterator[Told]:
        step = self._steps[event.message] = _Step(event.message, event.session)
        name = split_model(event.model)
        model = {"id": name.modelID, "providerID": name.providerID}
        yield "step.started", {**step.place, "agent": event.agent, "model": model}

    def _again(self, event: happened.MessageReset) -> Told:
        if event.message in self._steps:
            self._steps[event.message] = _Step(event.message, event.session)
        error = {"message": event.reason, "isRetryable": True}
        return "retried", {"attempt": event.attempt, "error": error}

    def _finished(self, message: Message) -> Iterator[Told]:
        step = self._steps.get(message.id)
        if step is None:
            return
        yield from _closed(step)
        step.whole, step.waiting = message, {call.id for call in message.calls if call.is_open}
        if not step.waiting:
            yield from self._end(step)

    def _end(self, step: _Step) -> Iterator[Told]:
        del self._steps[step.id]
        if step.whole:
            yield durable.ending(step.whole)

    # Tools

    def _tool(
        self, event: happened.ToolStarted | happened.ToolProgress | happened.ToolFinished
    ) -> Iterator[Told]:
        if isinstance(event, happened.ToolProgress):
            step = next((one for one in self._steps.values() if event.call in one.known), None)
            if step:
                shown = {"output": event.text}
                content = [{"type": "text", "text": event.text}]
                said = {"callID": event.call, "structured": shown, "content": content}
                yield "tool.progress", {**step.place, **said}
            return
        call, step = event.call, self._steps.get(event.message)
        is_new = isinstance(event, happened.ToolStarted)
        if step is None:
            yield durable.by_hand(event.message, call, has_ended=not is_new)
            return
        name = {**step.place, "callID": call.id}
        if is_new:
            if call.id not in step.known:
                yield from _asked(step, call)
            yield durable.called(second.call(call, 0), name)
            return
        yield from durable.outcome(second.call(call, 0), name)
        step.waiting.discard(call.id)
        if step.whole and not step.waiting:
            yield from self._end(step)


def _piece(step: _Step, delta: Delta) -> Iterator[Told]:
    match delta:
        case TextDelta(text=text) | ReasoningDelta(text=text):
            kind = "text" if isinstance(delta, TextDelta) else "reasoning"
            if step.open != kind:
                yield from _closed(step)
                step.open, step.words = kind, ""
                step.parts += 1
                yield f"{kind}.started", _place(step)
            if text:
                step.words += text
                yield f"{kind}.delta", {**_place(step), "delta": text}
        case CallDelta():
            yield from _closed(step)
            step.parts += 1
            yield from _asked(step, ToolPart(delta.id, delta.tool, delta.input or {}, delta.raw))
        case _:
            pass


def _closed(step: _Step) -> Iterator[Told]:
    """The end of the text or thought that grows."""
    if step.open:
        yield f"{step.open}.ended", {**_place(step), "text": step.words}
        step.open = ""


def _asked(step: _Step, call: ToolPart) -> Iterator[Told]:
    step.known.add(call.id)
    name = {**step.place, "callID": call.id}
    written = call.raw or msgspec.json.encode(call.input).decode()
    yield "tool.input.started", {**name, "name": spelling.tool_name(call.tool)}
    yield "tool.input.ended", {**name, "text": written}


def _place(step: _Step) -> Plain:
    return {**step.place, f"{step.open}ID": part_id(step.id, step.parts)}
