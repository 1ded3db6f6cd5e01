"""What several files of this room need: work in a thread that is never left half done."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def whole(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run blocking work in a thread and wait for its end even when cancelled: locks held around
    it stay held until the thread has let go of the files."""
    import asyncio  # noqa: PLC0415 - 15 ms that lists of sessions do without

    task = asyncio.ensure_future(asyncio.to_thread(work, *args, **kwargs))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


def utf8(text: str) -> str:
    """The text as UTF-8 can say it; file names may hold other bytes."""
    return text.encode("utf-8", "replace").decode()
