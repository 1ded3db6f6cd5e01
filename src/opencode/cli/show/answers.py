"""Who answers the questions of one task: a person at the terminal, or nobody."""

import asyncio

from opencode.agent.gate import OnAsk
from opencode.cli.show.asking import answer_on_terminal
from opencode.core.ask import Ask, Reply
from opencode.core.door import Door
from opencode.core.event import AskRaised, Event


class Answers:
    """Answers in tasks of `group`, one at a time, for a session and those below it. On a server
    there may be other sessions; theirs are left to others."""

    def __init__(self, door: Door, session: str, on_ask: OnAsk, group: asyncio.TaskGroup) -> None:
        self._door, self._session = door, session
        self._on_ask, self._group = on_ask, group
        self._one_at_a_time = asyncio.Lock()

    def heard(self, event: Event) -> None:
        """Something happened."""
        if isinstance(event, AskRaised):
            self._group.create_task(self._answer(event.ask))

    async def _answer(self, ask: Ask) -> None:
        async with self._one_at_a_time:
            if await self._is_ours(ask.session) and ask in await self._door.asks():
                await self._door.answer(ask.id, await self._reply(ask))

    async def _is_ours(self, session: str) -> bool:
        while session and session != self._session:
            session = (await self._door.session(session)).parent
        return bool(session)

    async def _reply(self, ask: Ask) -> Reply:
        if self._on_ask == "wait":
            return await answer_on_terminal(ask)
        if self._on_ask == "auto" and ask.kind == "permission":
            return Reply("allow")
        return Reply("reject", reason="Nobody is here to answer.")
