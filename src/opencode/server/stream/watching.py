"""What changes in the project's folder, told to those who listen; nobody listens, nothing runs."""

import asyncio
import logging
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from opencode.host.git import Git
from opencode.server.stream.feed import Feed
from opencode.server.stream.frame import Frame

if TYPE_CHECKING:
    from watchfiles import Change

log = logging.getLogger(__name__)

_HEAD = (".git", "HEAD")
_WORDS = {"added": "add", "modified": "change", "deleted": "unlink"}


async def watch(feed: Feed, root: Path) -> None:
    """Until cancelled. Where the system has no more watches, that is logged and nothing is told."""
    branch = await asyncio.to_thread(_branch, root)
    while True:
        await feed.is_read.wait()
        watching = asyncio.create_task(_tell(feed, root, branch))
        try:
            await feed.is_unread.wait()
        finally:
            watching.cancel()
            [ended] = await asyncio.gather(watching, return_exceptions=True)
            if isinstance(ended, Exception):
                log.warning("%s is not watched: %s", root, ended)
        branch = await asyncio.to_thread(_branch, root)


async def _tell(feed: Feed, root: Path, branch: str) -> None:
    # Loaded here: 65 ms, and most servers are never listened to. Its types name a library we lack.
    watchfiles: Any = import_module("watchfiles")
    usual = watchfiles.DefaultFilter()

    def is_told(change: "Change", path: str) -> bool:
        return Path(path).relative_to(root).parts == _HEAD or usual(change, path)

    async for changes in watchfiles.awatch(root, watch_filter=is_told, debounce=300):
        for change, path in sorted(changes, key=lambda one: one[1]):
            if Path(path).relative_to(root).parts != _HEAD:
                said = {"file": path, "event": _WORDS[change.name]}
                feed.publish(Frame("file.watcher.updated", said))
            elif (now := await asyncio.to_thread(_branch, root)) != branch:
                branch = now
                feed.publish(Frame("vcs.branch.updated", {"branch": branch}))


def _branch(root: Path) -> str:
    git = Git(root)
    return git.branch() if git.top() else ""
