"""What another language costs on a full screen, against another theme: both paint every row."""

import asyncio
import statistics
from time import perf_counter

from opencode.core.message import Message, TextPart
from opencode.core.session import new_session
from opencode.i18n.catalog import languages
from opencode.tests.bench.table import Row, show
from opencode.tests.bench.tui_text import answer
from opencode.tests.fakes.door import FakeDoor
from opencode.tui.app import OpenCodeApp
from opencode.tui.options import Options

_ROUNDS = 15
_THEMES = ("nord", "gruvbox")
_LANGUAGES = [code for code in languages() if code != "en"][:2]


async def measure() -> Row:
    """The median of both, in turn, until the compositor has the new rows."""
    door = FakeDoor()
    session = new_session("/project", model="fake/one")
    for n in range(40):
        session.messages.append(Message(f"u{n}", "user", [TextPart(f"Question {n}")]))
        session.messages.append(Message(f"a{n}", "assistant", [TextPart(answer(n))], ended=1.0))
    door.kept[session.id] = session
    app = OpenCodeApp(door.opened, Options())
    themes: list[float] = []
    tongues: list[float] = []
    async with app.run_test(size=(160, 50)) as pilot:
        while app.chat.desk is None:
            await pilot.pause(0.02)
        desk = app.chat.desk
        await desk.show_session(session)
        for n in range(_ROUNDS):
            begun = perf_counter()
            app.theme = _THEMES[n % 2]
            await pilot.pause()
            themes.append(perf_counter() - begun)
            begun = perf_counter()
            desk.show_language(_LANGUAGES[n % 2])
            await pilot.pause()
            tongues.append(perf_counter() - begun)
    figure = statistics.median(tongues) / statistics.median(themes)
    return Row("another language, of another theme", figure, "x", 1.3)


def main() -> None:
    show("Languages", [asyncio.run(measure())])


if __name__ == "__main__":
    main()
