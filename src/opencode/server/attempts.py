"""Logins to providers that clients ask after: begun, pending, done."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

from opencode.core.error import OpenCodeError
from opencode.core.ids import new_id
from opencode.server.protocol.translate import ms


class Attempt:
    """One login: from its start to its end, or until it is cancelled."""

    def __init__(self, seconds: float) -> None:
        self.id = new_id("att")
        self.created = time.time()
        self.expires = self.created + seconds
        self._status, self._message = "pending", ""
        self._task: asyncio.Task[None] | None = None

    def begin(
        self,
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        work: Callable[[], Coroutine[Any, Any, None]],
    ) -> None:
        """Do it in the background."""
        self._task = spawn(self._run(work))

    async def _run(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            await work()
            self._status = "complete"
        except OpenCodeError as error:
            self._status, self._message = "expired" if self.is_old else "failed", error.message

    async def ended(self) -> str:
        """Why it failed once it is over; "" when it did not."""
        if self._task:
            await asyncio.wait([self._task])
        return self._message

    def cancel(self) -> None:
        """Wait for it no longer."""
        if self._task:
            self._task.cancel()

    @property
    def is_old(self) -> bool:
        """Whether it can no longer end well."""
        return time.time() > self.expires

    def told(self) -> dict[str, Any]:
        """How it stands, in the protocol's words."""
        found: dict[str, Any] = {"status": self._status, "time": self.time}
        return {**found, "message": self._message} if self._status == "failed" else found

    @property
    def time(self) -> dict[str, int]:
        """When it was begun and until when it can end well."""
        return {"created": ms(self.created), "expires": ms(self.expires)}
