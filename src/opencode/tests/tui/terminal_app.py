"""The app with its real driver over a door in memory, for tests in a real terminal."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from opencode.core.delta import TextDelta
from opencode.core.session import Session
from opencode.tests.fakes.door import FakeDoor
from opencode.tui.open import run_app
from opencode.tui.options import Options


async def pieces(door: FakeDoor, session: Session) -> None:
    """A stream that goes on until it is stopped."""
    for number in range(10_000):
        door.stream(session, TextDelta(f"piece {number} "), end=False)
        await asyncio.sleep(0.02)


@asynccontextmanager
async def answering() -> AsyncGenerator[FakeDoor]:
    """Every prompt is answered with its own words; "boom" is a bug, "slowly" takes long."""
    door = FakeDoor()

    async def answer() -> None:
        async with door.subscribe() as events:
            async for numbered in events:
                if type(numbered.event).__name__ != "RunStarted":
                    continue
                session = await door.session(numbered.event.session)
                text = session.messages[-1].text
                if text == "boom":
                    raise ZeroDivisionError
                if text == "slowly":
                    await pieces(door, session)
                    continue
                door.stream(session, *[TextDelta(f"echo {word} ") for word in text.split()])
                door.end(session, seconds=1.0)

    async with asyncio.TaskGroup() as group:
        task = group.create_task(answer())
        yield door
        task.cancel()


if __name__ == "__main__":
    sys.exit(run_app(answering, Options(log=Path("opencode.log"))))
