"""Lines of a stream as event streams and NDJSON mean them: only CR and LF end one. What httpx calls
a line ends at U+0085, U+2028 and U+2029 too, which may stand in the middle of JSON."""

import codecs
import io
from collections.abc import AsyncIterable, AsyncIterator


async def lines(pieces: AsyncIterable[bytes]) -> AsyncIterator[str]:
    """The lines of UTF-8 as they come, without their ends; the last one also when it has none."""
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder("utf-8")("replace"), True)
    begun: list[str] = []
    async for piece in pieces:
        first, *others = decoder.decode(piece).split("\n")
        begun.append(first)
        for following in others:
            yield "".join(begun)
            begun = [following]
    if last := "".join(begun) + decoder.decode(b"", final=True):
        yield last.removesuffix("\n")
