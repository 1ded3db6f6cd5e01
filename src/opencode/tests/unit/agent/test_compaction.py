from opencode.agent.context.compaction import prune
from opencode.core.message import Message, ToolPart, user_message


def read(name: str, size: int) -> ToolPart:
    part = ToolPart(name, "read", {"path": name})
    part.close("completed", "x" * size)
    return part


def answer(*calls: ToolPart) -> Message:
    return Message(f"msg_{calls[0].id}", "assistant", [*calls])


def gone(messages: list[Message]) -> list[str]:
    return [call.id for message in messages for call in message.calls if call.pruned]


def test_what_no_model_has_read_yet_stays_though_it_is_large() -> None:
    messages = [user_message("Read"), answer(read("a", 6_000)), answer(read("b", 6_000))]
    messages.append(user_message("And be quick", agent="build"))
    prune(messages, 0, 10_000)
    assert gone(messages) == ["a"]


def test_of_what_was_read_already_only_a_third_stays() -> None:
    messages = [answer(read("a", 2_000)), answer(read("b", 2_000)), answer(read("c", 2_000))]
    prune(messages, 0, 13_000)
    assert gone(messages) == ["a"]


def test_of_more_than_there_is_room_for_the_last_calls_stay() -> None:
    messages = [user_message("Read"), answer(read("a", 6_000), read("b", 6_000))]
    prune(messages, 0, 10_000)
    assert gone(messages) == ["a"]
