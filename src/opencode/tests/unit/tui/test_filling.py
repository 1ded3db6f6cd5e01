from opencode.core.message import Message, TextPart, ToolPart, user_message
from opencode.core.session import Prefix, Session
from opencode.tui.state.filling import filling


def session(*messages: Message) -> Session:
    return Session("s", "/p", messages=list(messages), prefix=Prefix("m", "x" * 100, []))


def test_the_parts_add_up_to_what_the_model_counted() -> None:
    answer = Message("a", "assistant", [TextPart("y" * 298)])
    found = dict(filling(session(user_message("z" * 600), answer), 500))
    assert found == {"system": 50, "tools": 1, "prompts": 300, "answers": 149}


def test_what_was_folded_or_pruned_counts_no_more() -> None:
    call = ToolPart("c", "read", {}, output="o" * 10_000, pruned=True)
    fold = Message("f", "user", [TextPart("short")], summary=True)
    found = dict(
        filling(session(user_message("long " * 999), fold, Message("a", "assistant", [call])), 100)
    )
    assert "prompts" not in found
    assert found["system"] > found["results"]


def test_nothing_said_fills_nothing() -> None:
    assert filling(session(), 0) == []
