"""Lines of streams: torn anywhere, and whole where a text holds what Python takes for an end."""

from collections.abc import AsyncIterator

from hypothesis import given
from hypothesis import strategies as st

from opencode.host.lines import lines


@given(st.binary(max_size=8), st.integers(1, 4), st.sampled_from(["\n", "\r\n", "\r"]))
async def test_only_line_ends_end_a_line_however_the_stream_is_torn(
    noise: bytes, size: int, end: str
) -> None:
    said = ["data: a\u2028b\x85c\x0bd🙂", "", noise.decode("utf-8", "replace"), "last"]
    said[2] = said[2].replace("\r", "").replace("\n", "")
    data = end.join(said).encode()

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(data), size):
            yield data[start : start + size]

    assert [line async for line in lines(pieces())] == said
