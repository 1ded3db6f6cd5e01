import asyncio

import pytest

from opencode.acp.letters import Letters


async def read(*lines: bytes) -> list[bytes]:
    inner = asyncio.StreamReader()
    for line in lines:
        inner.feed_data(line)
    inner.feed_eof()
    letters = Letters(inner)
    return [await letters.readuntil() for _ in lines]


async def test_a_method_the_library_does_not_know_is_handed_on_as_an_extension() -> None:
    sent = (
        b'{"jsonrpc": "2.0", "id": 3, "method": "session/delete", "params": {"sessionId": "s"}}\n'
    )
    assert await read(sent) == [sent.replace(b"session/delete", b"_session/delete")]


@pytest.mark.parametrize(
    "line",
    [
        b'{"method": "session/prompt", "params": {"text": "about session/delete"}}\n',
        b"session/delete is no JSON\n",
    ],
)
async def test_everything_else_stays_as_it_came(line: bytes) -> None:
    assert await read(line) == [line]


async def test_what_is_no_message_is_left_out() -> None:
    lines = [b'["session/delete"]\n', b"5\n", b" null\n", b'[{"id": 1, "method": "x"}]\n']
    assert await read(*lines) == [b"\n"] * 4


async def test_the_end_is_the_end() -> None:
    inner = asyncio.StreamReader()
    inner.feed_data(b"{")
    inner.feed_eof()
    with pytest.raises(asyncio.IncompleteReadError) as end:
        await Letters(inner).readuntil()
    assert end.value.partial == b"{"
