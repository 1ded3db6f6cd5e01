"""Programs of a project that changed after it was trusted do not run until somebody looked."""

import asyncio

from opencode.agent.inbox import Inbox
from opencode.config import trust
from opencode.config.pins import Pins, why_changed
from opencode.core.ask import Ask
from opencode.core.display import Text
from opencode.core.ids import new_id
from opencode.core.message import ToolPart
from opencode.core.session import Session
from opencode.workspace.collaborators.hooks import HookFailed
from opencode.workspace.subagents.family import Family

_SHOWN = 4000
"""Characters of a changed file."""


class Vouching:
    """Implements `hooks.Vouched`: a person is asked once for each change, where one is here."""

    def __init__(self, pins: Pins, family: Family) -> None:
        self._pins, self._family = pins, family
        self._one = asyncio.Lock()
        self.inbox: Inbox | None = None
        """Where the person is asked; None while nobody can be."""

    async def __call__(self, key: str, session: Session | None, call: ToolPart | None) -> None:
        """See `hooks.Vouched`."""
        if not self._pins.files:
            return
        async with self._one:
            changed = await asyncio.to_thread(self._pins.changed, key)
            if not changed:
                return
            if self.inbox and session and call and await self._agreed(changed, session, call):
                await asyncio.to_thread(trust.trust, self._pins.root, changed)
                return
        raise HookFailed(why_changed(changed))

    async def _agreed(self, changed: dict[str, str], session: Session, call: ToolPart) -> bool:
        assert self.inbox
        names = ", ".join(changed)
        why = (
            f"{names} changed since you trusted this folder. "
            "To allow it is to trust it as it is now."
        )
        ask = Ask(
            new_id("per"),
            session.id,
            "permission",
            "hook",
            call.id,
            text=names,
            reasons=[why],
            display=[Text(await asyncio.to_thread(self._texts, changed))],
            path=self._family.path(session),
        )
        return (await self.inbox.ask(ask)).verdict == "allow"

    def _texts(self, changed: dict[str, str]) -> str:
        """What the files hold, to be looked at."""
        found: list[str] = []
        for name in changed:
            try:
                with (self._pins.root / name).open(encoding="utf-8", errors="replace") as file:
                    found.append(file.read(_SHOWN))
            except OSError as error:
                found.append(f"{name}: {error.strerror}")
        return "\n".join(found)
