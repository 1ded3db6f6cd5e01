"""Folds a conversation because a person asks: a task like a run, so that it can be cancelled."""

import asyncio
from collections.abc import Callable

from opencode.agent.kit import Kit
from opencode.core.error import OpenCodeError, SessionError
from opencode.workspace.kit import compaction_of
from opencode.workspace.live import Live
from opencode.workspace.rooms import Rooms
from opencode.workspace.runs import answer_waiting


async def fold(
    group: asyncio.TaskGroup, rooms: Rooms, live: Live, pack: Callable[[], Kit], focus: str
) -> None:
    """Returns when it is done; raises what went wrong, SessionError when it was cancelled. What
    was typed meanwhile is answered then."""
    session, kit = live.session, pack()
    compaction = compaction_of(rooms, live, kit.save, kit.compose)
    folded: asyncio.Future[OpenCodeError | None] = asyncio.get_running_loop().create_future()

    async def work() -> None:
        try:
            await compaction.compact(session, kit.agent(session), focus.strip())
            folded.set_result(None)
        except OpenCodeError as error:
            folded.set_result(error)  # an error in the group would end the workspace
        finally:
            folded.cancel()
        await answer_waiting(live, pack)

    task = group.create_task(work())
    live.begin(task)
    await asyncio.wait([folded])
    if folded.cancelled():
        raise SessionError("Folding was cancelled; the conversation is as it was.")
    if error := folded.result():
        raise error
