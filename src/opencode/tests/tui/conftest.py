"""The app over a door in memory, driven by keys."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from opencode.core.session import Session
from opencode.tests.fakes.door import FakeDoor
from opencode.tests.tui.on_pty import Terminal
from opencode.tui.app import OpenCodeApp
from opencode.tui.options import Options
from opencode.tui.widgets.transcript import Transcript


class Seat:
    """A person before the app: presses keys, reads the screen."""

    def __init__(self, app: OpenCodeApp, door: FakeDoor, pilot: Pilot[None]) -> None:
        self.app, self.door, self.pilot = app, door, pilot

    @property
    def transcript(self) -> Transcript:
        return self.app.chat.query_one(Transcript)

    @property
    def session(self) -> Session:
        return next(iter(self.door.kept.values()))

    async def until(self, claim: Callable[[], object], tries: int = 200) -> None:
        """Wait for something to become true."""
        for _ in range(tries):
            if claim():
                return
            await self.pilot.pause(0.02)
        raise AssertionError(f"it never became true; the screen:\n{self.screen()}")

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        """All but the last letter at once, as a paste does; the last one as a key."""
        focused = self.app.screen.focused
        assert isinstance(focused, Input | TextArea)
        if isinstance(focused, Input):
            focused.insert_text_at_cursor(text[:-1])
        else:
            focused.insert(text[:-1])
        await self.press({" ": "space", ".": "full_stop"}.get(text[-1], text[-1]))

    async def say(self, text: str) -> None:
        """Type and send; returns when the door has heard it."""
        before = len(self.door.said)
        await self.type(text)
        await self.press("enter")
        await self.until(lambda: len(self.door.said) > before)

    async def sees(self, text: str) -> None:
        await self.until(lambda: text in self.screen())

    def screen(self) -> str:
        """What the terminal shows, row by row."""
        rows = [
            "".join(s.text for s in strip) for strip in self.app.screen._compositor.render_strips()
        ]
        return "\n".join(rows)


Sitting = Callable[..., AbstractAsyncContextManager[Seat]]


@pytest.fixture
def sitting() -> Sitting:
    @asynccontextmanager
    async def sit(
        size: tuple[int, int] = (100, 30), door: FakeDoor | None = None, **options: object
    ) -> AsyncIterator[Seat]:
        door = door or FakeDoor()
        app = OpenCodeApp(door.opened, Options(**options))  # pyright: ignore
        async with app.run_test(size=size, notifications=True) as pilot:
            seat = Seat(app, door, pilot)
            await seat.until(lambda: getattr(app, "chat", None) and app.chat.desk)
            yield seat

    return sit


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    made = Terminal()
    yield made
    made.close()
