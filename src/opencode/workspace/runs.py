"""A run from its first event to its last: every way it can end is written down and told."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from opencode.agent.kit import Kit
from opencode.agent.loop import Ending, answer, join_queued
from opencode.core.error import OpenCodeError, ProviderError
from opencode.core.event import Event, RunFinished, RunStarted
from opencode.core.message import Message
from opencode.core.session import Session
from opencode.workspace.live import Live

log = logging.getLogger(__name__)


async def run(
    session: Session,
    prompt: Message,
    kit: Kit,
    emit: Callable[[Event], None],
    first: Callable[[], Awaitable[None]] | None = None,
) -> RunFinished:
    """Answer the prompt; emits `run.start` and, whatever happens, exactly one `run.end`, which
    is returned, too. `first` completes the prompt."""
    began, before = time.monotonic(), session.usage
    code = hint = ""
    wait: float | None = None
    status = 0
    ending = Ending("cancelled", "Cancelled.")
    kit.hooks.run_started(session)
    emit(RunStarted(session.id, prompt.id, session.agent, session.model))
    try:
        if first:
            await first()
        ending = await _within_time(session, kit)
    except OpenCodeError as error:
        ending, code, hint = Ending("error", error.message), error.code, error.hint
        if isinstance(error, ProviderError):
            wait, status = error.retry_after, error.status
    except OSError as error:
        ending, code = Ending("error", f"The system refused: {error}"), "system"
        hint = "Nothing was lost; mend the cause (disk full? permissions?) and prompt again."
    except Exception as error:
        log.exception("run failed")
        ending = Ending("error", f"Unexpected {type(error).__name__}: {error}")
        code, hint = "bug", "The log has the details: `opencode debug paths` says where it lies."
    finally:
        ended = RunFinished(
            session.id,
            ending.reason,
            ending.detail,
            code,
            hint or ending.hint,
            session.usage.minus(before),
            kit.budget.steps,
            time.monotonic() - began,
            wait,
            status,
        )
        kit.hooks.run_ended(session, ending.reason)
        emit(ended)
    return ended


async def answer_waiting(live: Live, pack: Callable[[], Kit]) -> None:
    """What was said while something else than a run went on is answered, run by run."""
    kit = pack()
    while joined := await join_queued(live.session, kit):
        kit = pack()
        await run(live.session, joined[0], kit, kit.emit)


async def _within_time(session: Session, kit: Kit) -> Ending:
    limit = kit.budget.max_seconds
    if not limit:
        return await _answered(session, kit)
    try:
        async with asyncio.timeout(limit):
            return await _answered(session, kit)
    except TimeoutError:
        said = f"The limit of {limit:.10g} seconds is reached."
        return Ending("limit", said, kit.budget.hint)


async def _answered(session: Session, kit: Kit) -> Ending:
    while True:
        try:
            return await answer(session, kit)
        except ProviderError as error:
            if not await kit.fall_back(session, error):
                raise
