from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from opencode.server.app import OPENAI
from opencode.server.openai.completion import Completions
from opencode.tests.later import later
from opencode.tests.server.served import call, say, served, watched

openai = later("openai")

TOOL: Any = {
    "type": "function",
    "name": "weather",
    "description": "Of a town",
    "parameters": {"type": "object", "properties": {"town": {"type": "string"}}},
    "strict": False,
}

SEARCH: Any = {"type": "web_search"}


def proxy(project: Path, script: list[Any]) -> Any:
    return served(project, script, completions=Completions(), only=OPENAI)


def client(url: str) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="any", max_retries=0)


async def test_a_response_has_the_text_and_its_usage(project: Path) -> None:
    async with proxy(project, []) as at, client(at.url) as ai:
        provider = watched(at, [say("Hello from here", 4)])
        answer = await ai.responses.create(
            model="default", instructions="Be short.", input="Hi", metadata={"a": "b"}
        )
    assert answer.output_text == "Hello from here"
    assert (answer.status, answer.model, answer.metadata) == ("completed", "default", {"a": "b"})
    assert answer.usage
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (7, 4)
    assert provider.requests[0].system == "Be short."


async def test_events_build_the_same_response(project: Path) -> None:
    async with (
        proxy(project, [say("One two three")]) as at,
        client(at.url) as ai,
        ai.responses.stream(model="default", input="Hi") as stream,
    ):
        events = [event async for event in stream]
        final = await stream.get_final_response()
    kinds = [event.type for event in events]
    assert kinds[:4] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
    ]
    assert kinds[-1] == "response.completed"
    assert [event.sequence_number for event in events] == list(range(len(events)))
    pieces = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert "".join(pieces) == final.output_text == "One two three"


async def test_functions_are_called_and_their_outcome_reaches_the_model(project: Path) -> None:
    async with proxy(project, []) as at, client(at.url) as ai:
        provider = watched(at, [call("weather", town="Oslo"), say("Sunny")])
        question: Any = [{"role": "user", "content": [{"type": "input_text", "text": "Oslo?"}]}]
        async with ai.responses.stream(model="default", input=question, tools=[TOOL]) as stream:
            events = [event async for event in stream]
            first = await stream.get_final_response()
        asked = first.output[0]
        assert asked.type == "function_call"
        result = {"type": "function_call_output", "call_id": asked.call_id, "output": "sunny"}
        more: Any = [*question, asked.model_dump(exclude_none=True), result]
        second = await ai.responses.create(model="default", input=more, tools=[TOOL])
    assert (asked.name, asked.arguments) == ("weather", '{"town":"Oslo"}')
    assert "response.function_call_arguments.done" in [event.type for event in events]
    assert second.output_text == "Sunny"
    told = provider.requests[1].messages[-1].calls[0]
    assert (told.tool, told.input, told.output) == ("weather", {"town": "Oslo"}, "sunny")


async def test_what_cannot_be_is_refused_in_openais_words(project: Path) -> None:
    async with proxy(project, []) as at, client(at.url) as ai:
        with pytest.raises(openai.BadRequestError, match="whole conversation"):
            await ai.responses.create(model="default", input="x", previous_response_id="resp_1")
        with pytest.raises(openai.BadRequestError, match="only functions"):
            await ai.responses.create(model="default", input="x", tools=[SEARCH])
        with pytest.raises(openai.NotFoundError):
            await ai.responses.create(model="no/such", input="x")
