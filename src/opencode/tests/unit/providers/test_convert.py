import base64
import re

import pytest

from opencode.core.message import FilePart, Message, ReasoningPart, TextPart, ToolPart, user_message
from opencode.core.provider import ToolSpec
from opencode.providers.wire.convert import arguments, message_dicts
from opencode.providers.worker.frames import Route

BLOCK = {"type": "thinking", "thinking": "hm", "signature": "s"}


def answered(*parts: TextPart | ReasoningPart | ToolPart) -> Message:
    return Message("m", "assistant", list(parts))


def call(name: str = "read", output: str = "found", **more: object) -> ToolPart:
    part = ToolPart(f"id_{name}", name, {"path": "a"}, **more)
    part.close("completed", output)
    return part


def test_a_prompt_of_words_is_one_string() -> None:
    message = user_message("Hello", TextPart("More"), TextPart("  "))
    assert message_dicts(message, thinks=False) == [{"role": "user", "content": "Hello\n\nMore"}]


def test_an_empty_message_is_not_sent() -> None:
    assert message_dicts(user_message(""), thinks=False) == []
    assert message_dicts(answered(TextPart(" ")), thinks=False) == []
    assert message_dicts(answered(ReasoningPart("only thought")), thinks=False) == []


def test_calls_are_followed_by_their_results_in_order() -> None:
    dicts = message_dicts(answered(TextPart("ok"), call("a", "1"), call("b", "")), thinks=False)
    assert [d["role"] for d in dicts] == ["assistant", "tool", "tool"]
    assert [c["function"]["name"] for c in dicts[0]["tool_calls"]] == ["a", "b"]
    assert [d["tool_call_id"] for d in dicts[1:]] == ["id_a", "id_b"]
    assert [d["content"] for d in dicts[1:]] == ["1", "(no output)"]


def test_a_pruned_output_says_so() -> None:
    part = call("a", "very long")
    part.pruned = True
    assert "very long" not in str(message_dicts(answered(part), thinks=False))


def test_malformed_arguments_stay_visible_and_are_json() -> None:
    part = ToolPart("i", "read", {}, raw='{"path": ')
    part.close("error", "not JSON")
    sent = message_dicts(answered(part), thinks=False)[0]["tool_calls"][0]["function"]["arguments"]
    assert sent == '{"malformed_arguments":"{\\"path\\": "}'


def test_mistral_gets_ids_and_an_order_it_takes() -> None:
    odd, own = call("a"), call("b")
    odd.id, own.id = "functions.read:0", "aB3dE6gH9"
    said = [answered(odd, own), user_message("And now?")]
    history = [one for message in said for one in message_dicts(message, thinks=False)]
    sent = arguments(Route("mistral/m", "X"), "", [], history, "")["messages"]
    asked = [one["id"] for one in sent[0]["tool_calls"]]
    assert asked == [one["tool_call_id"] for one in sent[1:3]]
    assert asked[1] == "aB3dE6gH9"
    assert re.fullmatch("[a-zA-Z0-9]{9}", asked[0])
    assert [one["role"] for one in sent] == ["assistant", "tool", "tool", "assistant", "user"]
    assert history[0]["tool_calls"][0]["id"] == "functions.read:0", "other models' turn may come"
    assert arguments(Route("groq/m", "X"), "", [], history, "")["messages"] == history


def test_signed_thoughts_go_only_to_the_wire_that_signed_them() -> None:
    message = answered(ReasoningPart("hm", {"thinking_blocks": [BLOCK]}), TextPart("ok"))
    assert message_dicts(message, thinks=True)[0]["thinking_blocks"] == [BLOCK]
    assert "thinking_blocks" not in message_dicts(message, thinks=False)[0]


def test_what_tools_saw_follows_all_results() -> None:
    part = call("a")
    part.files = [FilePart("shot.png", "image/png", "AAAA")]
    dicts = message_dicts(answered(part, call("b")), thinks=False)
    assert [d["role"] for d in dicts] == ["assistant", "tool", "tool", "user"]
    assert dicts[3]["content"][1]["image_url"]["url"] == "data:image/png;base64,AAAA"


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (FilePart("a.pdf", "application/pdf", "QQ=="), "application/pdf;base64,QQ=="),
        (FilePart("a.txt", "text/plain", base64.b64encode(b"words").decode()), "words"),
        (FilePart("a.bin", "application/x-thing", "/w=="), "cannot be shown"),
        (FilePart("a.png", "image/png"), "no longer attached"),
    ],
)
def test_an_attachment_of_any_kind_is_acceptable(file: FilePart, expected: str) -> None:
    assert expected in str(message_dicts(user_message("See", file), thinks=False))


def test_options_cannot_reach_litellms_own_arguments() -> None:
    options = {"top_p": 0.5, "api_base": "http://elsewhere", "callbacks": ["x"], "fallbacks": []}
    sent = arguments(Route("openai/m", "X", options=options), "", [], [], "")
    assert sent["top_p"] == 0.5
    assert set(sent["extra_body"]) == {"api_base", "callbacks", "fallbacks"}
    assert "api_base" not in sent


def test_markers_stand_on_system_and_the_ends_of_the_last_two_steps() -> None:
    history = [
        {"role": "user", "content": "one"},
        {"role": "assistant", "content": "x", "tool_calls": [1]},
        {"role": "tool", "tool_call_id": "i", "content": "two"},
        {"role": "assistant", "content": "y", "tool_calls": [1]},
        {"role": "tool", "tool_call_id": "j", "content": "three"},
        {"role": "tool", "tool_call_id": "k", "content": "four"},
    ]
    before = [dict(message) for message in history]
    sent = arguments(Route("anthropic/m", "X", markers=True), "sys", [], history, "")["messages"]
    marked = [i for i, message in enumerate(sent) if "cache_control" in str(message)]
    assert marked == [0, 3, 6]
    assert history == before
    results = [message["content"] for message in sent if message["role"] == "tool"]
    assert [sorted({*part} - {"cache_control"}) for [part] in results] == [["text", "type"]] * 3


def test_thinking_waits_for_the_next_prompt_when_the_exchange_began_without() -> None:
    route = Route("anthropic/m", "X", thinks=True, effort="high", temperature=0.5)
    begun = [{"role": "user", "content": "q"}, {"role": "assistant", "tool_calls": [1]}]
    assert "reasoning_effort" not in arguments(route, "", [], begun, "")
    fresh = arguments(route, "", [], begun[:1], "")
    assert fresh["reasoning_effort"] == "high"
    assert "temperature" not in fresh


def test_a_tool_keeps_its_schema() -> None:
    schema = {"type": "object", "properties": {"path": {"type": "string"}}}
    tool = ToolSpec("read", "Read.", schema)
    sent = arguments(Route("openai/m", "X"), "", [tool], [], "")["tools"]
    assert sent == [
        {
            "type": "function",
            "function": {"name": "read", "description": "Read.", "parameters": schema},
        }
    ]
