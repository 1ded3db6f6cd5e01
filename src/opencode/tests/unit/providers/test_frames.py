import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opencode.core.delta import CallDelta, Finish, TextDelta
from opencode.providers.worker.frames import Deltas, Failed, FromWorker, Splitter, Welcome, pack

FRAMES: list[FromWorker] = [
    Welcome(),
    Deltas(1, [TextDelta("é" * 300), CallDelta("i", "t", {"a": [1, None]}), Finish("stop")]),
    Failed(2, "provider.auth", "m", retry_after=1.5),
]


@given(st.lists(st.integers(1, 50), max_size=30))
def test_frames_survive_any_cutting(sizes: list[int]) -> None:
    stream = b"".join(pack(frame) for frame in FRAMES)
    splitter, bodies = Splitter(), []
    for size in [*sizes, len(stream)]:
        piece, stream = stream[:size], stream[size:]
        bodies += splitter.feed(piece)
    decoder = msgspec.msgpack.Decoder[FromWorker](FromWorker)
    assert [decoder.decode(body) for body in bodies] == FRAMES


def test_a_stream_of_something_else_is_refused() -> None:
    with pytest.raises(ValueError, match="not a frame"):
        Splitter().feed(b"\xff\xff\xff\xff rest")
