"""A workspace as another thread may use it: what is asked of it is done in its own loop."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

from opencode.workspace.workspace import Workspace

T = TypeVar("T")


class _Across:
    """Calls hop over to the workspace's loop and back; cancelling hops, too. What is no coroutine
    (settings, names, subscriptions) is used as it is."""

    def __init__(self, door: Workspace, loop: asyncio.AbstractEventLoop) -> None:
        self._door: Workspace
        self._loop: asyncio.AbstractEventLoop
        object.__setattr__(self, "_door", door)
        object.__setattr__(self, "_loop", loop)

    async def at_home(self, work: Callable[[Workspace], Awaitable[T]]) -> T:
        """See `at_home` below."""
        return await _hopping(work, self._loop)(self._door)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._door, name)
        return _hopping(found, self._loop) if inspect.iscoroutinefunction(found) else found

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._door, name, value)


def across(door: Workspace, loop: asyncio.AbstractEventLoop) -> Workspace:
    """The same workspace for a thread that is not the loop's."""
    return cast("Workspace", _Across(door, loop))


async def at_home(door: Workspace, work: Callable[[Workspace], Awaitable[T]]) -> T:
    """Do it in the loop the workspace lives in: nothing of it changes between two awaits."""
    found = cast("Any", door)
    return await (found.at_home(work) if isinstance(found, _Across) else work(door))


def _hopping(
    work: Callable[..., Any], loop: asyncio.AbstractEventLoop
) -> Callable[..., Awaitable[Any]]:
    async def hop(*args: Any, **named: Any) -> Any:
        doing = asyncio.run_coroutine_threadsafe(work(*args, **named), loop)
        return await asyncio.wrap_future(doing)

    return hop
