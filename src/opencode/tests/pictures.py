"""Pictures of the running program for the documentation: `make pictures`."""

import asyncio
import os
import re
import subprocess
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from opencode.core.door import Door
from opencode.tests.fakes.model_client import model_server
from opencode.tests.pages import DOCS
from opencode.tui.app import OpenCodeApp
from opencode.tui.options import Options
from opencode.workspace.open import Opening, open_workspace

_EDIT = {"path": "shop.py", "old_string": "sum(prices)", "new_string": "sum(prices, start=0.0)"}
_RECEIPT = """from shop import total


def receipt(prices):
    lines = [f"{price:8.2f}" for price in prices]
    return "\\n".join([*lines, f"{total(prices):8.2f}"])
"""
_CALLS = (
    ("grep", {"pattern": "def total"}),
    ("read", {"path": "shop.py"}),
    ("edit", _EDIT),
    ("bash", {"command": "python3 -m unittest -q"}),
)
_ANSWER = """`total([])` gave the **integer** 0, so the receipt printed `0` instead of `0.00`. \
It now begins with a float, and the test passes:

1. `shop.py:2` starts the sum with `0.0`,
2. nothing else had to change.
"""
_TODOS = [
    {"text": "Print every price", "status": "completed"},
    {"text": "Push it", "status": "in_progress"},
]
_MORE = (
    ("write", {"path": "receipt.py", "content": _RECEIPT}),
    ("todo", {"todos": _TODOS}),
    ("bash", {"command": "git push --force origin main"}),
)
_USAGE = {"input": 2310, "output": 85, "cache_read": 0, "cache_write": 0, "reasoning": 0}


def _turns(calls: Sequence[tuple[str, dict[str, Any]]], answer: str) -> list[dict[str, Any]]:
    asked = [
        {"calls": [{"name": name, "arguments": given}], "usage": _USAGE} for name, given in calls
    ]
    return [*asked, {"text": answer, "usage": _USAGE}]


_TURNS = [*_turns(_CALLS, _ANSWER), *_turns(_MORE, "`receipt.py` is there; nothing was pushed.")]
_OTHERS = (
    "Explain how prices are rounded",
    "Add a discount to total",
    "Run the tests and fix them",
)
_PROJECT = {
    "shop.py": "def total(prices):\n    return sum(prices)\n",
    "test_shop.py": (
        "import unittest\n\nfrom shop import total\n\n\nclass Total(unittest.TestCase):\n"
        "    def test_empty(self):\n        self.assertIsInstance(total([]), float)\n"
    ),
}
_SETTINGS = """
[provider.demo]
base_url = "{url}/v1"
kind = "openai"
api_key = "none"
[provider.demo.models.scripted]
window = 128000
input_price = 3.0
output_price = 15.0
[worker]
keep = "0"
[server]
with_tui = false
"""


class Sitting:
    """The app in a project of its own, driven by keys."""

    def __init__(self, app: OpenCodeApp, pilot: Pilot[None], door: Door) -> None:
        self.app, self.pilot, self.door = app, pilot, door

    async def until(self, claim: Callable[[], Awaitable[bool]]) -> None:
        """Wait for something, then for the screen to show it."""
        while not await claim():
            await self.pilot.pause(0.1)
        await self.pilot.pause(1.0)

    async def has_answered(self, count: int) -> bool:
        """Whether so many prompts were answered."""
        found = [await self.door.session(one.id) for one in await self.door.sessions()]
        return sum(m.finish == "stop" for s in found for m in s.messages) >= count

    async def is_asking(self) -> bool:
        """Whether a person must decide."""
        return bool(await self.door.asks())

    async def press(self, *keys: str) -> None:
        """Keys, and time for what they do."""
        await self.pilot.press(*keys)
        await self.pilot.pause(1.0)

    def picture(self) -> str:
        """What the terminal shows."""
        return self.app.export_screenshot(title="opencode")


async def take(folder: Path, url: str, size: tuple[int, int]) -> AsyncGenerator[tuple[str, str]]:
    """The app while it works in a project of its own: (name, SVG) after (name, SVG)."""
    project = folder / "shop"
    project.mkdir()
    for name, text in _PROJECT.items():
        (project / name).write_text(text)
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=project, check=True)
    config = folder / ".config" / "opencode"
    config.mkdir(parents=True)
    (config / "opencode.toml").write_text(_SETTINGS.format(url=url))
    doors: list[Door] = []

    @asynccontextmanager
    async def opened() -> AsyncGenerator[Door]:
        async with open_workspace(Opening(project, model="demo/scripted")) as door:
            for title in _OTHERS:
                await door.create(title=title)
            doors.append(door)
            yield door

    app = OpenCodeApp(opened, Options(prompt="Why is the empty receipt 0? Fix it", theme="dark"))
    async with app.run_test(size=size) as pilot, asyncio.timeout(120):
        while not doors:
            await pilot.pause(0.1)
        sitting = Sitting(app, pilot, doors[0])
        await sitting.until(lambda: sitting.has_answered(1))
        yield "conversation", sitting.picture()
        app.chat.submit("Print every price, then push")
        await sitting.until(sitting.is_asking)
        yield "permission", sitting.picture()
        await sitting.press("enter")
        await sitting.until(lambda: sitting.has_answered(2))
        await sitting.press("ctrl+g", "j")
        yield "review", sitting.picture()
        await sitting.press("escape")
        await sitting.press("ctrl+o")
        yield "sessions", sitting.picture()
        await sitting.press("escape")
        app.follow("light")
        await sitting.press("ctrl+b")
        yield "light", sitting.picture()


async def write_all(folder: Path, url: str) -> None:
    """Every picture into docs/pictures."""
    pictures = DOCS / "pictures"
    pictures.mkdir(exist_ok=True)
    async for name, drawn in take(folder, url, (112, 26)):
        svg = re.sub(r"@font-face \{.*?\}", "", drawn, flags=re.DOTALL)  # it names a foreign host
        svg = re.sub(r"terminal-\d+", "terminal-1", svg)
        text = "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"
        (pictures / f"{name}.svg").write_text(text, "utf-8")


def main() -> None:
    """Write docs/pictures/*.svg."""
    with tempfile.TemporaryDirectory(prefix="opencode-") as name, model_server(_TURNS) as server:
        folder = Path(name)
        (folder / "run").mkdir(mode=0o700)
        home = {"HOME": name, "XDG_RUNTIME_DIR": str(folder / "run"), "LANG": "en_US.UTF-8"}
        os.environ.update(home)
        os.chdir(folder)
        asyncio.run(write_all(folder, server.url))


if __name__ == "__main__":
    main()
