"""Folds a conversation because a person asks: a task like a run, so that it can be cancelled."""

import asyncio

from opencode.agent.loop import Kit
from opencode.core.error import OpenCodeError, SessionError
from opencode.workspace.kit import Rooms, compaction_of
from opencode.workspace.live import Live


async def fold(group: asyncio.TaskGroup, rooms: Rooms, live: Live, kit: Kit, focus: str) -> None:
    """Returns when it is done; raises what went wrong, SessionError when it was cancelled."""
    session = live.session
    compaction = compaction_of(rooms, live, kit.save, kit.compose)

    async def work() -> OpenCodeError | None:
        try:
            await compaction.compact(session, kit.agent(session), focus.strip())
        except OpenCodeError as error:
            return error  # an error in the group would end the workspace
        return None

    task = group.create_task(work())
    live.run = task
    await asyncio.wait([task])
    if task.cancelled():
        raise SessionError("Folding was cancelled; the conversation is as it was.")
    if error := task.result():
        raise error
