"""Names of the project's files for completion: what is ignored is left out, and nothing waits."""

import asyncio
import os
import re
from collections import deque
from pathlib import Path
from time import monotonic

from opencode.core.error import ToolError

_MOST = 50_000
_SECONDS = 2.0
_GLANCE = 0.5
_SKIPPED = frozenset(
    {"node_modules", "__pycache__", "venv", "target", "dist", "build", "site-packages"}
)
_EVERY = re.compile(r".*", re.DOTALL)


async def list_files(folder: Path) -> list[str]:
    """Files and folders (ending in a slash) below `folder`, near ones first, what git ignores left
    out. Where that takes longer than two seconds, what a short look finds."""
    # The searcher is needed once somebody mentions a file.
    from opencode.tools.shared.search.search import Searcher  # noqa: PLC0415

    try:
        async with asyncio.timeout(_SECONDS):
            files, _ = await Searcher(folder).files(folder, _EVERY)
    except (TimeoutError, ToolError, OSError):
        return await asyncio.to_thread(glance, folder)
    return await asyncio.to_thread(_in_order, files)


def _in_order(files: list[str]) -> list[str]:
    folders = {f"{part.as_posix()}/" for file in files for part in Path(file).parents if part.name}
    return sorted([*files, *folders], key=lambda name: (name.rstrip("/").count("/"), name))[:_MOST]


def glance(folder: Path) -> list[str]:
    """A bounded look at a folder that is too large: hidden and built ones are left out, links not
    followed; half a second at most."""
    found: list[str] = []
    waiting = deque([folder])
    until = monotonic() + _GLANCE
    while waiting and len(found) < _MOST and monotonic() < until:
        here = waiting.popleft()
        try:
            with os.scandir(here) as entries:
                rows = sorted((e for e in entries if not e.name.startswith(".")), key=_name)
        except OSError:
            continue
        for entry in rows:
            path = Path(entry.path)
            shown = path.relative_to(folder).as_posix()
            if not entry.is_dir(follow_symlinks=False):
                found.append(shown)
            elif entry.name not in _SKIPPED:
                found.append(shown + "/")
                waiting.append(path)
    return found


def _name(entry: os.DirEntry[str]) -> str:
    return entry.name
