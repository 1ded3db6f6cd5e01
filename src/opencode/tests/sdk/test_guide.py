"""Every sample of the integration guide, unchanged, against a real `opencode serve`."""

import ast
import asyncio
import gc
import inspect
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from opencode.sdk import Metrics, OpenCodeSDK, get_api_key
from opencode.tests.fakes.model_client import model_server
from opencode.tests.web.serving import Site, site

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
"""Some samples leave their clients open."""

_TEXT = (Path(__file__).parent / "samples.md").read_text("utf-8")
SAMPLES = dict(re.findall(r"^## (.+?)\n\n```python\n(.*?)^```", _TEXT, re.M | re.S))
IMPORTS, PRINTED = SAMPLES["기본 구조"], SAMPLES["비동기 SDK 구현"]


@pytest.fixture(scope="module", autouse=True)
def swept() -> Iterator[None]:
    """What samples leave open ends with them, not in a test of another file."""
    yield
    gc.collect()


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with model_server() as model:
        openai = f'[provider.openai]\nbase_url = "{model.url}/v1"\n'
        with site(tmp_path_factory.mktemp("guide"), model, settings=("", openai)) as found:
            yield found


@pytest.fixture(params=["ours", "printed"])
def names(request: pytest.FixtureRequest, at: Site, monkeypatch: Any) -> dict[str, Any]:
    """What the samples find: the guide's imports, then our client, or the one printed there."""
    at.say({"text": ["Hello ", "from the model"], "repeat": True})
    monkeypatch.setenv("OPENCODE_BASE_URL", at.url)
    found: dict[str, Any] = {"__name__": "sample"}
    exec(IMPORTS, found)
    if request.param == "ours":
        exec("from opencode.sdk import *", found)
    else:
        exec(PRINTED, found)
        found["OpenCodeSDK"].__init__.__defaults__ = (at.url, None)
    return found


async def run(names: dict[str, Any], title: str) -> None:
    code = compile(SAMPLES[title], title, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    done = eval(code, names)
    if inspect.isawaitable(done):
        await done


async def test_the_basic_sample_prints_an_answer(
    names: dict[str, Any], capsys: pytest.CaptureFixture[str], at: Site
) -> None:
    await run(names, "기본 사용")
    await names["basic_usage"]()
    assert "Hello from the model" in capsys.readouterr().out
    assert "main.py file" in at.heard()
    used = [one for one in at.model.requests() if "tools" in one["body"]][-1]
    assert used["headers"]["authorization"] == "Bearer sk-..."
    assert used["body"]["model"] == "gpt-4"


async def test_the_streaming_sample_prints_pieces_tools_and_the_end(
    names: dict[str, Any], capsys: pytest.CaptureFixture[str], at: Site
) -> None:
    read = {"id": "c1", "name": "read", "arguments": {"path": "README.md"}}
    at.say(*[turn for _ in range(50) for turn in ({"calls": [read]}, {"text": ["Hello ", "you"]})])
    await run(names, "이벤트 스트리밍")
    async with OpenCodeSDK() as other:
        session = await other.create_session()
        listening = asyncio.create_task(names["streaming_example"]())
        shown = ""
        while "you\n[Message completed]" not in shown or "[Tool: read]" not in shown:
            await other.send_message(session.id or "", "Read it")
            shown += capsys.readouterr().out
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
    assert "Hello you" in shown


async def test_the_sessions_sample_resumes_the_last_one(
    names: dict[str, Any], capsys: pytest.CaptureFixture[str], at: Site
) -> None:
    async with OpenCodeSDK() as other:
        session = await other.create_session()
        await other.send_message(session.id or "", "Begin")
    await run(names, "세션 관리")
    await names["session_management"]()
    shown = capsys.readouterr().out
    assert f"Session {session.id}: " in shown
    assert re.search(r"Resuming session with \d+ messages", shown)
    assert "Continue from where we left off" in at.heard()


async def test_the_samples_of_pools_batches_and_caches_work(names: dict[str, Any]) -> None:
    await run(names, "연결 풀링")
    await run(names, "배치 처리")
    await run(names, "캐싱")
    pooled = names["OptimizedOpenCodeSDK"](OpenCodeSDK().base_url)
    asked = [pooled.client.get("/app") for _ in range(50)]
    assert {one.status_code for one in await asyncio.gather(*asked)} == {200}
    await pooled.client.aclose()
    sdk = names["sdk"] = names["OpenCodeSDK"]()
    session = await sdk.create_session()
    said = await names["batch_messages"](sdk, session.id, ["one", "two", "three"])
    assert all("Hello from the model" in json.dumps(one) for one in said)
    kept = await names["get_cached_session_data"](session.id)
    users = [one["content"] for one in kept["messages"] if one["role"] == "user"]
    assert users == ["one", "two", "three"]
    await sdk.close()


async def test_the_samples_of_keys_https_and_ids_work(
    names: dict[str, Any], monkeypatch: pytest.MonkeyPatch, alone: Path
) -> None:
    (alone / ".opencode").mkdir()
    (alone / ".opencode" / "config.json").write_text('{"apiKey": "of the file"}')
    await run(names, "API 키 관리")
    assert names["get_api_key"]() == get_api_key() == "of the file"
    await run(names, "HTTPS 사용")
    assert names["sdk"].client.headers["authorization"] == "Bearer of the file"
    await names["sdk"].close()
    monkeypatch.setenv("OPENCODE_API_KEY", "of the environment")
    assert names["get_api_key"]() == get_api_key() == "of the environment"
    await run(names, "입력 검증")
    assert names["validate_session_id"]("session-123")


async def test_the_samples_of_logs_and_figures_work(
    names: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    await run(names, "로깅 설정")
    await run(names, "요청/응답 로깅")
    await run(names, "메트릭 수집")
    own = names["Metrics"]()
    own.record_request(0.5, error=True)
    assert (own.average_latency, own.error_count) == (0.5, 1)
    sdk = names["DebugOpenCodeSDK"]()
    with caplog.at_level("DEBUG", "opencode_sdk"):
        await sdk.set_auth("openai", {"apiKey": "sk-never-shown"})
        await sdk._log_request("GET", "/app")
        await sdk._log_response(await sdk.client.get("/app"))
    await sdk.close()
    assert "Request: GET /app" in caplog.text
    assert "Response: 200" in caplog.text
    assert "sk-never-shown" not in caplog.text


async def test_the_samples_for_those_who_move_here_work(
    names: dict[str, Any], monkeypatch: pytest.MonkeyPatch, at: Site
) -> None:
    await run(names, "CLI에서 SDK로 마이그레이션")
    await names["migrate_from_cli"]()
    assert "analyze code" in at.heard()
    before: Any = ModuleType("openai")  # of the time when it still had ChatCompletion
    before.api_key = "sk-old"
    before.ChatCompletion = type("ChatCompletion", (), {"create": staticmethod(dict)})
    monkeypatch.setitem(sys.modules, "openai", before)
    await run(names, "다른 AI SDK에서 마이그레이션")
    assert "Hello from the model" in json.dumps(names["response"])
    await names["sdk"].close()


def test_every_sample_is_run() -> None:
    own = Path(__file__).read_text("utf-8")
    assert [title for title in SAMPLES if f'"{title}"' not in own] == []
    assert len(SAMPLES) == 16


async def test_what_a_server_refuses_is_told_in_its_words(at: Site) -> None:
    async with OpenCodeSDK(at.url) as sdk:
        with pytest.raises(httpx.HTTPStatusError, match="404") as found:
            await sdk.get_session("ses_none")
        assert (found.value.response.status_code, sdk.metrics.error_count) == (404, 1)
        assert sdk.metrics.average_latency > 0
    nobody = OpenCodeSDK("http://127.0.0.1:9")
    assert await nobody.health_check() is False
    assert nobody.metrics == Metrics(1, 1, nobody.metrics.total_latency)
    await nobody.close()


async def test_a_call_waits_for_a_person_and_a_program_may_be_that_person(at: Site) -> None:
    write = {"id": "c1", "name": "write", "arguments": {"path": "new.txt", "content": "x\n"}}
    at.say({"calls": [write]}, {"text": "Written"})
    async with OpenCodeSDK(at.url) as sdk:
        session = await sdk.create_session()
        saying = asyncio.create_task(sdk.send_message(session.id or "", "Write"))
        while not (waiting := await sdk.list_permissions()):
            await asyncio.sleep(0.02)
        assert await sdk.reply_permission(waiting[0]["id"], "once")
        assert (await saying)["content"] == "Written"
    assert (at.project / "new.txt").read_text() == "x\n"


async def test_the_server_s_password_is_the_client_s_key(at: Site, tmp_path: Path) -> None:
    with site(tmp_path, at.model, "pass word") as locked:
        async with OpenCodeSDK(locked.url, "pass word") as sdk, OpenCodeSDK(locked.url) as stranger:
            assert (await sdk.get_app_info())["status"] == "ready"
            assert await sdk.init_app() is True
            assert await sdk.health_check()
            assert not await stranger.health_check()
            with pytest.raises(httpx.HTTPStatusError, match="401"):
                await anext(stranger.stream_events())
            events = sdk.stream_events()
            assert (await anext(events))["event"] == "server.connected"
            await events.aclose()


def test_the_client_imports_nothing_of_the_agent() -> None:
    import subprocess

    script = "import sys, opencode.sdk; print(*(m for m in sys.modules if m[:9] == 'opencode.'))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert {name.split(".")[1] for name in done.stdout.split()} == {"sdk"}
