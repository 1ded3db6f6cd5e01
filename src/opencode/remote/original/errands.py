"""Requests whose answer nobody waits for: they end with the door, and their failure is told."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from opencode.core.error import OpenCodeError


class Errands:
    """Work in the background of one door."""

    def __init__(self) -> None:
        self._open: set[asyncio.Task[None]] = set()

    def start(
        self, work: Coroutine[Any, Any, Any], failed: Callable[[OpenCodeError], None]
    ) -> None:
        """Do it; `failed` hears of what goes wrong."""

        async def guarded() -> None:
            try:
                await work
            except OpenCodeError as error:
                failed(error)

        errand = asyncio.create_task(guarded())
        self._open.add(errand)
        errand.add_done_callback(self._open.discard)

    async def close(self) -> None:
        """Wait for none of it."""
        for errand in self._open:
            errand.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
