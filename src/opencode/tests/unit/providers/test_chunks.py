from types import SimpleNamespace as Space
from typing import Any

from opencode.core.delta import CallDelta, Drafting, Finish, ReasoningDelta, TextDelta
from opencode.core.message import Message, absorb
from opencode.providers.facts import Prices
from opencode.providers.wire.chunks import Reader, usage_of

PRICES = Prices(3.0, 15.0, 0.3, 3.75)


def chunk(text: str = "", calls: Any = None, finish: str = "", **more: Any) -> Space:
    delta = Space(content=text, tool_calls=calls, **more)
    return Space(choices=[Space(delta=delta, finish_reason=finish)])


def piece(index: int, arguments: str, call_id: str = "", name: str = "") -> Space:
    return Space(index=index, id=call_id, function=Space(name=name, arguments=arguments))


def usage(**counts: Any) -> Space:
    return Space(choices=[], usage=Space(**counts))


def calls_in(*chunks: Space) -> list[CallDelta]:
    reader = Reader(PRICES)
    for one in chunks:
        reader.feed(one, 0.0)
    return [delta for delta in reader.end() if isinstance(delta, CallDelta)]


def test_interleaved_pieces_are_put_together_by_index() -> None:
    found = calls_in(
        chunk(calls=[piece(0, "", "a", "read"), piece(1, "", "b", "write")]),
        chunk(calls=[piece(1, '{"x"')]),
        chunk(calls=[piece(0, '{"y": 1}'), piece(1, ": 2}")]),
    )
    assert found == [CallDelta("a", "read", {"y": 1}), CallDelta("b", "write", {"x": 2})]


def test_an_index_under_a_new_id_is_a_new_call() -> None:
    found = calls_in(
        chunk(calls=[piece(0, "{}", "a", "read")]), chunk(calls=[piece(0, "{}", "b", "read")])
    )
    assert [call.id for call in found] == ["a", "b"]


def test_a_call_without_an_id_gets_one_of_its_own() -> None:
    first, second = calls_in(chunk(calls=[piece(0, "{}", "", "a"), piece(1, "{}", "", "b")]))
    assert first.id != second.id
    assert first.id.startswith("call_")


def test_an_id_that_named_an_earlier_call_is_not_used_again() -> None:
    reader = Reader(PRICES, ["call_0"])
    reader.feed(chunk(calls=[piece(0, "{}", "call_0", "a"), piece(1, "{}", "call_1", "b")]), 0.0)
    first, second = (delta.id for delta in reader.end() if isinstance(delta, CallDelta))
    assert first.startswith("call_")
    assert first != "call_0"
    assert second == "call_1"


def test_empty_arguments_are_an_empty_object_and_others_stay_raw() -> None:
    def given(text: str) -> tuple[object, str]:
        (call,) = calls_in(chunk(calls=[piece(0, text, "a", "t")]))
        return call.input, call.raw

    assert given("") == given("  ") == ({}, "")
    for raw in ('{"a": ', "[1]", '"x"', "null", "{'a': 1}", "<a/>"):
        assert given(raw) == (None, raw)


def test_line_ends_and_pings_are_no_sign_of_life() -> None:
    reader = Reader(PRICES)
    assert reader.feed({"text": "", "is_finished": False}, 0.0) == []
    assert reader.feed(None, 0.0) == []
    assert reader.feed(chunk(), 0.0) == []
    assert reader.events == 0
    reader.feed(chunk(calls=[piece(0, "", "a", "t")]), 0.0)
    assert reader.events > 0


def test_a_reply_is_complete_only_when_its_end_was_said() -> None:
    reader = Reader(PRICES)
    reader.feed(chunk("words"), 0.0)
    assert not reader.complete
    reader.feed(chunk(finish="stop"), 0.0)
    assert reader.complete
    done = Reader(PRICES)
    done.feed({"is_finished": True}, 0.0)
    assert done.complete


def test_drafting_is_told_a_few_times_a_second() -> None:
    reader = Reader(PRICES)
    told = [
        delta
        for i in range(100)
        for delta in reader.feed(chunk(calls=[piece(0, "xx", "a", "write")]), 100 + i * 0.01)
        if isinstance(delta, Drafting)
    ]
    assert 3 <= len(told) <= 5
    assert told[-1].characters > told[0].characters


def test_thoughts_are_echoed_as_the_blocks_they_came_in() -> None:
    reader = Reader(PRICES)
    message = Message("m", "assistant")

    def think(text: str, **block: str) -> None:
        blocks = [{"type": "thinking", "thinking": text, **block}]
        for delta in reader.feed(chunk(reasoning_content=text, thinking_blocks=blocks), 0.0):
            absorb(message, delta)

    think("one ")
    think("two")
    think("", signature="s1")
    think("three", signature="s2")
    hidden = [{"type": "redacted_thinking", "data": "xyz"}]
    for delta in reader.feed(chunk(reasoning_content="", thinking_blocks=hidden), 0.0):
        absorb(message, delta)
    for delta in reader.feed(chunk("Said."), 0.0):
        absorb(message, delta)
    think("later", signature="s3")
    first, said, later = message.parts
    assert first.text == "one twothree"
    assert first.meta["thinking_blocks"] == [
        {"type": "thinking", "thinking": "one two", "signature": "s1"},
        {"type": "thinking", "thinking": "three", "signature": "s2"},
        {"type": "redacted_thinking", "data": "xyz"},
    ]
    assert said.text == "Said."
    assert [block["signature"] for block in later.meta["thinking_blocks"]] == ["s3"]


def test_the_four_classes_of_tokens_do_not_overlap() -> None:
    counted = usage_of(
        Space(
            prompt_tokens=100,
            completion_tokens=30,
            prompt_tokens_details=Space(cached_tokens=50),
            cache_creation_input_tokens=40,
            completion_tokens_details=Space(reasoning_tokens=12),
        )
    )
    assert (counted.input, counted.cache_read, counted.cache_write) == (10, 50, 40)
    assert (counted.output, counted.reasoning, counted.prompt) == (30, 12, 100)


def finish(reader: Reader) -> Finish:
    last = reader.end()[-1]
    assert isinstance(last, Finish)
    return last


def test_the_cost_is_a_hand_sum_and_unknown_is_not_nothing() -> None:
    counts = usage(prompt_tokens=1_000_000, completion_tokens=100_000)
    known, unknown, silent = Reader(PRICES), Reader(Prices()), Reader(PRICES)
    known.feed(counts, 0.0)
    unknown.feed(counts, 0.0)
    assert finish(known).usage.cost == 3.0 + 1.5
    assert finish(unknown).usage.cost is None
    assert finish(silent).usage.cost is None


def test_long_prompts_have_their_own_price() -> None:
    prices = Prices(1.0, 2.0, above=Prices(2.0, 4.0), threshold=200_000)
    reader = Reader(prices)
    reader.feed(usage(prompt_tokens=500_000, completion_tokens=0), 0.0)
    assert finish(reader).usage.cost == 1.0


def test_reasons_are_told_apart() -> None:
    def reason(said: str, *chunks: Space) -> str:
        reader = Reader(PRICES)
        for one in (*chunks, chunk(finish=said)):
            reader.feed(one, 0.0)
        return finish(reader).reason

    written = chunk(calls=[piece(0, "{}", "a", "t")])
    assert reason("stop") == "stop"
    assert reason("stop", written) == "tool_calls"
    assert reason("length", written) == "length"
    assert reason("content_filter") == "refused"


def test_text_and_thought_come_as_they_are() -> None:
    reader = Reader(PRICES)
    assert reader.feed(chunk("a", reasoning_content="b"), 0.0) == [
        ReasoningDelta("b"),
        TextDelta("a"),
    ]
