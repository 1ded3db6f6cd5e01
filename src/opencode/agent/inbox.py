"""Where questions to the human wait; anyone may answer, the first answer counts."""

import asyncio
from collections.abc import Callable

from opencode.core.ask import Ask, Reply
from opencode.core.event import AskAnswered, AskRaised, Event


class Inbox:
    """Open questions of one workspace. They live here, not in an event only, so that a face that
    comes late still sees them."""

    def __init__(self, emit: Callable[[Event], None]) -> None:
        self._emit = emit
        self._open: dict[str, tuple[Ask, asyncio.Future[Reply]]] = {}

    @property
    def waiting(self) -> list[Ask]:
        """Everything that waits, oldest first."""
        return [ask for ask, _ in self._open.values()]

    async def ask(self, ask: Ask) -> Reply:
        """Raise the question and wait for its answer; cancelling withdraws it."""
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._open[ask.id] = (ask, future)
        self._emit(AskRaised(ask.session, ask))
        reply = Reply("reject", reason="The run was cancelled.")
        try:
            reply = await future
            return reply
        finally:
            self._open.pop(ask.id, None)
            self._emit(AskAnswered(ask.session, ask.id, reply))

    def answer(self, ask_id: str, reply: Reply) -> bool:
        """Answer it; False when it is unknown or was answered before."""
        found = self._open.get(ask_id)
        if found is None or found[1].done():
            return False
        found[1].set_result(reply)
        return True
