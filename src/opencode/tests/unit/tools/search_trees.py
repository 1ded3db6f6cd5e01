"""Projects to search in, and a context that knows only where it is."""

import asyncio
import os
import random
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from opencode.core.place import Place
from opencode.core.tool import AnyTool, ToolContext, ToolResult


def context(cwd: Path) -> ToolContext:
    unused: dict[str, Any] = {
        item.name: None for item in fields(ToolContext) if item.default is MISSING
    }
    return ToolContext(**unused | {"place": Place(cwd)})


async def call(tool: AnyTool, cwd: Path, **arguments: Any) -> ToolResult:
    return await asyncio.wait_for(tool.run(tool.parse(arguments), context(cwd)), 50)


def write(root: Path, files: dict[str, str | bytes], *, start: int = 1_700_000_000) -> None:
    """Write the files in order, each a second newer than the one before."""
    for age, (name, content) in enumerate(files.items()):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        os.utime(path, (start + age, start + age))


_WORDS = [
    "TODO",
    "def",
    "class",
    "naïve",
    "straße",
    "日本",
    "x = 1",
    "import os",
    "Foo",
    "foo(",
    "",
]
_NAMES = ["a.py", "b.ts", "c.log", ".hidden", "d.min.js", "e f.txt", "ü.md", "g.tsx", "h"]
_FOLDERS = ["", "src/", "src/deep/er/", "build/", ".github/", "node_modules/x/", "docs/", ".git/"]
_IGNORES = ["*.log", "build/", "/docs/*.md", "!keep.log", "node_modules", "# note", "d.*"]


def grow(root: Path, seed: int) -> None:
    """A project as nobody would write it: odd names, encodings, ignore files, links."""
    dice = random.Random(seed)
    files: dict[str, str | bytes] = {}
    for _ in range(dice.randint(10, 40)):
        lines = [
            " ".join(dice.choices(_WORDS, k=dice.randint(0, 5))) for _ in range(dice.randint(0, 12))
        ]
        text = dice.choice(["\n", "\n", "\r\n"]).join(lines) + dice.choice(["", "\n"])
        encoded: bytes = dice.choice(
            [
                text.encode(),
                text.encode(),
                b"\xef\xbb\xbf" + text.encode(),
                b"\xff\xfe" + text.encode("utf-16-le"),
                text.encode("latin-1", "replace"),
                text.encode() + b"\0\1\2",
            ]
        )
        files[dice.choice(_FOLDERS) + dice.choice(_NAMES)] = encoded
    for folder in dice.sample(_FOLDERS[:3], dice.randint(0, 2)):
        name = dice.choice([".gitignore", ".gitignore", ".ignore", ".rgignore"])
        files[folder + name] = "\n".join(dice.sample(_IGNORES, dice.randint(1, 4))) + "\n"
    write(root, files)
    if dice.random() < 0.5:
        (root / "link").symlink_to(root / "src")
        (root / "link.py").symlink_to(next(iter(files)))
    if dice.random() < 0.5:
        (root / ".git").mkdir(exist_ok=True)
