"""A tool a person or a program calls without a model: the same gate, written down like any call."""

import asyncio
from collections.abc import Callable
from typing import Any

from opencode.agent.kit import Kit
from opencode.agent.loop import execute
from opencode.core.error import OpenCodeError, SessionError
from opencode.core.ids import new_id
from opencode.core.message import ToolPart
from opencode.workspace.live import Live
from opencode.workspace.runs import answer_waiting


async def by_hand(
    group: asyncio.TaskGroup,
    live: Live,
    pack: Callable[[], Kit],
    name: str,
    input: dict[str, Any],
) -> ToolPart:
    """The call with its outcome, an answer of the session of its own. Several may go on at once;
    cancelling the session stops them. What is said meanwhile waits, and is answered after the
    last one, unless that was cancelled."""
    if live.is_answering:
        raise SessionError("The session is busy.", hint="Cancel the run first.")
    if live.run:
        await asyncio.wait([live.run])
    call = ToolPart(new_id("call"), name, dict(input))
    task = group.create_task(_called(live, pack(), call))
    live.hands.add(task)
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        task.cancel()
        await asyncio.wait([task])
        raise
    finally:
        live.hands.discard(task)
    if task.cancelled():
        return call
    if error := task.result():
        raise error
    if live.session.queued and not live.is_busy:
        live.begin(group.create_task(answer_waiting(live, pack)))
    return call


async def _called(live: Live, kit: Kit, call: ToolPart) -> OpenCodeError | OSError | None:
    """What went wrong; raised in the group it would end the workspace."""
    session = live.session
    message = session.begin_answer(session.agent, "")
    message.parts.append(call)
    live.files.begin(message.id)
    try:
        try:
            await execute(session, kit.agent(session), message, call, kit)
        finally:
            message.finish = "stop"
            await asyncio.shield(kit.save(session, message, sync=True))
    except (OpenCodeError, OSError) as error:
        return error
    return None
