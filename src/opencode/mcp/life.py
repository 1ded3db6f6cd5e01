"""One server from its start to its end: started, watched, started again, given up."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from pathlib import Path

from opencode.config.pins import Pins, why_changed
from opencode.core.error import OpenCodeError, ToolError
from opencode.mcp import tokens
from opencode.mcp.entry import Entry
from opencode.mcp.nouns import (
    Connection,
    LoginNeeded,
    NotInstalled,
    NotTrusted,
    Opener,
    State,
    Told,
)

log = logging.getLogger(__name__)

RESTARTS = 3
_STEADY = 60.0
"""Seconds of service after which earlier failures count no more."""
_LOOK = 1.0
"""Seconds between looks whether somebody logged in meanwhile."""
_PATIENCE = 15.0
"""Seconds a call waits for a server that is being started again."""


class Life:
    """What `Servers` knows of one server. Its connection is opened and closed in `run` alone."""

    def __init__(
        self,
        entry: Entry,
        root: Path,
        tell: Callable[["Life"], None],
        pause: float,
        pins: Pins | None = None,
    ) -> None:
        self.entry = entry
        self.state: State = "waiting"
        self.detail = ""
        """Why it is in this state, with the fix where there is one."""
        self.told = Told()
        """What it said last; kept while it is away, so that its tools fail with the reason."""
        self._root, self._tell, self._pause, self._pins = root, tell, pause, pins
        self._connection: Connection | None = None
        self._turned = asyncio.Event()
        self._wanted = asyncio.Event()

    @property
    def changed(self) -> dict[str, float]:
        """Resources that were read and changed since, and when."""
        return self._connection.changed if self._connection else {}

    @property
    def is_settled(self) -> bool:
        """Whether waiting any longer makes no difference."""
        return self.state in ("ready", "failed", "login", "disabled")

    async def settled(self) -> None:
        """Return when it is known whether it can be used."""
        while not self.is_settled:
            await self._turned.wait()

    async def tried(self) -> None:
        """Return when its first start has ended, well or not."""
        while self.state in ("waiting", "starting"):
            await self._turned.wait()

    async def run(self, opener: Opener) -> None:
        """Keep it going until cancelled or given up."""
        failures = 0
        while True:
            self._turn("starting")
            began = time.monotonic()
            try:
                reason = await self._serve(opener)
            except LoginNeeded as error:
                await self._wait_for_login(error)
                continue
            except (NotInstalled, NotTrusted) as error:
                self._turn("failed", f"{error.message} {error.hint}".strip())
                return
            except OpenCodeError as error:
                reason = f"{error.message} {error.hint}".strip()
            except Exception as error:
                log.exception("MCP server %s", self.entry.name)
                reason = f"unexpected {type(error).__name__}: {error}"
            if time.monotonic() - began > _STEADY:
                failures = 0
            failures += 1
            if failures > RESTARTS:
                why = f"Given up after {RESTARTS} restarts: {reason}"
                self._turn("failed", why)
                if not self.entry.url:
                    return
                await self._wanted.wait()  # an address may be in reach again, a program is not
                self._wanted.clear()
                continue
            self._turn("restarting", reason)
            await asyncio.sleep(self._pause * 3 ** (failures - 1))

    async def connection(self) -> Connection:
        """The connection; ToolError when there is none. One that comes back is waited for, and an
        address that was given up is tried once more."""
        if self.state == "failed" and self.entry.url:
            self._turn("restarting", self.detail)
            self._wanted.set()
        if not self.is_settled:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_PATIENCE):
                    await self.settled()
        if self._connection is None:
            raise ToolError(f"MCP server {self.entry.name} is {self.state}. {self.detail}".strip())
        return self._connection

    async def _serve(self, opener: Opener) -> str:
        """Why the connection ended."""
        key = f"mcp.servers.{self.entry.name}"
        if self._pins and (changed := await asyncio.to_thread(self._pins.changed, key)):
            raise NotTrusted(
                f"MCP server {self.entry.name} was not started.", hint=why_changed(changed)
            )
        async with opener(self.entry, self._root, self._changed) as connection:
            self._connection, self.told = connection, connection.told
            self._turn("ready")
            try:
                reason = await connection.lost()
            finally:
                self._connection = None
            self._turn("restarting", reason)  # closing may take a moment
            return reason
        return "the connection was closed"

    async def _wait_for_login(self, error: LoginNeeded) -> None:
        seen = await asyncio.to_thread(tokens.stamp)
        self._turn("login", f"{error.message} {error.hint}")
        while True:
            await asyncio.sleep(_LOOK)
            if await asyncio.to_thread(tokens.stamp) != seen:
                return

    @property
    def is_on(self) -> bool:
        """Whether it is to run at all."""
        return self.state != "disabled"

    def turn_off(self) -> None:
        """It is to run no more; what it offered is gone."""
        self.told = Told()
        self._turn("disabled")

    def give_up(self, reason: str) -> None:
        """It cannot even be tried."""
        self._turn("failed", reason)

    def _changed(self) -> None:
        if self._connection is not None:
            self.told = self._connection.told
            self._turn("ready")

    def _turn(self, state: State, detail: str = "") -> None:
        self.state, self.detail = state, detail
        turned, self._turned = self._turned, asyncio.Event()
        turned.set()
        self._tell(self)
