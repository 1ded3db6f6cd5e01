import asyncio
import base64
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from msgspec.structs import replace

from opencode.config.schema import Settings
from opencode.core.delta import Delta, Retrying
from opencode.core.error import (
    AuthError,
    ContextTooLong,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    RequestRefused,
    Unavailable,
)
from opencode.core.message import (
    FilePart,
    Message,
    Part,
    ReasoningPart,
    TextPart,
    ToolPart,
    user_message,
)
from opencode.core.provider import ToolSpec
from opencode.providers.router import Router, open_provider
from opencode.tests.fakes.model_client import ModelServer, model_server
from opencode.tests.fakes.model_render import frames
from opencode.tests.fakes.model_wires import Wire
from opencode.tests.integration.worker_room import (
    MODELS,
    answer_of,
    calls_of,
    collect,
    finish_of,
    request,
    retries_of,
    router,
    text_of,
    thoughts_of,
)

WIRES = list(MODELS)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(30)
RICH = {
    "reasoning": ["Let me ", "see."],
    "signature": "c2lnbmVk",
    "text": ["Hé", "llo ", "[DONE]\u2028\x85🌍!"],
    "calls": [
        {"id": "call_a", "name": "read", "arguments": {"path": "é.txt"}, "pieces": 4},
        {"id": "call_b", "name": "list"},
    ],
    "usage": {"input": 100, "output": 20, "cache_read": 40, "reasoning": 6},
}


def past() -> list[Message]:
    """A conversation with everything in it that goes over the wire."""
    image = FilePart("p.png", "image/png", base64.b64encode(PNG).decode())
    document = FilePart("d.pdf", "application/pdf", base64.b64encode(b"%PDF-1.4 x").decode())
    found = [user_message("See \u2028 é", image, document)]
    for n in range(8):
        id = f"call_{n}__thought__sealed" if n == 3 else f"call_{n}"
        call = ToolPart(id, "read", {"path": f"é{n}", "deep": [None, {"a": 1.5}]})
        call.close("completed", f"found {n}", None, [image] if n == 4 else None)
        words: list[Part] = [TextPart("Let me look.")] if n % 2 else [ReasoningPart("Hm")]
        found.append(Message(f"a{n}", "assistant", [*words, call]))
    return [*found, user_message("And?", image), Message("z", "assistant", [TextPart("That.")])]


PAST = past()


@pytest.fixture(scope="module")
def service() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


@pytest.mark.parametrize("wire", WIRES)
async def test_every_wire_becomes_the_same_deltas(
    wire: str, service: ModelServer, runtime: Path
) -> None:
    service.script(RICH)
    async with router(runtime, service.url) as opened:
        deltas = await collect(opened, request(MODELS[wire]))
    assert text_of(deltas) == "Héllo [DONE]\u2028\x85🌍!"
    assert thoughts_of(deltas) == "Let me see."
    assert calls_of(deltas) == [("read", {"path": "é.txt"}), ("list", {})]
    usage = finish_of(deltas).usage
    assert finish_of(deltas).reason == "tool_calls"
    cached = 0 if wire == "ollama" else 40
    assert (usage.input, usage.cache_read, usage.output) == (140 - cached, cached, 20)
    assert {entry["wire"] for entry in service.requests()} - {""} == {wire}


@pytest.mark.parametrize("wire", WIRES)
async def test_a_conversation_goes_back_in_the_shape_of_its_wire(
    wire: str, service: ModelServer, runtime: Path
) -> None:
    service.script(RICH, {"text": "Done."})
    asked = user_message("Read it")
    async with router(runtime, service.url) as opened:
        answer = answer_of(await collect(opened, request(MODELS[wire], asked, session="s")))
        for call in answer.calls:
            call.close("completed", f"what {call.tool} found")
        deltas = await collect(opened, request(MODELS[wire], asked, answer, session="s"))
    assert text_of(deltas) == "Done."
    sent = json.dumps(service.bodies()[1], ensure_ascii=False)
    for words in (
        "Be brief.",
        "Read it",
        "Héllo [DONE]\u2028\x85🌍!",
        "é.txt",
        "what read found",
        "what list found",
    ):
        assert words in sent
    signed = wire in ("anthropic", "gemini", "bedrock")
    assert ("c2lnbmVk" in sent) is signed


async def test_cache_markers_go_to_the_wire_that_wants_them_and_to_no_other(
    service: ModelServer, runtime: Path
) -> None:
    service.script({"text": "x", "repeat": True})
    answer = Message("m2", "assistant", [TextPart("Yes?")])
    talk = [user_message("One"), answer, user_message("Two")]
    async with router(runtime, service.url) as opened:
        for wire in WIRES:
            await collect(opened, request(MODELS[wire], *talk))
    bodies = {
        entry["wire"]: json.dumps(entry["body"]) for entry in service.requests() if entry["wire"]
    }
    assert bodies["anthropic"].count("cache_control") == bodies["bedrock"].count("cachePoint") == 3
    assert not any("cache_control" in bodies[wire] for wire in WIRES if wire != "anthropic")


@pytest.mark.parametrize("wire", WIRES)
async def test_a_tool_of_odd_arguments_is_offered_on_every_wire(
    wire: str, service: ModelServer, runtime: Path
) -> None:
    point = {"type": "object", "properties": {"next": {"$ref": "#/$defs/point"}}}
    any_of = {"oneOf": [{"type": ["string", "null"]}, {"const": "all"}, True]}
    odd = {"$defs": {"point": point}, "properties": {"at": point, "of": any_of, "more": True}}
    tools = [ToolSpec("odd", "An odd one.", odd), ToolSpec("bare", "A bare one.", {})]
    service.script({"text": "Fine."})
    async with router(runtime, service.url) as opened:
        asked = replace(request(MODELS[wire]), tools=tools)
        assert text_of(await collect(opened, asked)) == "Fine."
    sent = json.dumps(service.bodies()[0])
    assert all(words in sent for words in ("An odd one.", "A bare one.", '"more"'))


@pytest.mark.parametrize("wire", WIRES)
async def test_an_image_reaches_the_model(wire: str, service: ModelServer, runtime: Path) -> None:
    service.script({"text": "A dot."})
    dot = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(range(64))).decode()
    asked = user_message("What is this?", FilePart("dot.png", "image/png", dot))
    async with router(runtime, service.url) as opened:
        assert text_of(await collect(opened, request(MODELS[wire], asked))) == "A dot."
    assert dot in json.dumps(service.bodies()[0])


async def test_the_key_and_nothing_else_of_ours_goes_out(
    service: ModelServer, runtime: Path
) -> None:
    service.script({"text": "x", "repeat": True})
    async with router(runtime, service.url) as opened:
        for wire in ("chat", "anthropic", "gemini"):
            await collect(opened, request(MODELS[wire]))
    headers = {entry["wire"]: entry["headers"] for entry in service.requests()}
    assert headers["chat"]["authorization"] == "Bearer key-of-openai"
    assert headers["anthropic"]["x-api-key"] == "key-of-anthropic"
    assert headers["gemini"]["x-goog-api-key"] == "key-of-google"
    assert "key-of-openai" not in json.dumps([headers["anthropic"], headers["gemini"]])


async def test_arguments_that_are_no_json_object_arrive_raw(
    service: ModelServer, runtime: Path
) -> None:
    cut = '{"path": "a'
    service.script({"calls": [{"name": "read", "arguments": cut}], "finish": "length"})
    async with router(runtime, service.url) as opened:
        deltas = await collect(opened, request(MODELS["chat"]))
    call = answer_of(deltas).calls[0]
    assert (call.input, call.raw, finish_of(deltas).reason) == ({}, cut, "length")


async def test_a_hundred_equal_pieces_are_legitimate(service: ModelServer, runtime: Path) -> None:
    service.script({"text": "na ", "times": 500})
    async with router(runtime, service.url) as opened:
        deltas = await collect(opened, request(MODELS["chat"]))
    assert text_of(deltas) == "na " * 500
    assert len(deltas) < 250


STATUSES: list[tuple[int, str, type[ProviderError]]] = [
    (429, "rate_limit", RateLimited),
    (429, "quota", QuotaExhausted),
    (429, "Usage limit reached, try again in 16 days", QuotaExhausted),
    (400, "rate_limit", RateLimited),
    (400, "context", ContextTooLong),
    (400, "refused", RequestRefused),
    (401, "auth", AuthError),
    (408, "server", Unavailable),
    (500, "server", Unavailable),
    (502, "server", Unavailable),
    (503, "overloaded", Unavailable),
    (529, "overloaded", Unavailable),
]


@pytest.mark.parametrize("wire", WIRES)
async def test_each_refusal_becomes_its_class_after_one_request(
    wire: str, service: ModelServer, runtime: Path
) -> None:
    async with router(runtime, service.url) as opened:
        for status, error, expected in STATUSES:
            service.script({"status": status, "error": error, "repeat": True})
            with pytest.raises(expected) as caught:
                await collect(opened, request(MODELS[wire]))
            assert type(caught.value) is expected, (status, error)
            assert len(service.bodies()) == 1, (status, error)


async def test_a_missing_key_names_the_variable_and_the_command(runtime: Path) -> None:
    async with open_provider(Settings(), lambda _: None, {}, runtime) as opened:
        with pytest.raises(AuthError) as caught:
            await collect(opened, request("openai/gpt-5"))
    assert caught.value.hint.startswith("Set OPENAI_API_KEY")
    assert "`opencode auth set openai`" in caught.value.hint


async def test_a_dead_server_is_named(runtime: Path) -> None:
    async with router(runtime, "http://127.0.0.1:9") as opened:
        with pytest.raises(Unavailable, match=r"cannot be reached at http://127\.0\.0\.1:9"):
            await collect(opened, request(MODELS["chat"]))


async def test_retries_are_announced_and_exact(service: ModelServer, runtime: Path) -> None:
    limited = {"status": 429, "error": "rate_limit", "headers": {"retry-after": "0.1"}}
    service.script(
        limited, {"text": ["Ha", "lf"], "fault": {"kind": "cut", "after": 2}}, {"text": "Whole"}
    )
    async with router(runtime, service.url, max_tries=3) as opened:
        deltas = await collect(opened, request(MODELS["chat"]))
    assert retries_of(deltas) == [1, 2]
    assert answer_of(deltas).text == "Whole"
    assert len(service.bodies()) == 3
    first = next(delta for delta in deltas if isinstance(delta, Retrying))
    assert 0.1 <= first.after < 1.0


async def test_a_provider_that_stays_busy_is_asked_no_more_often_than_was_set(
    service: ModelServer, runtime: Path
) -> None:
    service.script({"status": 529, "headers": {"retry-after": "0"}, "repeat": True})
    async with router(runtime, service.url, max_tries=4) as opened:
        with pytest.raises(Unavailable):
            await collect(opened, request(MODELS["anthropic"]))
    assert len(service.bodies()) == 4


async def said(opened: Router, wire: str, deltas: list[Delta]) -> None:
    """What comes, until it breaks."""
    async for delta in opened.stream(request(MODELS[wire])):
        deltas.append(delta)


SAYS_IT_WAS_ALL = {"chat": 3, "anthropic": 2, "bedrock": 2}
"""Events at the end of a reply after the first of which it is whole; elsewhere it is the last."""


@pytest.mark.parametrize("wire", WIRES)
async def test_a_reply_cut_at_any_event_is_an_error_after_its_words_and_the_next_turn_works(
    wire: Wire, service: ModelServer, runtime: Path
) -> None:
    call = {"id": "call_a", "name": "read", "arguments": {"path": "é.txt"}, "pieces": 2}
    turn = {"text": ["one ", "two ", "three"], "calls": [call]}
    events = len(frames(wire, turn, {})) - SAYS_IT_WAS_ALL.get(wire, 1) + 1
    shown = ""
    async with router(runtime, service.url) as opened:
        for after in range(events):
            for kind in ("cut", "ending"):
                service.script({**turn, "fault": {"kind": kind, "after": after, "mid": True}})
                deltas: list[Delta] = []
                with pytest.raises(Unavailable):
                    await said(opened, wire, deltas)
                assert not calls_of(deltas)
                assert text_of(deltas).startswith(shown) or kind == "cut"
                shown = text_of(deltas) if kind == "ending" else shown
    assert shown == "one two three"
    service.script(turn)
    async with router(runtime, service.url, max_tries=3) as opened:  # a dead connection may be left
        assert calls_of(await collect(opened, request(MODELS[wire]))) == [
            ("read", call["arguments"])
        ]


@pytest.mark.parametrize(
    ("wire", "chunk"),
    [
        ("chat", {"choices": [{"index": 0, "delta": {}, "finish_reason": "error"}]}),
        ("gemini", {"candidates": [{"finishReason": "MALFORMED_FUNCTION_CALL", "index": 0}]}),
    ],
)
async def test_half_a_reply_of_a_provider_that_gives_up_is_not_taken_for_the_whole(
    wire: str, chunk: dict[str, object], service: ModelServer, runtime: Path
) -> None:
    gave_up = {"raw": f"data: {json.dumps({'id': 'c', 'created': 1, 'model': 'm', **chunk})}\n\n"}
    service.script({"events": [{"text": "Half"}, gave_up]})
    async with router(runtime, service.url) as opened:
        with pytest.raises(Unavailable, match="gave up"):
            await collect(opened, request(MODELS[wire]))


@pytest.mark.parametrize("wire", WIRES)
async def test_no_malformed_stream_crashes_or_hangs_or_loses_an_event_in_silence(
    wire: str, service: ModelServer, runtime: Path
) -> None:
    kinds = ["bad_json", "bad_utf8", "error", "duplicate", "swap", "huge", "split"]
    kinds += ["crlf"] if wire != "bedrock" else []  # it has no lines
    ended = 0
    async with router(runtime, service.url) as opened:
        for kind in kinds:
            for after in (0, 2, 4):
                service.script({**RICH, "fault": {"kind": kind, "after": after, "size": 5}})
                try:
                    finish_of(await collect(opened, request(MODELS[wire])))
                except Unavailable:
                    assert kind not in ("crlf", "split", "duplicate")
                else:
                    assert kind != "bad_json"
                ended += 1
    assert ended == 3 * len(kinds)


@pytest.mark.parametrize(
    "fault",
    [{"kind": "silence", "after": -1}, {"kind": "silence"}, {"kind": "comments"}],
    ids=["nothing", "headers only", "comments only"],
)
async def test_silence_before_the_first_word_ends_at_its_clock(
    fault: dict[str, object], service: ModelServer, runtime: Path
) -> None:
    service.script({"text": "never", "fault": fault})
    async with router(runtime, service.url, first_event=0.1) as opened:
        with pytest.raises(Unavailable, match="did not answer within"):
            await collect(opened, request(MODELS["chat"]))
    assert await asyncio.to_thread(service.wait_for_outcome, 0) == "closed"


@pytest.mark.parametrize("kind", ["silence", "comments", "trickle"])
@pytest.mark.parametrize("wire", ["chat", "anthropic"])
async def test_silence_in_the_middle_ends_at_its_clock(
    kind: str, wire: str, service: ModelServer, runtime: Path
) -> None:
    service.script({"text": ["a", "b"], "fault": {"kind": kind, "after": 3, "every": 0.1}})
    async with router(runtime, service.url, between_events=0.3) as opened:
        with pytest.raises(Unavailable, match=r"nothing for 0\.3 s"):
            await collect(opened, request(MODELS[wire]))
    assert await asyncio.to_thread(service.wait_for_outcome, 0) == "closed"


@pytest.mark.parametrize("wire", WIRES)
async def test_cancelling_closes_the_providers_connection(
    wire: str, service: ModelServer, runtime: Path
) -> None:
    service.script({"text": ["a", "b"], "fault": {"kind": "silence", "after": 3}, "repeat": True})
    async with router(runtime, service.url) as opened:
        task = asyncio.create_task(collect(opened, request(MODELS[wire])))
        assert await asyncio.to_thread(service.wait_for_request)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert await asyncio.to_thread(service.wait_for_outcome, 0) == "closed"
        stream = opened.stream(request(MODELS[wire]))
        if wire != "responses":  # its third event is not yet a word
            await anext(stream)
            await stream.aclose()
            assert await asyncio.to_thread(service.wait_for_outcome, 1) == "closed"


async def test_leaving_closes_what_was_streaming(service: ModelServer, runtime: Path) -> None:
    service.script({"text": ["a", "b"], "fault": {"kind": "silence", "after": 2}})
    async with router(runtime, service.url) as opened:
        stream = opened.stream(request(MODELS["chat"]))
        await anext(stream)
    assert await asyncio.to_thread(service.wait_for_outcome, 0) == "closed"
    await stream.aclose()


async def test_a_session_sends_what_a_whole_request_would(
    service: ModelServer, runtime: Path
) -> None:
    one, two = user_message("One"), user_message("Two")
    reply = Message("m3", "assistant", [TextPart("Yes")])
    changed = Message("m3", "assistant", [TextPart("No")])
    histories = [
        [one],
        [one, reply, two],
        [one, changed, two],
        [one],
        [two, reply, one],
        [one, reply],
    ]
    async with router(runtime, service.url) as opened:
        for wire in ("chat", "anthropic", "chat"):
            for history in histories:
                service.script({"text": "x", "repeat": 2})
                await collect(opened, request(MODELS[wire], *history, session="kept"))
                await collect(opened, request(MODELS[wire], *history))
                kept, whole = service.bodies()
                kept.pop("prompt_cache_key", None)
                assert kept == whole


@pytest.mark.parametrize("model", ["openai/gpt-test", "openai/o3-mini", "openai/gpt-5-test"])
async def test_what_was_said_goes_out_later_as_it_went_out_first(
    model: str, service: ModelServer, runtime: Path
) -> None:
    sent: list[str] = []
    service.script({"text": "x", "repeat": True})
    async with router(runtime, service.url) as opened:
        for end in range(1, len(PAST) + 1):
            await collect(opened, request(model, *PAST[:end], session=model))
            messages = service.bodies()[-1]["messages"]
            sent.append(json.dumps(messages)[:-1])
    assert len(sent) == len(PAST)
    assert all(later.startswith(earlier) for earlier, later in pairwise(sent))
    assert "call_3__thought__" not in sent[-1]


async def test_ollama_is_asked_for_the_window_it_has(service: ModelServer, runtime: Path) -> None:
    service.script({"text": "x"})
    async with router(runtime, service.url) as opened:
        info = await opened.info(MODELS["ollama"])
        names = [model.id for model in await opened.models()]
        await collect(opened, request(MODELS["ollama"]))
    assert service.bodies()[0]["options"]["num_ctx"] == info.window == 32768
    assert {"ollama/llama3.2", "ollama/scripted-model"} <= set(names)
