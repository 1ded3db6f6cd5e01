"""Pictures of the running program for the documentation: `make pictures`."""

import asyncio
import os
import re
import subprocess
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from opencode.core.door import Door
from opencode.tests.fakes.model_client import model_server
from opencode.tests.pages import DOCS
from opencode.tui.app import OpenCodeApp
from opencode.tui.options import Options
from opencode.workspace.open import Opening, open_workspace

_EDIT = {"path": "shop.py", "old_string": "sum(prices)", "new_string": "sum(prices, start=0.0)"}
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
_USAGE = {"input": 2310, "output": 85, "cache_read": 0, "cache_write": 0, "reasoning": 0}
_TURNS: list[dict[str, Any]] = [
    {"calls": [{"name": name, "arguments": given}], "usage": _USAGE} for name, given in _CALLS
]
_TURNS.append({"text": _ANSWER, "usage": _USAGE})
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


async def take(folder: Path, url: str, size: tuple[int, int]) -> str:
    """The app after a task in a project of its own, as SVG."""
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
        opening = Opening(project, model="demo/scripted", on_ask="auto", what="opencode")
        async with open_workspace(opening) as door:
            doors.append(door)
            yield door

    app = OpenCodeApp(opened, Options(prompt="Why is the empty receipt 0? Fix it", theme="dark"))
    async with app.run_test(size=size) as pilot, asyncio.timeout(60):
        while not (doors and await _is_answered(doors[0])):
            await pilot.pause(0.1)
        await pilot.pause(1.0)
        return app.export_screenshot(title="opencode")


async def _is_answered(door: Door) -> bool:
    found = [await door.session(one.id) for one in await door.sessions()]
    return any(m.text.startswith("`total") and m.ended for s in found for m in s.messages)


def main() -> None:
    """Write docs/pictures/conversation.svg."""
    with tempfile.TemporaryDirectory(prefix="opencode-") as name, model_server(_TURNS) as server:
        folder = Path(name)
        (folder / "run").mkdir(mode=0o700)
        home = {"HOME": name, "XDG_RUNTIME_DIR": str(folder / "run"), "LANG": "en_US.UTF-8"}
        os.environ.update(home)
        os.chdir(folder)
        svg = asyncio.run(take(folder, server.url, (112, 24)))
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)  # it names a foreign host
    svg = re.sub(r"terminal-\d+", "terminal-1", svg).replace(name, "~")
    target = DOCS / "pictures" / "conversation.svg"
    target.parent.mkdir(exist_ok=True)
    target.write_text("\n".join(line.rstrip() for line in svg.splitlines()) + "\n", "utf-8")


if __name__ == "__main__":
    main()
