from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from opencode.cli.server_openai import server_openai, warn
from opencode.config.schema import Settings
from opencode.core.delta import Delta, Retrying, TextDelta
from opencode.core.error import RateLimited, UsageError
from opencode.core.message import FilePart
from opencode.server.access.auth import Rules
from opencode.server.app import OPENAI
from opencode.server.openai.caller import Caller
from opencode.server.openai.chat import Answering
from opencode.server.openai.completion import Completions, Pump, conversation
from opencode.server.openai.responses import messages_of
from opencode.server.stream.data_line import data_line
from opencode.tests.later import later
from opencode.tests.server.served import call, say, served, watched

openai = later("openai")

BY_KEY = Rules(secret="the-key", bearer_only=True, open_paths=("/health", "/openapi.json"))


def client(url: str, key: str = "the-key") -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0)


def asked(text: str) -> list[Any]:
    return [{"role": "user", "content": text}]


def proxy(project: Path, script: list[Any], **more: Any) -> Any:
    settings = Completions(**more)
    return served(project, script, rules=BY_KEY, completions=settings, only=OPENAI)


async def test_openais_client_gets_a_whole_answer_with_its_usage(project: Path) -> None:
    script = [say("Hello from here", 4), [{"text": "Hi"}]]
    async with proxy(project, script) as at, client(at.url) as ai:
        answer = await ai.chat.completions.create(model="opencode/default", messages=asked("Hi"))
        untold = await ai.chat.completions.create(model="opencode/default", messages=asked("Hi"))
    assert untold.usage is None
    assert answer.object == "chat.completion"
    assert answer.model == "opencode/default"
    assert answer.choices[0].message.content == "Hello from here"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (7, 4)
    assert answer.usage.total_tokens == 11


async def test_a_stream_has_the_models_pieces_and_usage_only_when_asked(project: Path) -> None:
    async with proxy(project, [say("One two three"), say("Four")]) as at, client(at.url) as ai:
        stream = await ai.chat.completions.create(
            model=at.model,
            messages=asked("Hi"),
            stream=True,
            stream_options={"include_usage": True},
        )
        chunks = [chunk async for chunk in stream]
        plain = await ai.chat.completions.create(model=at.model, messages=asked("Hi"), stream=True)
        rest = [chunk async for chunk in plain]
    assert {chunk.id for chunk in chunks} == {chunks[0].id}
    assert {chunk.object for chunk in chunks} == {"chat.completion.chunk"}
    assert chunks[0].choices[0].delta.role == "assistant"
    texts = [c.choices[0].delta.content or "" for c in chunks if c.choices]
    assert "".join(texts) == "One two three"
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].choices == []
    assert chunks[-1].usage
    assert chunks[-1].usage.total_tokens == 10
    assert all(chunk.usage is None and chunk.choices for chunk in rest)


def test_a_chunk_is_one_line_for_every_client() -> None:
    chunk = data_line({"content": "a\u2028b\u2029c\x85d"}).decode()
    assert chunk.splitlines() == [chunk.removesuffix("\n\n"), ""]
    assert json.loads(chunk[6:]) == {"content": "a\u2028b\u2029c\x85d"}


async def test_a_piece_arrives_before_the_next_one_is_made(project: Path) -> None:
    script = [[{"text": "first"}, {"sleep": 60}, {"text": "second"}]]
    async with proxy(project, script) as at, client(at.url) as ai:
        stream = await ai.chat.completions.create(model=at.model, messages=asked("Hi"), stream=True)
        async for chunk in stream:
            if chunk.choices[0].delta.content:
                assert chunk.choices[0].delta.content == "first"
                break
        await stream.close()


async def test_tools_of_the_caller_are_passed_on_and_ours_are_not(project: Path) -> None:
    tool: Any = {
        "type": "function",
        "function": {"name": "weather", "parameters": {"type": "object"}},
    }
    script = [call("weather", city="Ghent"), say("Rain")]
    async with proxy(project, []) as at, client(at.url) as ai:
        provider = watched(at, script)
        answer = await ai.chat.completions.create(
            model=at.model, messages=asked("Hi"), tools=[tool]
        )
        made = (answer.choices[0].message.tool_calls or [])[0]
        again = await ai.chat.completions.create(
            model=at.model,
            tools=[tool],
            messages=[
                *asked("Hi"),
                {"role": "assistant", "content": None, "tool_calls": [made.model_dump()]},
                {"role": "tool", "tool_call_id": made.id, "content": "rainy"},
            ],
        )
    assert answer.choices[0].finish_reason == "tool_calls"
    assert json.loads(made.function.arguments) == {"city": "Ghent"}
    assert again.choices[0].message.content == "Rain"
    assert [[spec.name for spec in one.tools] for one in provider.requests] == [["weather"]] * 2
    assert [c.output for m in provider.requests[1].messages for c in m.calls] == ["rainy"]


async def test_what_a_caller_asks_for_besides_words_reaches_the_model(project: Path) -> None:
    tool: Any = {"type": "function", "function": {"name": "weather"}}
    schema = {"name": "town", "schema": {"type": "object"}}
    wished: dict[str, Any] = {
        "tool_choice": {"type": "function", "function": {"name": "weather"}},
        "parallel_tool_calls": False,
        "response_format": {"type": "json_schema", "json_schema": schema},
        "top_p": 0.5,
        "stop": ["END"],
        "seed": 7,
        "presence_penalty": 0.1,
        "frequency_penalty": 0.2,
        "logit_bias": {"50256": -100},
    }
    flat: dict[str, Any] = {"type": "function", "name": "weather", "parameters": {}, "strict": None}
    async with proxy(project, []) as at, client(at.url) as ai:
        provider = watched(at, [say("a"), say("b"), say("c")])
        await ai.chat.completions.create(
            model="default", messages=asked("Hi"), tools=[tool], reasoning_effort="low", **wished
        )
        await ai.responses.create(
            model="default",
            input="Hi",
            tools=[flat],
            tool_choice={"type": "function", "name": "weather"},
            parallel_tool_calls=False,
            text={"format": {"type": "json_schema", **schema}},
            top_p=0.5,
        )
        await ai.chat.completions.create(
            model="default",
            messages=asked("Hi"),
            tools=[tool],
            parallel_tool_calls=False,
            tool_choice="none",
        )
    first, second, third = provider.requests
    assert (first.options, first.effort) == (wished, "low")
    assert second.options == {key: wished[key] for key in [*wished][:4]}
    assert (third.tools, third.options) == ([], {})


async def test_all_that_was_said_reaches_the_model_in_its_roles(project: Path) -> None:
    said: list[Any] = [
        {"role": "system", "content": "Be short."},
        {"role": "user", "content": [{"type": "text", "text": "One"}]},
        {"role": "assistant", "content": "Two"},
        {"role": "user", "content": "Three"},
    ]
    async with proxy(project, []) as at, client(at.url) as ai:
        provider = watched(at, [say("Four")])
        await ai.chat.completions.create(
            model=at.model,
            messages=said,
            temperature=0.5,
            max_tokens=9,
            n=3,
            stop="x",
            seed=1,
            extra_body={"foo": 1},
        )
        request = provider.requests[0]
        assert await at.door.sessions() == []
    assert request.system == "Be short."
    assert [(m.role, m.text) for m in request.messages] == [
        ("user", "One"),
        ("assistant", "Two"),
        ("user", "Three"),
    ]
    assert (request.temperature, request.max_tokens, request.tools) == (0.5, 9, [])


async def test_models_are_listed_by_id_and_unknown_ones_are_not_found(project: Path) -> None:
    async with proxy(project, []) as at, client(at.url) as ai:
        names = [model.id async for model in ai.models.list()]
        assert {"opencode/default", "gpt-4.1", "offline/rules"} <= set(names)
        assert (await ai.models.retrieve("offline/rules")).owned_by == "offline"
        for stream in (False, True):
            with pytest.raises(openai.NotFoundError) as error:
                await ai.chat.completions.create(
                    model="nobody/nothing", messages=asked("Hi"), stream=stream
                )
            assert error.value.code == "model_not_found"
        with pytest.raises(openai.NotFoundError):
            await ai.models.retrieve("nobody/nothing")


async def test_only_the_exact_key_opens_and_health_needs_none(project: Path) -> None:
    async with proxy(project, []) as at, httpx.AsyncClient(base_url=at.url) as http:
        assert (await http.get("/health")).json()["healthy"] is True
        paths = (await http.get("/openapi.json")).json()["paths"]
        for path in ("/v1/chat/completions", "/v1/models", "/health", "/openapi.json"):
            assert path in paths
        for given in ("", "Bearer the-key2", "Bearer the-ke", "Basic b3BlbmNvZGU6dGhlLWtleQ=="):
            refused = await http.get(
                "/v1/models", headers={"authorization": given} if given else {}
            )
            assert refused.status_code == 401
            assert refused.headers["www-authenticate"] == "Bearer"
            assert refused.json()["error"]["code"] == "invalid_api_key"
            assert "Authorization: Bearer" in refused.json()["error"]["message"]
        good = {"authorization": "Bearer the-key", "host": "api.example.com"}
        assert (await http.get("/v1/models", headers=good)).status_code == 200
        preflight = await http.options("/v1/models", headers={"origin": "https://app.example"})
        assert preflight.status_code == 204
        refused = await http.get("/v1/models", headers={"origin": "https://app.example"})
        assert refused.headers["access-control-allow-origin"] == "https://app.example"
        assert (await http.get("/session", headers=good)).status_code == 404
        assert (await http.get("/v1/chat/completions", headers=good)).status_code == 405


async def test_bad_requests_and_failing_models_are_openais_errors(project: Path) -> None:
    script = [
        [{"error": "provider.unavailable", "message": "Down."}],
        [{"error": "provider.rate_limit", "retry_after": 9}],
        [{"text": "Begun"}, {"sleep": 0.2}, {"error": "provider.unavailable", "message": "Gone."}],
    ]
    async with proxy(project, script) as at, client(at.url) as ai:
        odd_tool = {"type": "function", "function": {"name": "f", "parameters": 5}}
        for bad in (
            {},
            {"messages": []},
            {"model": "x"},
            {"messages": "no"},
            {"messages": [{"role": "assistant", "tool_calls": ["no"]}]},
            {"messages": asked("Hi"), "tools": [odd_tool]},
        ):
            body: dict[str, Any] = {"model": at.model, "messages": [], **bad}
            with pytest.raises(openai.BadRequestError) as wrong:
                await ai.post("/chat/completions", body=body, cast_to=object)
            assert wrong.value.body
        with pytest.raises(openai.InternalServerError) as down:
            await ai.chat.completions.create(model=at.model, messages=asked("Hi"), stream=True)
        assert down.value.status_code == 503
        with pytest.raises(openai.RateLimitError) as limited:
            await ai.chat.completions.create(model=at.model, messages=asked("Hi"))
        assert limited.value.response.headers["retry-after"] == "9"
        stream = await ai.chat.completions.create(model=at.model, messages=asked("Hi"), stream=True)
        with pytest.raises(openai.APIError, match="Gone"):
            async for _ in stream:
                pass


async def test_failed_tries_are_an_error_with_its_status_until_words_went_out() -> None:
    async def told(*deltas: Delta) -> Response:
        async def stream() -> AsyncIterator[Delta]:
            for delta in deltas:
                yield delta
                await asyncio.sleep(0)
            raise RateLimited("Busy")

        pump = Pump(asyncio.create_task, stream())
        request = Request({"type": "http"}, receive=asyncio.Event().wait)
        caller = Caller(pump, request, name="m", served="m", seconds=9)
        return await Answering(caller, with_usage=False).stream()

    refused = await told(Retrying(0, "Busy", 1))
    assert refused.status_code == 429
    begun = await told(TextDelta("Half"), Retrying(0, "Busy", 1))
    assert isinstance(begun, StreamingResponse)
    chunks = [str(chunk) async for chunk in begun.body_iterator]
    assert "The answer broke off: Busy. Ask again." in chunks[-1]


async def test_silence_is_a_timeout_and_the_work_is_stopped(project: Path) -> None:
    script = [[{"sleep": 60}], [{"sleep": 60}]]
    async with proxy(project, script, seconds=0.2) as at, client(at.url) as ai:
        for stream in (False, True):
            with pytest.raises(openai.APIStatusError) as error:
                await ai.chat.completions.create(
                    model=at.model, messages=asked("Hi"), stream=stream
                )
            assert error.value.status_code == 504


async def test_a_caller_who_leaves_stops_the_model(project: Path) -> None:
    async with proxy(project, [[{"text": "x"}, {"sleep": 60}]]) as at:
        async with httpx.AsyncClient(base_url=at.url) as http:
            await http.get("/health")
        before = asyncio.all_tasks()
        async with httpx.AsyncClient(base_url=at.url) as http:
            body = {"model": at.model, "messages": asked("Hi")}
            headers = {"authorization": "Bearer the-key"}
            with pytest.raises(httpx.ReadTimeout):
                await http.post("/v1/chat/completions", json=body, headers=headers, timeout=0.5)
        more = {task for task in asyncio.all_tasks() if task not in before}
        await asyncio.wait(more, timeout=10)
        assert not [task for task in more if not task.done()]


async def test_the_preset_takes_any_name_and_echoes_it(project: Path) -> None:
    file = project.parent / "script.json"
    settings = Completions(model=f"scripted/{file}", takes_any_name=True)
    open_to_all = Rules(bearer_only=True)
    async with served(project, [say("Yes")], open_to_all, settings, OPENAI) as at:
        async with client(at.url, "anything") as ai:
            answer = await ai.chat.completions.create(model="gpt-99", messages=asked("Hi"))
            assert answer.model == "gpt-99"
            assert answer.choices[0].message.content == "Yes"
        async with httpx.AsyncClient(base_url=at.url) as http:
            assert (
                await http.get("/v1/models", headers={"host": "evil.example"})
            ).status_code == 421


async def test_null_is_the_same_as_nothing_said(project: Path) -> None:
    nulls = (
        "stream stream_options temperature max_tokens tools tool_choice n stop seed instructions"
    )
    more = "top_p max_output_tokens reasoning metadata previous_response_id"
    none = dict.fromkeys(f"{nulls} {more}".split())
    async with (
        proxy(project, [say("Hello"), say("Again")]) as at,
        httpx.AsyncClient(base_url=at.url, headers={"authorization": "Bearer the-key"}) as http,
    ):
        body = {"model": "default", "messages": asked("Hi"), **none}
        told = (await http.post("/v1/chat/completions", json=body)).json()
        more = (await http.post("/v1/responses", json={**body, "input": "Hi"})).json()
    assert told["choices"][0]["message"]["content"] == "Hello"
    assert (more["status"], more["tool_choice"], more["metadata"]) == ("completed", "auto", {})


def test_an_empty_key_or_an_unwritable_log_ends_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        server_openai(no_auth=True, log_file=Path(__file__) / "log")
    monkeypatch.setenv("OPENAI_PROXY_API_KEY", "")
    with pytest.raises(UsageError, match="key is empty"):
        server_openai()


def test_a_start_with_nobody_logged_in_says_so_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    warn(Settings(), "github-copilot/gpt-4.1")
    assert "`opencode auth login github-copilot`" in capsys.readouterr().err
    warn(Settings(), "offline/rules")
    assert capsys.readouterr().err == ""


def test_odd_histories_are_taken_as_clients_send_them() -> None:
    system, said = conversation(
        [
            {"role": "developer", "content": "A"},
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": None},
            {"role": "tool", "content": "alone", "tool_call_id": "call_x"},
            {"role": "system", "content": "B"},
        ]
    )
    assert system == "A\n\nB"
    assert [m.role for m in said] == ["user", "assistant", "user"]
    assert said[2].text == "Result of call_x:\nalone"


def test_pictures_and_documents_come_with_their_names_and_addresses_are_not_fetched() -> None:
    png, pdf = "data:image/png;base64,iVBORw==", "data:application/pdf;base64,JVBERg=="
    parts = [
        {"type": "image_url", "image_url": {"url": png}},
        {"type": "file", "file": {"filename": "a.pdf", "file_data": pdf}},
    ]
    _, [asked] = conversation([{"role": "user", "content": parts}])
    assert [part.mime for part in asked.parts if isinstance(part, FilePart)] == [
        "image/png",
        "application/pdf",
    ]
    flat = [
        {"type": "input_image", "image_url": png},
        {"type": "input_file", "filename": "a.pdf", "file_data": pdf},
    ]
    assert messages_of("", [{"role": "user", "content": flat}])[0]["content"] == parts
    for odd in (
        {"file_id": "file_1"},
        {"file_data": "https://h/a.pdf"},
        {"file_data": "data:a;base64,?"},
    ):
        with pytest.raises(UsageError):
            conversation([{"role": "user", "content": [{"type": "file", "file": odd}]}])
