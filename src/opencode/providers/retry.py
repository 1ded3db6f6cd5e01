"""When to try again, and how long to wait: visibly, with an end, and never for nothing."""

import asyncio
import random
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from opencode.config.schema import ClocksSection
from opencode.core.delta import Delta, Finish, Retrying, Usage
from opencode.core.error import ProviderError

_FIRST = 1.0
_MOST = 60.0
_SOONEST = 0.05


async def retried(
    attempt: Callable[[], AsyncGenerator[Delta]], clocks: ClocksSection
) -> AsyncGenerator[Delta]:
    """The stream of `attempt`, tried anew after errors that may pass: at most `max_tries` times
    and `max_wait` seconds of waiting in all. Each wait is announced by a Retrying, which also
    takes back what the failed attempt showed. What failed attempts used is counted, too."""
    waited, lost = 0.0, Usage()
    for number in range(1, clocks.max_tries + 1):
        try:
            async with aclosing(attempt()) as stream:
                async for delta in stream:
                    if isinstance(delta, Finish):
                        yield Finish(delta.reason, delta.usage + lost)
                    else:
                        yield delta
            return
        except ProviderError as error:
            lost += error.usage
            pause = _pause(number, error)
            if (
                not error.retryable
                or number == clocks.max_tries
                or waited + pause > clocks.max_wait
            ):
                error.usage = lost
                raise
            waited += pause
            reason, after = error.message, round(pause, 3)
        yield Retrying(after, reason, number)
        await asyncio.sleep(pause)


def _pause(number: int, error: ProviderError) -> float:
    """What the provider asked for, else 1, 2, 4 … 60 s; spread, so that many do not come back
    together, and never earlier than asked."""
    spread = random.uniform(1.0, 1.25)
    if error.retry_after is not None:
        return max(_SOONEST, error.retry_after * spread)
    return min(_MOST, _FIRST * 2.0 ** (number - 1)) * random.uniform(0.75, 1.25)
