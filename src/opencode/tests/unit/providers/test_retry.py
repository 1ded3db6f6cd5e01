from collections.abc import AsyncGenerator

import pytest

from opencode.config.schema import ClocksSection
from opencode.core.delta import Delta, Finish, Retrying, TextDelta
from opencode.core.error import AuthError, ProviderError, QuotaExhausted, RateLimited, Unavailable
from opencode.providers.retry import retried


class Service:
    """Fails in the given ways, then answers."""

    def __init__(self, *errors: ProviderError) -> None:
        self.errors, self.asked = list(errors), 0

    async def attempt(self) -> AsyncGenerator[Delta]:
        self.asked += 1
        yield TextDelta("words")
        if self.errors:
            raise self.errors.pop(0)
        yield Finish("stop")


def soon() -> RateLimited:
    return RateLimited("busy", retry_after=0.0)


async def test_a_passing_error_is_tried_again_and_said() -> None:
    service = Service(soon(), soon())
    deltas = [delta async for delta in retried(service.attempt, ClocksSection())]
    assert [d.attempt for d in deltas if isinstance(d, Retrying)] == [1, 2]
    assert deltas[-1] == Finish("stop")
    assert service.asked == 3


async def test_no_more_tries_are_made_than_were_set() -> None:
    service = Service(*(soon() for _ in range(20)))
    with pytest.raises(RateLimited):
        [delta async for delta in retried(service.attempt, ClocksSection(max_tries=8))]
    assert service.asked == 8


@pytest.mark.parametrize("error", [AuthError("no"), QuotaExhausted("in 16 days")])
async def test_a_final_error_is_not_tried_again(error: ProviderError) -> None:
    service = Service(error)
    with pytest.raises(type(error)):
        [delta async for delta in retried(service.attempt, ClocksSection())]
    assert service.asked == 1


async def test_a_wait_beyond_all_patience_is_an_error_at_once() -> None:
    service = Service(RateLimited("busy", retry_after=500.0))
    with pytest.raises(RateLimited):
        [delta async for delta in retried(service.attempt, ClocksSection(max_wait=300))]
    assert service.asked == 1


async def test_the_wait_is_never_shorter_than_asked() -> None:
    service = Service(Unavailable("down", retry_after=0.1))
    deltas = [delta async for delta in retried(service.attempt, ClocksSection())]
    assert all(d.after >= 0.1 for d in deltas if isinstance(d, Retrying))
