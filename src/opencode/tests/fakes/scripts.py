"""A workspace whose models play scripts, and a person who answers what they ask."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from opencode.core.ask import Ask, Reply
from opencode.core.event import AskRaised, Event, Notice, RunFinished
from opencode.core.message import ToolPart
from opencode.workspace.open import Opening, open_workspace
from opencode.workspace.workspace import Workspace

Answers = Callable[[Ask], Reply]


def script(folder: Path, name: str, *turns: list[dict[str, Any]]) -> str:
    """The name of a model that plays these turns."""
    path = folder / f"{name}.json"
    path.write_text(json.dumps(turns))
    return f"scripted/{path}"


def call(tool: str, **input: Any) -> dict[str, Any]:
    """A tool call of a script."""
    return {"call": [tool, input]}


@dataclass
class Desk:
    """A workspace as a test uses it: say something, wait for the end, look at what happened."""

    door: Workspace
    events: list[Event] = field(default_factory=list)
    asks: list[Ask] = field(default_factory=list)
    seen: int = 0
    """The number of the last event that was heard."""
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def say(self, text: str, session: str = "", **how: Any) -> str:
        """Prompt and wait for the run; returns the session's id."""
        session = session or (await self.door.create()).id
        await self.door.prompt(session, text, **how)
        await self.door.idle(session)
        last = self.door.rooms.bus.n
        await self.until(lambda: self.seen >= last)
        return session

    async def until(self, claim: Callable[[], object]) -> None:
        """Wait until events made the claim true."""
        while not claim():
            self.news.clear()
            await self.news.wait()

    async def calls(self, session: str) -> list[ToolPart]:
        """Every call of the session, in order."""
        return [c for m in (await self.door.session(session)).messages for c in m.calls]

    def told(self) -> str:
        """Every notice, those of the opening and those of runs."""
        said = [event.text for event in self.events if isinstance(event, Notice)]
        return "\n".join([*self.door.notices, *said])

    def ends(self) -> list[RunFinished]:
        """Every run that ended."""
        return [event for event in self.events if isinstance(event, RunFinished)]


def nobody(ask: Ask) -> Reply:
    """Where nothing is to be asked: `desk` says so at its end."""
    return Reply("reject", reason=f"not expected: {ask.text or ask.questions}")


@asynccontextmanager
async def desk(
    project: Path, model: str, answers: Answers = nobody, **how: Any
) -> AsyncGenerator[Desk]:
    """The project opened with that model; `how` goes into the Opening."""
    opening = Opening(project, model=model, **how)
    async with open_workspace(opening) as door, door.subscribe() as events:
        made = Desk(door)

        async def listen() -> None:
            async for numbered in events:
                made.events.append(numbered.event)
                made.seen = numbered.n
                made.news.set()
                if isinstance(numbered.event, AskRaised):
                    made.asks.append(numbered.event.ask)
                    await door.answer(numbered.event.ask.id, answers(numbered.event.ask))

        listening = asyncio.create_task(listen())
        try:
            yield made
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
        assert answers is not nobody or not made.asks, made.asks
