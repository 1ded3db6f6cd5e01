"""What ends a command from outside ends it as Ctrl-C does."""

import asyncio
import os
import signal
from collections.abc import Coroutine, Generator
from contextlib import contextmanager
from typing import Any, TypeVar

_Done = TypeVar("_Done")


def finished(work: Coroutine[Any, Any, _Done]) -> _Done:
    """What comes of it; KeyboardInterrupt when a signal ended it."""

    async def heard() -> _Done:
        with stopped_by_signals():
            return await work

    try:
        return asyncio.run(heard())
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


@contextmanager
def stopped_by_signals() -> Generator[None]:
    """SIGTERM, and the loss of the terminal, cancel the running task; elsewhere than on POSIX
    there is nothing to hear."""
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()
    if os.name != "posix" or task is None:
        yield
        return
    numbers = [signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # of nohup
        numbers.append(signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, task.cancel)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
