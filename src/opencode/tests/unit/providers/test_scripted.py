from pathlib import Path
from typing import Any

import msgspec
import pytest

from opencode.core.delta import CallDelta, Delta, Finish, ReasoningDelta, TextDelta, Usage
from opencode.core.error import ConfigError, RateLimited, RequestRefused, UsageError
from opencode.core.message import user_message
from opencode.core.provider import ModelRequest, ToolSpec
from opencode.providers.scripted import ScriptedProvider


def request(text: str = "go") -> ModelRequest:
    return ModelRequest(
        "scripted/script", "", [user_message(text)], [ToolSpec("read", "", {})], session="ses_1"
    )


async def turn(provider: ScriptedProvider) -> list[Delta]:
    return [delta async for delta in provider.stream(request())]


async def test_turns_are_played_in_order_with_a_finish_of_their_own() -> None:
    provider = ScriptedProvider(
        [
            [{"reasoning": "hm"}, {"text": "a"}, {"call": ["read", {"path": "x"}]}],
            [TextDelta("b"), {"type": "text", "text": "c"}],
        ]
    )
    assert await turn(provider) == [
        ReasoningDelta("hm"),
        TextDelta("a"),
        CallDelta("call_1_1_3", "read", {"path": "x"}),
        Finish("tool_calls"),
    ]
    assert await turn(provider) == [TextDelta("b"), TextDelta("c"), Finish("stop")]
    assert len(provider.requests) == 2


async def test_the_same_script_gives_the_same_stream() -> None:
    script: list[list[dict[str, Any]]] = [
        [{"call": ["read", {}]}, {"sleep": 0}, {"call": ["ls", {}]}]
    ]
    assert await turn(ScriptedProvider(script)) == await turn(ScriptedProvider(script))


async def test_a_script_may_be_a_file_that_holds_whole_deltas(tmp_path: Path) -> None:
    said: list[Delta] = [
        TextDelta("a"),
        CallDelta("c9", "read", {"p": 1}),
        Finish("length", Usage(3, 4)),
    ]
    path = tmp_path / "script.json"
    path.write_bytes(msgspec.json.encode([said]))
    assert await turn(ScriptedProvider(path)) == said


async def test_nothing_follows_a_finish() -> None:
    script = [[{"finish": "length", "usage": {"input": 5}}, {"text": "late"}]]
    assert await turn(ScriptedProvider(script)) == [Finish("length", Usage(5))]


async def test_an_error_in_the_script_is_raised_as_a_provider_would() -> None:
    provider = ScriptedProvider(
        [[{"text": "a"}, {"error": "provider.rate_limit", "retry_after": 2}]]
    )
    with pytest.raises(RateLimited) as caught:
        await turn(provider)
    assert caught.value.retry_after == 2


async def test_past_its_end_the_script_says_how_long_it_is() -> None:
    provider = ScriptedProvider([[{"text": "a"}]])
    await turn(provider)
    with pytest.raises(RequestRefused, match="has 1 turns and this is request 2"):
        await turn(provider)


async def test_titles_and_summaries_take_no_turn_of_the_conversation() -> None:
    provider = ScriptedProvider([[{"text": "a"}]], errands=[[{"text": "A title"}]])
    errand = ModelRequest("scripted/script", "", [user_message("name it")])
    assert [d async for d in provider.stream(errand)] == [TextDelta("A title"), Finish("stop")]
    assert [d async for d in provider.stream(errand)] == [Finish("stop")]
    assert (await turn(provider))[0] == TextDelta("a")


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"txt": "a"}, "turn 1, entry 1: expected one of"),
        ({"text": "a", "sleep": 1}, "turn 1, entry 1: expected one of"),
        ({"text": 3}, "turn 1, entry 1"),
        ({"call": ["read"]}, "turn 1, entry 1"),
        ({"error": "provider.nope"}, "no error goes by 'provider.nope'"),
        ({"type": "nope"}, "turn 1, entry 1"),
    ],
)
def test_a_wrong_entry_is_named_before_anything_is_played(
    entry: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        ScriptedProvider([[entry]])


def test_a_file_that_is_no_script_is_named(tmp_path: Path) -> None:
    path = tmp_path / "script.json"
    with pytest.raises(ConfigError, match="cannot be read"):
        ScriptedProvider(path)
    path.write_text('{"turns": []}')
    with pytest.raises(ConfigError, match=r"script\.json"):
        ScriptedProvider(path)


async def test_any_scripted_model_is_known_and_free() -> None:
    provider = ScriptedProvider([])
    [model] = await provider.models()
    assert model.id == "scripted/script"
    assert (await provider.info("scripted/x")).input_price == 0.0
    with pytest.raises(UsageError):
        await provider.info("openai/gpt")
