"""A workspace as another thread may use it: what is asked of it is done in its own loop."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, cast

from opencode.workspace.workspace import Workspace


class _Across:
    """Calls hop over to the workspace's loop and back; cancelling hops, too. What is no coroutine
    (settings, names, subscriptions) is used as it is."""

    def __init__(self, door: Workspace, loop: asyncio.AbstractEventLoop) -> None:
        object.__setattr__(self, "_door", door)
        object.__setattr__(self, "_loop", loop)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._door, name)
        return _hopping(found, self._loop) if inspect.iscoroutinefunction(found) else found

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._door, name, value)


def across(door: Workspace, loop: asyncio.AbstractEventLoop) -> Workspace:
    """The same workspace for a thread that is not the loop's."""
    return cast("Workspace", _Across(door, loop))


def _hopping(
    work: Callable[..., Any], loop: asyncio.AbstractEventLoop
) -> Callable[..., Awaitable[Any]]:
    async def hop(*args: Any, **named: Any) -> Any:
        doing = asyncio.run_coroutine_threadsafe(work(*args, **named), loop)
        return await asyncio.wrap_future(doing)

    return hop
