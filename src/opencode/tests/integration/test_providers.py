"""Every provider of the table on the wire: one worker, one scripted service, one shape a row."""

import asyncio
import hashlib
import hmac
import json
import os
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from msgspec import Struct, field
from msgspec.structs import replace

from opencode.config.schema import ClocksSection, ProviderSection, Settings, WorkerSection
from opencode.core.delta import TextDelta
from opencode.core.error import (
    AuthError,
    ContextTooLong,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    RequestRefused,
    Unavailable,
)
from opencode.core.message import user_message
from opencode.providers.catalog import row_of
from opencode.providers.router import open_provider
from opencode.providers.rows import ROWS
from opencode.tests.fakes.model_client import ModelServer, model_server
from opencode.tests.integration.worker_room import (
    answer_of,
    calls_of,
    collect,
    finish_of,
    request,
    text_of,
    thoughts_of,
)


class Case(Struct):
    """A provider as somebody who follows the guide would have it: variables and a model."""

    model: str
    path: str
    env: dict[str, str] = field(default_factory=dict)
    """`{url}` stands for the service's address, `{home}` for the user's home."""
    wire: str = "chat"
    key: tuple[str, str] = ("authorization", "Bearer the-key")
    """The header that carries the key, and how it begins."""
    headers: dict[str, str] = field(default_factory=dict)
    tools: bool = True
    stored: str = ""
    options: dict[str, Any] = field(default_factory=dict)


def named(variable: str, address: str) -> dict[str, str]:
    return {variable: "the-key", address: "{url}"}


AWS = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "very secret",
    "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "{url}",
}
CONVERSE = "/model/{}/converse-stream"
VERTEX = "/v1/projects/my-project/locations/{}/publishers/{}:{}"
VERTEX_ENV = {
    "GOOGLE_APPLICATION_CREDENTIALS": "{home}/account.json",
    "GOOGLE_CLOUD_PROJECT": "my-project",
    "VERTEX_API_BASE": "{url}",
}

CASES = {
    "anthropic": Case(
        "anthropic/claude-sonnet-4-20250514",
        "/v1/messages",
        named("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"),
        "anthropic",
        ("x-api-key", "the-key"),
        {"anthropic-version": "2023-06-01"},
    ),
    "openai": Case(
        "openai/gpt-4o", "/v1/chat/completions", named("OPENAI_API_KEY", "OPENAI_BASE_URL")
    ),
    "openai responses": Case(
        "openai/gpt-5-codex",
        "/v1/responses",
        named("OPENAI_API_KEY", "OPENAI_BASE_URL"),
        "responses",
    ),
    "google": Case(
        "google/gemini-2.5-pro",
        "/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse",
        named("GOOGLE_API_KEY", "GEMINI_API_BASE"),
        "gemini",
        ("x-goog-api-key", "the-key"),
    ),
    "google by another name": Case(
        "gemini/gemini-2.5-pro",
        "/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse",
        named("GEMINI_API_KEY", "GEMINI_API_BASE"),
        "gemini",
        ("x-goog-api-key", "the-key"),
    ),
    "azure": Case(
        "azure/gpt-4o",
        "/openai/deployments/gpt-4o/chat/completions?api-version=2025-04-01-preview",
        named("AZURE_OPENAI_API_KEY", "AZURE_OPENAI_ENDPOINT"),
        key=("api-key", "the-key"),
    ),
    "azure, all of its own": Case(
        "azure/my-deployment",
        "/openai/deployments/my-deployment/chat/completions?api-version=2024-10-21",
        {
            "AZURE_API_KEY": "the-key",
            "AZURE_OPENAI_ENDPOINT": "{url}/openai/v1/",
            "AZURE_API_VERSION": "2024-10-21",
        },
        key=("api-key", "the-key"),
    ),
    "azure by token": Case(
        "azure/gpt-4o",
        "/openai/deployments/gpt-4o/chat/completions?api-version=2025-04-01-preview",
        named("AZURE_AD_TOKEN", "AZURE_OPENAI_ENDPOINT"),
    ),
    "azure responses": Case(
        "azure/gpt-5-codex",
        "/openai/responses?api-version=2025-04-01-preview",
        named("AZURE_OPENAI_API_KEY", "AZURE_OPENAI_ENDPOINT"),
        "responses",
        ("api-key", "the-key"),
    ),
    "bedrock": Case(
        "bedrock/global.anthropic.claude-sonnet-4-5-20250929-v1:0",
        CONVERSE.format("global.anthropic.claude-sonnet-4-5-20250929-v1%3A0"),
        AWS,
        "bedrock",
        ("authorization", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"),
    ),
    "bedrock with a session": Case(
        "amazon-bedrock/meta.llama3-1-70b-instruct-v1:0",
        CONVERSE.format("meta.llama3-1-70b-instruct-v1%3A0"),
        {**AWS, "AWS_SESSION_TOKEN": "of a session", "AWS_REGION": "eu-west-1"},
        "bedrock",
        ("authorization", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"),
        {"x-amz-security-token": "of a session"},
    ),
    "bedrock with a profile": Case(
        "bedrock/mistral.mistral-large-2407-v1:0",
        CONVERSE.format("mistral.mistral-large-2407-v1%3A0"),
        {
            "BEDROCK_BASE_URL": "{url}",
            "AWS_SHARED_CREDENTIALS_FILE": "{home}/.aws/credentials",
        },
        "bedrock",
        ("authorization", "AWS4-HMAC-SHA256 Credential=AKIDPROFILE/"),
        options={"profile": "work"},
    ),
    "bedrock with a key": Case(
        "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        CONVERSE.format("us.anthropic.claude-sonnet-4-5-20250929-v1%3A0"),
        {"AWS_BEARER_TOKEN_BEDROCK": "the-key", "BEDROCK_BASE_URL": "{url}"},
        "bedrock",
    ),
    "bedrock with a stored pair": Case(
        "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        CONVERSE.format("us.anthropic.claude-sonnet-4-5-20250929-v1%3A0"),
        {"BEDROCK_BASE_URL": "{url}"},
        "bedrock",
        ("authorization", "AWS4-HMAC-SHA256 Credential=AKIDSTORED/"),
        stored="AKIDSTORED:secret/with+signs",
    ),
    "vertex": Case(
        "vertex/gemini-2.5-pro",
        VERTEX.format("global", "google/models/gemini-2.5-pro", "streamGenerateContent?alt=sse"),
        VERTEX_ENV,
        "gemini",
        ("authorization", "Bearer token-of-google"),
    ),
    "vertex, claude": Case(
        "vertex/claude-sonnet-4-5",
        VERTEX.format(
            "europe-west1", "anthropic/models/claude-sonnet-4-5", "streamRawPredict?alt=sse"
        ),
        {**VERTEX_ENV, "GOOGLE_CLOUD_LOCATION": "europe-west1"},
        "anthropic",
        ("authorization", "Bearer token-of-google"),
    ),
    "vertex with a key": Case(
        "vertex/gemini-2.5-pro",
        "/v1/publishers/google/models/gemini-2.5-pro:streamGenerateContent?alt=sse",
        named("GOOGLE_VERTEX_API_KEY", "VERTEX_API_BASE"),
        "gemini",
        ("x-goog-api-key", "the-key"),
    ),
    "groq": Case(
        "groq/openai/gpt-oss-120b",
        "/openai/v1/chat/completions",
        named("GROQ_API_KEY", "GROQ_BASE_URL"),
    ),
    "mistral": Case(
        "mistral/codestral-latest",
        "/v1/chat/completions",
        named("MISTRAL_API_KEY", "MISTRAL_BASE_URL"),
    ),
    "cohere": Case(
        "cohere/command-r-plus-08-2024",
        "/v2/chat",
        named("COHERE_API_KEY", "COHERE_BASE_URL"),
        "cohere",
    ),
    "xai": Case("xai/grok-4.7", "/v1/chat/completions", named("XAI_API_KEY", "XAI_BASE_URL")),
    "perplexity": Case(
        "perplexity/sonar-pro",
        "/chat/completions",
        named("PERPLEXITY_API_KEY", "PERPLEXITY_BASE_URL"),
        tools=False,
    ),
    "together": Case(
        "together/openai/gpt-oss-120b",
        "/v1/chat/completions",
        named("TOGETHER_API_KEY", "TOGETHER_BASE_URL"),
    ),
    "cerebras": Case(
        "cerebras/llama-3.3-70b",
        "/v1/chat/completions",
        named("CEREBRAS_API_KEY", "CEREBRAS_BASE_URL"),
    ),
    "deepinfra": Case(
        "deepinfra/moonshotai/Kimi-K2.7-Code",
        "/v1/openai/chat/completions",
        named("DEEPINFRA_API_KEY", "DEEPINFRA_BASE_URL"),
    ),
    "openrouter": Case(
        "openrouter/anthropic/claude-sonnet-4",
        "/api/v1/chat/completions",
        named("OPENROUTER_API_KEY", "OPENROUTER_BASE_URL"),
        headers={"x-title": "opencode"},
    ),
    "deepseek": Case(
        "deepseek/deepseek-chat",
        "/v1/chat/completions",
        named("DEEPSEEK_API_KEY", "DEEPSEEK_BASE_URL"),
    ),
    "github-copilot": Case(
        "github-copilot/gpt-4.1",
        "/chat/completions",
        key=("authorization", "Bearer moment-"),
        headers={
            "copilot-integration-id": "vscode-chat",
            "editor-version": "vscode/1.95.0",
            "x-initiator": "user",
        },
        stored="gho_lasting",
        options={"enterpriseUrl": "{url}", "baseURL": "{url}"},
    ),
    "github-copilot responses": Case(
        "copilot/gpt-5.3-codex",
        "/responses",
        wire="responses",
        key=("authorization", "Bearer moment-"),
        headers={"copilot-integration-id": "vscode-chat"},
        stored="gho_lasting",
        options={"enterpriseUrl": "{url}", "baseURL": "{url}"},
    ),
    "ollama": Case(
        "ollama/llama3.2", "/api/chat", {"OLLAMA_HOST": "{url}"}, "ollama", ("content-type", "app")
    ),
    "lmstudio": Case(
        "lmstudio/scripted-model",
        "/v1/chat/completions",
        {"LM_STUDIO_API_BASE": "{url}"},
        key=("content-type", "application/json"),
    ),
    "llamacpp": Case(
        "llamacpp/scripted-model",
        "/v1/chat/completions",
        {"LLAMACPP_BASE_URL": "{url}"},
        key=("content-type", "application/json"),
    ),
    "vllm": Case(
        "vllm/scripted-model",
        "/v1/chat/completions",
        {"VLLM_BASE_URL": "{url}"},
        key=("content-type", "application/json"),
    ),
    "custom": Case(
        "custom/custom-model",
        "/v1/chat/completions",
        {"CUSTOM_API_KEY": "the-key"},
        options={"baseURL": "{url}/v1", "keyEnv": "CUSTOM_API_KEY"},
    ),
}
REFUSALS: list[tuple[int, str, type[ProviderError]]] = [
    (401, "auth", AuthError),
    (429, "rate_limit", RateLimited),
    (429, "quota", QuotaExhausted),
    (400, "context", ContextTooLong),
    (400, "refused", RequestRefused),
    (404, "The model does not exist", RequestRefused),
    (500, "server", Unavailable),
    (503, "overloaded", Unavailable),
]
TURN = {
    "text": ["Hé", "llo 🌍!"],
    "calls": [{"id": "call_a", "name": "read", "arguments": {"path": "é.txt"}, "pieces": 3}],
    "usage": {"input": 100, "output": 20, "cache_read": 40},
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the worker: what other programs left there."""
    folder = tmp_path_factory.mktemp("aws")
    (folder / ".aws").mkdir()
    (folder / ".aws" / "credentials").write_text(
        "[work]\naws_access_key_id = AKIDPROFILE\naws_secret_access_key = s\n"
    )
    return folder


@pytest.fixture(scope="module")
def service(home: Path) -> Iterator[ModelServer]:
    with model_server() as server:
        (home / "account.json").write_text(json.dumps(account(server.url)))
        yield server


def account(url: str) -> dict[str, str]:
    """A service account of Google's, whose tokens the scripted service hands out."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    shape = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return {
        "type": "service_account",
        "project_id": "my-project",
        "private_key_id": "1",
        "private_key": key.private_bytes(serialization.Encoding.PEM, *shape).decode(),
        "client_email": "agent@my-project.iam.gserviceaccount.com",
        "client_id": "1",
        "token_uri": f"{url}/token",
    }


def settings_of(case: Case, url: str) -> Settings:
    options = {key: value.replace("{url}", url) for key, value in case.options.items()}
    section = ProviderSection(
        base_url=options.pop("baseURL", ""),
        api_key_env=options.pop("keyEnv", ""),
        options=options,
        max_tokens=321,
        temperature=0.5,
    )
    provider = case.model.partition("/")[0]
    return Settings(
        clocks=ClocksSection(max_tries=1),
        providers={provider: section},
    )


def opened(case: Case, service: ModelServer, home: Path, runtime: Path):
    env = {name: value.format(url=service.url, home=home) for name, value in case.env.items()}
    folder = {"PATH": os.environ["PATH"], "HOME": str(home)}
    secrets = {"github-copilot": case.stored, "bedrock": case.stored}
    settings = settings_of(case, service.url)
    if "profile" in case.options:  # which only a worker finds whose home this is
        runtime = home / "run"
        settings = replace(settings, worker=WorkerSection(keep="60s"))
    return open_provider(settings, lambda name: secrets.get(name) or None, folder | env, runtime)


@pytest.mark.parametrize("name", CASES)
async def test_a_provider_is_spoken_to_in_its_own_way(
    name: str, service: ModelServer, home: Path, runtime: Path
) -> None:
    case = CASES[name]
    service.script(TURN, {"text": "Done."})
    asked = user_message("Read it")
    async with opened(case, service, home, runtime) as router:
        deltas = await collect(router, request(case.model, asked))
        answer = answer_of(deltas)
        answer.calls[0].close("completed", "what read found")
        last = await collect(router, request(case.model, asked, answer))
    assert text_of(deltas) == "Héllo 🌍!"
    assert calls_of(deltas) == [("read", {"path": "é.txt"})]
    usage, reason = finish_of(deltas).usage, finish_of(deltas).reason
    assert (usage.output, reason) == (20, "tool_calls")
    assert (usage.input, usage.cache_read) == ((140, 0) if case.wire == "ollama" else (100, 40))
    assert text_of(last) == "Done."
    first, second = [entry for entry in service.requests() if entry["wire"]]
    assert (first["wire"], first["path"]) == (case.wire, case.path)
    header, start = case.key
    assert first["headers"][header].startswith(start)
    assert case.headers.items() <= first["headers"].items()
    sent = json.dumps([first["body"], second["body"]], ensure_ascii=False)
    assert "the-key" not in sent
    assert ("Read a file." in sent) is case.tools
    assert "321" in sent
    for words in ("Be brief.", "Read it", "Héllo 🌍!", "what read found"):
        assert words in json.dumps(second["body"], ensure_ascii=False)


@pytest.mark.parametrize("name", CASES)
async def test_a_provider_that_refuses_is_understood(
    name: str, service: ModelServer, home: Path, runtime: Path
) -> None:
    case = CASES[name]
    after = {"headers": {"retry-after": "7"}}
    service.script(*({"status": at, "error": error, **after} for at, error, _ in REFUSALS))
    async with opened(case, service, home, runtime) as router:
        for at, error, kind in REFUSALS:
            with pytest.raises(ProviderError) as caught:
                await collect(router, request(case.model))
            assert type(caught.value) is kind, (at, error)
            if kind is RateLimited:
                assert caught.value.retry_after == 7.0
            if at == 404:
                assert case.model.partition("/")[2] in caught.value.hint


@pytest.mark.parametrize("name", CASES)
async def test_words_come_as_they_are_said_and_whoever_leaves_is_let_go(
    name: str, service: ModelServer, home: Path, runtime: Path
) -> None:
    case = CASES[name]
    service.script({"events": [{"text": "Now"}, {"text": ", "}, {"sleep": 86_400}]})
    async with opened(case, service, home, runtime) as router:
        async with aclosing(router.stream(request(case.model))) as deltas:
            async for delta in deltas:
                if isinstance(delta, TextDelta):
                    break
        assert await asyncio.to_thread(service.wait_for_outcome, 0) == "closed"


@pytest.mark.parametrize(
    ("said", "cost"),
    [
        ({"cost": 0.0123}, 0.0123),
        ({"cost": 0.5, "cost_details": {"upstream_inference_cost": 0.25}, "is_byok": True}, 0.75),
        ({"cost": 0.01, "cost_details": {"upstream_inference_cost": 0.009}}, 0.01),
        ({}, None),
    ],
)
async def test_what_openrouter_says_it_took_is_the_cost(
    said: dict[str, Any], cost: float | None, service: ModelServer, home: Path, runtime: Path
) -> None:
    case = CASES["openrouter"]
    service.script({"text": "Paid.", "usage": {"input": 100, "output": 20, **said}})
    async with opened(case, service, home, runtime) as router:
        assert finish_of(await collect(router, request(case.model))).usage.cost == cost


@pytest.mark.parametrize(
    ("name", "model", "back"),
    [
        ("deepseek", "deepseek/deepseek-chat", ["So it is read.", " "]),
        ("custom", "custom/Kimi-K3", ["So it is read.", " "]),
        ("custom", "custom/custom-model", [None, None]),
        ("groq", "groq/openai/gpt-oss-120b", [None, None]),
    ],
)
async def test_thoughts_before_calls_go_back_to_who_asks_for_them(
    name: str,
    model: str,
    back: list[str | None],
    service: ModelServer,
    home: Path,
    runtime: Path,
) -> None:
    call = {"name": "read", "arguments": {"path": "a"}}
    thought = {"reasoning": ["So it ", "is read."], "calls": [{"id": "call_1", **call}]}
    service.script(thought, {"calls": [{"id": "call_2", **call}]}, {"text": "Done."})
    said = [user_message("Read it")]
    async with opened(replace(CASES[name], model=model), service, home, runtime) as router:
        for _ in range(3):
            answer = answer_of(await collect(router, request(model, *said)))
            for made in answer.calls:
                made.close("completed", "found")
            said.append(answer)
    answers = [one for one in service.bodies()[-1]["messages"] if one["role"] == "assistant"]
    assert [one.get("reasoning_content") for one in answers] == back


@pytest.mark.parametrize("name", ["openai responses", "github-copilot responses", "custom"])
async def test_sealed_thoughts_go_back_to_the_model_that_thought_them_and_to_no_other(
    name: str, service: ModelServer, home: Path, runtime: Path
) -> None:
    case = CASES[name]
    thought = {"reasoning": "hm", "sealed": "SEALED", "calls": [{"name": "read", "id": "call_1"}]}
    service.script(thought, {"text": "Done.", "repeat": True})
    asked = user_message("Read it")
    async with opened(case, service, home, runtime) as router:
        answer = answer_of(await collect(router, request(case.model, asked)), case.model)
        answer.calls[0].close("completed", "found")
        await collect(router, request(case.model, asked, answer, session="s"))
        answer.model = "other/model"
        await collect(router, request(case.model, asked, answer, session="s"))
    first, second, third = service.bodies()
    if name == "custom":
        assert "SEALED" not in json.dumps([second, third])
        assert "store" not in first
        return
    assert (first["store"], first["include"]) == (False, ["reasoning.encrypted_content"])
    [sealed] = [item for item in second["input"] if item["type"] == "reasoning"]
    assert sealed["encrypted_content"] == "SEALED"
    assert "id" not in sealed
    assert not any(item["type"] == "reasoning" for item in third["input"])


async def test_openrouters_details_of_thoughts_go_back_whole(
    service: ModelServer, home: Path, runtime: Path
) -> None:
    def piece(**delta: Any) -> dict[str, str]:
        choice = {"index": 0, "delta": {"content": "", **delta}, "finish_reason": None}
        chunk = {"id": "c", "created": 1, "model": "m", "choices": [choice]}
        return {"raw": f"data: {json.dumps(chunk)}\n\n"}

    text = {"type": "reasoning.text", "format": "anthropic-claude-v1", "index": 0}
    seal = {"type": "reasoning.encrypted", "data": "ENC", "id": "call_1", "index": 1}
    events = [
        piece(reasoning="So ", reasoning_details=[{**text, "text": "So "}]),
        piece(reasoning="be it", reasoning_details=[{**text, "text": "be it"}]),
        piece(reasoning_details=[{**text, "text": None, "signature": "SIG"}, seal]),
        {"call": {"name": "read", "id": "call_1"}},
    ]
    case = CASES["openrouter"]
    service.script({"events": events}, {"text": "Done.", "repeat": True})
    asked = user_message("Read it")
    async with opened(case, service, home, runtime) as router:
        deltas = await collect(router, request(case.model, asked))
        answer = answer_of(deltas, case.model)
        answer.calls[0].close("completed", "found")
        await collect(router, request(case.model, asked, answer))
        await collect(router, request("openrouter/openai/gpt-5", asked, answer))
    assert thoughts_of(deltas) == "So be it"
    answers = [body["messages"][2] for body in service.bodies()[1:]]
    assert answers[0]["reasoning_details"] == [
        {**text, "text": "So be it", "signature": "SIG"},
        seal,
    ]
    assert "reasoning_details" not in answers[1]
    assert "store" not in service.bodies()[0]


async def test_copilots_seal_goes_back_with_the_words_it_is_of(
    service: ModelServer, home: Path, runtime: Path
) -> None:
    def piece(**delta: str) -> dict[str, str]:
        choice = {"index": 0, "delta": {"content": "", **delta}, "finish_reason": None}
        chunk = {"id": "c", "created": 1, "model": "m", "choices": [choice]}
        return {"raw": f"data: {json.dumps(chunk)}\n\n"}

    thought = [piece(reasoning_text="So "), piece(reasoning_text="be it", reasoning_opaque="SEAL")]
    events = [*thought, {"call": {"name": "read", "id": "call_1"}}]
    case = CASES["github-copilot"]
    service.script({"events": events}, {"text": "Done."})
    asked = user_message("Read it")
    async with opened(case, service, home, runtime) as router:
        deltas = await collect(router, request(case.model, asked))
        answer = answer_of(deltas, case.model)
        answer.calls[0].close("completed", "found")
        await collect(router, request(case.model, asked, answer))
    assert thoughts_of(deltas) == "So be it"
    first, second = service.bodies()
    assert "store" not in first
    told = second["messages"][2]
    assert (told["reasoning_text"], told["reasoning_opaque"]) == ("So be it", "SEAL")


async def test_thoughts_sealed_for_another_account_are_left_out(
    service: ModelServer, home: Path, runtime: Path
) -> None:
    case = CASES["openai responses"]
    thought = {"reasoning": "hm", "sealed": "SEALED", "calls": [{"name": "read", "id": "call_1"}]}
    refused = {"status": 400, "error": "The encrypted content SEA... could not be verified."}
    service.script(thought, refused, {"text": "Done."})
    asked = user_message("Read it")
    async with opened(case, service, home, runtime) as router:
        answer = answer_of(await collect(router, request(case.model, asked)), case.model)
        answer.calls[0].close("completed", "found")
        told = await collect(router, request(case.model, asked, answer, session="other"))
    assert text_of(told) == "Done."
    assert ["SEALED" in json.dumps(body) for body in service.bodies()] == [False, True, False]


def signature_of(entry: dict[str, Any], secret: str) -> str:
    """What Amazon would compute of the request (Signature Version 4)."""
    headers = entry["headers"]
    told = headers["authorization"].removeprefix("AWS4-HMAC-SHA256 ")
    fields = dict(part.strip().split("=", 1) for part in told.split(","))
    _, day, region, service, end = fields["Credential"].split("/")
    signed = fields["SignedHeaders"]
    shown = "".join(f"{name}:{headers[name]}\n" for name in signed.split(";"))
    path = quote(entry["path"], safe="/-_.~")
    request = "\n".join(["POST", path, "", shown, signed, entry["sha256"]])
    scope = "/".join([day, region, service, end])
    digest = hashlib.sha256(request.encode()).hexdigest()
    text = "\n".join(["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, digest])
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, end):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


@pytest.mark.parametrize(
    ("name", "region"), [("bedrock", "us-east-1"), ("bedrock with a session", "eu-west-1")]
)
async def test_amazon_could_verify_the_signature(
    name: str, region: str, service: ModelServer, home: Path, runtime: Path
) -> None:
    service.script({"text": "Signed. 🌍"})
    async with opened(CASES[name], service, home, runtime) as router:
        await collect(router, request(CASES[name].model, user_message("Sign é")))
    entry = service.requests()[0]
    told = entry["headers"]["authorization"]
    assert f"/{region}/bedrock/aws4_request" in told
    assert told.endswith(signature_of(entry, "very secret"))


@pytest.mark.parametrize(
    ("name", "env", "hint"),
    [
        ("bedrock with a profile", {"AWS_PROFILE": "nobody"}, "AWS_ACCESS_KEY_ID"),
        ("vertex", {"GOOGLE_APPLICATION_CREDENTIALS": "{home}/refused.json"}, "GOOGLE_APPL"),
        ("vertex", {"GOOGLE_APPLICATION_CREDENTIALS": "{home}/nowhere.json"}, "GOOGLE_APPL"),
    ],
)
async def test_credentials_that_let_nobody_in_are_no_outage(
    name: str, env: dict[str, str], hint: str, service: ModelServer, home: Path, runtime: Path
) -> None:
    refused = {**json.loads((home / "account.json").read_text()), "token_uri": f"{service.url}/no"}
    (home / "refused.json").write_text(json.dumps(refused))
    case = replace(CASES[name], env=CASES[name].env | env, options={})
    service.script({"text": "Never said."})
    async with opened(case, service, home, runtime) as router:
        with pytest.raises(AuthError) as caught:
            await collect(router, request(case.model))
    assert hint in caught.value.hint
    assert not service.bodies()


async def test_a_key_of_copilots_is_had_once_and_steps_are_told_from_prompts(
    service: ModelServer, home: Path, runtime: Path
) -> None:
    case = CASES["github-copilot"]
    service.script(TURN, {"text": "Done.", "repeat": True})
    asked = user_message("Read it")
    async with opened(case, service, home, runtime) as router:
        answer = answer_of(await collect(router, request(case.model, asked)))
        answer.calls[0].close("completed", "what read found")
        await collect(router, request(case.model, asked, answer))
        await collect(router, request(case.model, asked, answer, user_message("And now?")))
    headers = [entry["headers"] for entry in service.requests() if entry["wire"]]
    assert [one["x-initiator"] for one in headers] == ["user", "agent", "user"]
    assert len({one["authorization"] for one in headers}) == 1


async def test_a_key_of_copilots_that_ends_is_renewed(
    service: ModelServer, home: Path, runtime: Path
) -> None:
    case = CASES["github-copilot"]
    service.script({"text": "Yes.", "repeat": True})
    service.keys_last(60)
    try:
        async with opened(case, service, home, runtime) as router:
            await collect(router, request(case.model))
            await collect(router, request(case.model))
    finally:
        service.keys_last(1500)
    headers = [entry["headers"] for entry in service.requests() if entry["wire"]]
    assert len({one["authorization"] for one in headers}) == 2


async def test_a_token_that_copilot_does_not_know_is_told_with_the_way_out(
    service: ModelServer, home: Path, runtime: Path
) -> None:
    case = replace(CASES["github-copilot"], stored="gho_revoked")
    async with opened(case, service, home, runtime) as router:
        with pytest.raises(AuthError) as caught:
            await collect(router, request(case.model))
    assert "opencode auth login github-copilot" in caught.value.hint


def test_every_row_of_the_table_is_proven() -> None:
    rows = [row_of(case.model.partition("/")[0]) for case in CASES.values()]
    served_by_us = {row.id for row in ROWS if row.in_file}  # see test_models_in_files
    assert {row.id for row in rows if row} == {row.id for row in ROWS} - served_by_us
