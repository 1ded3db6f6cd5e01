"""Orders for our own app: everything goes through the door, as events, as in life."""

import asyncio
import gc
from collections.abc import Callable
from time import perf_counter
from typing import Any

from opencode.core.delta import TextDelta
from opencode.core.display import Text
from opencode.core.event import (
    MessageChunk,
    MessageFinished,
    MessageStarted,
    ToolFinished,
    ToolProgress,
    ToolStarted,
)
from opencode.core.message import Message, TextPart, ToolPart
from opencode.core.session import new_session
from opencode.tests.bench.tui_probe import Orders, memory
from opencode.tests.bench.tui_text import answer
from opencode.tests.fakes.door import FakeDoor
from opencode.tui.app import OpenCodeApp
from opencode.tui.screens.chat_desk import ChatDesk


class DoorOrders(Orders):
    """Works the fake door."""

    def __init__(self, app: OpenCodeApp, door: FakeDoor) -> None:
        super().__init__(app)
        self.chat, self.door = app.chat, door

    def listen(self) -> None:
        """Once the app has begun."""
        if self.chat.desk is None:
            asyncio.get_running_loop().call_later(0.05, self.listen)
        else:
            super().listen()

    @property
    def desk(self) -> ChatDesk:
        assert self.chat.desk is not None
        return self.chat.desk

    async def order_load(self, count: str) -> None:
        """A conversation of `count` messages."""
        session = new_session("/project", model="fake/one")
        texts = [answer(n) for n in range(50)]
        for n in range(int(count) // 2):
            session.messages.append(Message(f"u{n}", "user", [TextPart(f"Question {n}")]))
            session.messages.append(
                Message(f"a{n}", "assistant", [TextPart(f"{texts[n % 50]}{n}")], ended=1.0)
            )
        self.door.kept[session.id] = session
        begun = perf_counter()
        await self.desk.show_session(session)
        self.app.call_after_refresh(lambda: self.tell(perf_counter() - begun))

    def writer(self) -> tuple[Callable[[str], Any], Callable[[], bool]]:
        facts = self.desk.facts
        message = Message(f"s{perf_counter()}", "assistant", agent="build", model="fake/one")
        session = facts.session or "ses_bench"
        facts.session = self.desk.conversation.session = session
        self.door.tell(MessageStarted(session, message.id, "build", "fake/one"))
        parts: list[str] = []

        def write(piece: str) -> None:
            parts.append(piece)
            self.door.tell(MessageChunk(session, message.id, TextDelta(piece)))

        def drawn() -> bool:
            if parts:
                message.parts.append(TextPart("".join(parts)))
                parts.clear()
                self.door.tell(MessageFinished(session, message))
            block = self.desk.transcript.page.blocks[-1]
            return not block.live

        return write, drawn

    async def order_calls(self, count: str) -> None:
        """Tool calls with results; the memory after each hundred."""
        session = self.desk.facts.session = self.desk.conversation.session = "ses_bench"
        figures: list[float] = []
        for n in range(int(count)):
            part = ToolPart(f"c{n}", "bash", {"command": f"echo {n}"})
            part.start()
            self.door.tell(ToolStarted(session, "m", part))
            self.door.tell(ToolProgress(session, part.id, f"output {n}\n" * 20))
            await asyncio.sleep(0.002)
            done = ToolPart(part.id, "bash", part.input, status="running", started=part.started)
            done.close("completed", f"output {n}\n" * 20, [Text(f"output {n}\n" * 20)])
            self.door.tell(ToolFinished(session, "m", done))
            if n % 100 == 99:
                gc.collect()
                figures.append(round(memory(), 2))
        self.tell(*figures)
