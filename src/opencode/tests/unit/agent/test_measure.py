from msgspec.structs import replace

from opencode.agent.context.measure import Gauge, size_of
from opencode.core.message import Message, TextPart, ToolPart, user_message


def history(words: str, count: int) -> list[Message]:
    asked = [user_message(f"{words} {n}" * n) for n in range(2 * count)]
    call = ToolPart("c", "read", {"path": words}, output="out", status="completed")
    return [*asked[:count], Message("m", "assistant", [call]), *asked[count:]]


def test_a_conversation_is_as_long_as_its_messages_however_it_came_to_be() -> None:
    gauge, one, other = Gauge(), history("a", 20), history("bc", 9)
    for end in (3, 8, 30, 41, 20, 41):
        for said in (one[:end], other[:end]):
            assert gauge.size_of(said) == size_of(said)
    one[5] = replace(one[5], parts=[TextPart("quite another thing")])
    assert gauge.size_of(one) == size_of(one)


def test_the_newest_messages_may_still_grow() -> None:
    gauge, said = Gauge(), history("a", 9)
    gauge.size_of(said)
    said[-1].parts.append(TextPart("more"))
    assert gauge.size_of(said) == size_of(said)
