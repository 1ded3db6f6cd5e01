"""Our events in the protocol's: what the feed sends for each, with what must be remembered."""

import time
from typing import Any

from opencode.core import event as happened
from opencode.core.delta import Retrying, TextDelta
from opencode.core.event import Event
from opencode.core.message import Message, ReasoningPart, TextPart, ToolPart
from opencode.core.session import Session, SessionInfo
from opencode.server.protocol import faults, inquiries, translate, wire
from opencode.server.protocol.links import shown
from opencode.server.protocol.queue import Queue
from opencode.server.stream.frame import Frame
from opencode.server.stream.frames import (
    delta_frame,
    ending,
    part_frame,
    plain,
    removed,
    removed_part,
    status,
)
from opencode.server.stream.growing import Growing
from opencode.server.stream.rewound import Rewound, changed, compacted
from opencode.workspace.workspace import Workspace


class Events:
    """Translates in order. Remembers the messages of the runs that go on, nothing longer."""

    def __init__(self, door: Workspace, base: str) -> None:
        self._door, self._base = door, base
        self._began = time.time()
        self._directory = str(door.rooms.place.cwd)
        self._growing: dict[str, Growing] = {}
        self._parents: dict[str, str] = {}
        self._queue = Queue()
        self._models: dict[str, str] = {}
        """What answers in a session, as far as it was heard of."""
        self._seen: dict[str, SessionInfo] = {}
        self.rewound = Rewound(door)
        self._touched: set[str] = set()
        """Sessions whose run changed files."""

    def know(self, info: SessionInfo) -> None:
        """A session that is about to go: its last frame shows it."""
        self._seen[info.id] = info

    async def frames(self, event: Event) -> list[Frame]:
        """What the streams say when that happens."""
        match event:
            case happened.MessageAdded() | happened.MessageStarted() | happened.MessageFinished():
                return [*await self.rewound.settled(event.session), *self._message(event)]
            case happened.MessageChunk() | happened.MessageReset():
                return self._stream(event)
            case happened.ToolStarted() | happened.ToolProgress() | happened.ToolFinished():
                return await self._tool(event)
            case happened.RunStarted() | happened.RunFinished():
                return [*self._run(event), *await self._changed_by(event)]
            case happened.AskRaised() | happened.AskAnswered():
                raised = isinstance(event, happened.AskRaised)
                return inquiries.told(event, self.call_place(event.ask.call) if raised else "")
            case happened.SessionUpdated() | happened.SessionDeleted():
                return await self._session(event)
            case happened.SessionReplaced():
                return self._replaced(event, await self._door.session(event.session))
            case _:
                return self._other(event)

    def call_place(self, call: str) -> str:
        """The message a call stands in; "" when its run is over."""
        return next((id for id, one in self._growing.items() if one.has_call(call)), "")

    # Messages

    def _message(
        self, event: happened.MessageAdded | happened.MessageStarted | happened.MessageFinished
    ) -> list[Frame]:
        of = event.session
        match event:
            case happened.MessageAdded(message=message):
                self._parents[of] = message.id
                self._queue.joined(of, message.id)
                return self._whole(message, of)
            case happened.MessageStarted():
                message = Message(event.message, "assistant", agent=event.agent, model=event.model)
                message.created = event.created or message.created
                self._growing[message.id] = Growing(message, of)
                flat = {"role": "assistant", "timestamp": translate.iso(message.created)}
                start = translate.step_start(message.id, of)
                return [
                    self._info(message, of, "message.start", {"id": message.id, **flat}),
                    part_frame(start, of),
                ]
            case happened.MessageFinished(message=message):
                before = self._growing.get(message.id, Growing(message, of))
                gone = before.shown - {p.id for p in translate.parts(message, of)}
                self._growing[message.id] = Growing(message, of, before.started)
                lasted = int((time.monotonic() - before.started) * 1000)
                flat = {"tokens": message.usage.output, "duration_ms": lasted}
                return [
                    *(removed_part(id, message.id, of) for id in sorted(gone)),
                    *(part_frame(one, of) for one in translate.parts(message, of)[1:]),
                    self._info(message, of, "message.end", {"id": message.id, **flat}),
                ]

    def _whole(self, message: Message, of: str) -> list[Frame]:
        parts = translate.parts(message, of)
        return [self._info(message, of), *(part_frame(part, of) for part in parts)]

    def _info(
        self, message: Message, of: str, name: str = "", flat: dict[str, Any] | None = None
    ) -> Frame:
        parent, model = self._parents.get(of, ""), self._models.get(of, "")
        info = translate.message_info(message, of, parent, self._directory, model)
        said = {"sessionID": of, "info": info}
        return Frame("message.updated", said, session=of, name=name, flat=flat)

    def _stream(self, event: happened.MessageChunk | happened.MessageReset) -> list[Frame]:
        of = event.session
        growing = self._growing.get(event.message)
        if growing is None:
            return []
        if isinstance(event, happened.MessageReset):
            gone = sorted(growing.shown)
            growing.reset()
            retry = {
                "type": "retry",
                "attempt": event.attempt,
                "message": event.reason,
                "next": translate.ms(time.time() + event.after),
            }
            frames = [removed_part(id, event.message, of) for id in gone]
            return [*frames, status(of, retry)]
        if isinstance(event.delta, Retrying):
            return []
        again = [status(of, {"type": "busy"})] if growing.was_reset() else []
        at, is_new = growing.take(event.delta)
        if at is None:
            return again
        part = growing.message.parts[at]
        if isinstance(part, ToolPart):
            return [*again, *self._shown(growing, of, at)]
        if not isinstance(part, TextPart | ReasoningPart):
            return again
        new = self._empty(growing, of, at) if is_new else []
        text = getattr(event.delta, "text", "")
        return [
            *again,
            *new,
            delta_frame(growing, of, at, text, isinstance(event.delta, TextDelta)),
        ]

    def _shown(self, growing: Growing, of: str, at: int) -> list[Frame]:
        part = translate.part(growing.message, of, at)
        if part is None:
            return []
        growing.shown.add(part.id)
        return [part_frame(part, of)]

    def _empty(self, growing: Growing, of: str, at: int) -> list[Frame]:
        """The part as it begins, before its first piece."""
        part = translate.part(growing.message, of, at)
        if not isinstance(part, wire.TextPart | wire.ReasoningPart):
            return []
        part.text = ""
        growing.shown.add(part.id)
        return [part_frame(part, of)]

    # Tools

    async def _tool(
        self, event: happened.ToolStarted | happened.ToolProgress | happened.ToolFinished
    ) -> list[Frame]:
        of = event.session
        if isinstance(event, happened.ToolProgress):
            growing = self._growing.get(self.call_place(event.call))
            call = growing.call(event.call) if growing else None
            if growing is None or call is None:
                return []
            return [self._call(growing, call, of, progress=event.text)]
        known = self._growing.get(event.message)
        growing, call = known or await self._stored(of, event.message), event.call
        growing.put(call)
        if isinstance(event, happened.ToolStarted):
            flat = {"id": call.id, "name": call.tool, "args": call.input}
            new = [] if known else [self._info(growing.message, of)]
            return [*new, self._call(growing, call, of, "tool.start", flat)]
        lasted = int(((call.ended or 0) - (call.started or call.ended or 0)) * 1000)
        flat = {"id": call.id, "success": call.status == "completed", "result": call.output}
        place = {"sessionID": of, "messageID": growing.message.id, "callID": call.id}
        return [
            self._call(growing, call, of, "tool.result", flat),
            Frame("tool.end", place, session=of, flat={"id": call.id, "duration_ms": lasted}),
            *self._done_by_hand(growing, call, of),
        ]

    def _done_by_hand(self, growing: Growing, call: ToolPart, of: str) -> list[Frame]:
        """The end of a message that holds nothing but a call no model made."""
        message = growing.message
        if message.model:
            return []
        message.finish, message.ended = "stop", call.ended
        return [self._info(message, of)]

    async def _stored(self, of: str, message: str) -> Growing:
        """The message of a call that no model made."""
        session = await self._door.session(of)
        found = next((m for m in session.messages if m.id == message), None)
        self._parents.setdefault(of, session.last_prompt)
        self._models[of] = session.model
        return self._growing.setdefault(
            message, Growing(found or Message(message, "assistant"), of)
        )

    def _call(
        self,
        growing: Growing,
        call: ToolPart,
        of: str,
        name: str = "",
        flat: dict[str, Any] | None = None,
        *,
        progress: str = "",
    ) -> Frame:
        part = translate.part(growing.message, of, growing.place(call.id))
        if progress and isinstance(part, wire.ToolPart):
            part.state = translate.tool_state(call, of, growing.message.id, part.id, progress)
        said = {"sessionID": of, "part": part, "time": translate.ms(time.time())}
        return Frame("message.part.updated", said, session=of, name=name, flat=flat)

    # Runs, questions, sessions

    def _run(self, event: happened.RunStarted | happened.RunFinished) -> list[Frame]:
        of = event.session
        if isinstance(event, happened.RunStarted):
            self._models[of] = event.model
            return [status(of, {"type": "busy"})]
        said = [one.message for one in self._growing.values() if one.session == of]
        fault = faults.of_run(event, self._models.pop(of, ""), said[-1] if said else None)
        self._forget(of)
        idle = Frame("session.idle", {"sessionID": of}, session=of)
        return [*ending(event, fault), status(of, {"type": "idle"}), idle]

    async def _changed_by(self, event: happened.RunStarted | happened.RunFinished) -> list[Frame]:
        of = event.session
        if isinstance(event, happened.RunStarted) or of not in self._touched:
            return []
        self._touched.discard(of)
        return [changed(await self._door.session(of))]

    def _forget(self, of: str) -> None:
        self._parents.pop(of, None)
        for id in [id for id, one in self._growing.items() if one.session == of]:
            del self._growing[id]

    async def _session(
        self, event: happened.SessionUpdated | happened.SessionDeleted
    ) -> list[Frame]:
        of = event.session
        if isinstance(event, happened.SessionDeleted):
            self.rewound.forget(of)
            known = self._seen.pop(of, None)
            info = {"info": translate.of_info(known)} if known else {}
            return [Frame("session.deleted", {"sessionID": of, **info}, session=of)]
        is_new = of not in self._seen and event.info.created >= self._began
        self._seen[of] = event.info
        said = {"sessionID": of, "info": await shown(self._door, event.info, self._base)}
        first = ["session.created"] * is_new  # the original's terminal reads updates alone
        return [Frame(kind, said, session=of) for kind in [*first, "session.updated"]]

    def _replaced(self, event: happened.SessionReplaced, session: Session) -> list[Frame]:
        of = event.session
        if event.reason == "compaction":
            shown = [m for m in session.messages if m.summary]
            self._parents[of] = session.last_prompt
            whole = [frame for message in shown for frame in self._whole(message, of)]
            there = {message.id for message in session.messages}
            mine = [id for id, one in self._growing.items() if one.session == of]
            lost = [id for id in mine if id not in there]  # answers that did not fit the window
            return [*(removed(id, of) for id in lost), *whole, compacted(session, shown)]
        return self.rewound.told(session)

    def _other(self, event: Event) -> list[Frame]:
        of = event.session
        match event:
            case happened.QueueChanged():
                gone, new = self._queue.changed(event)
                told = (frame for message in new for frame in self._whole(message, of))
                return [*(removed(name, of) for name in gone), *told]
            case happened.FilesChanged(paths=paths):
                self._touched.add(of)
                absolute = [str(self._door.rooms.place.resolve(path)) for path in paths]
                return [Frame("file.edited", {"file": path}, session=of) for path in absolute]
            case _:
                return plain(event)
