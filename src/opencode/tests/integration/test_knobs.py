"""What can be turned about a model, as it arrives on each wire."""

import os
import subprocess
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from opencode.config.schema import (
    ClocksSection,
    ModelSection,
    ProviderSection,
    Settings,
)
from opencode.providers.router import Router, open_provider
from opencode.tests.fakes.model_client import ModelServer, model_server
from opencode.tests.integration.worker_room import collect, request


@pytest.fixture(scope="module")
def service() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


@asynccontextmanager
async def opened(
    runtime: Path, url: str, models: dict[str, ModelSection], **provider: Any
) -> AsyncGenerator[Router]:
    made = {
        "openai": ProviderSection(api_key="k", base_url=f"{url}/v1", models=models, **provider),
        "anthropic": ProviderSection(api_key="k", base_url=url, models=models, **provider),
        "google": ProviderSection(api_key="k", base_url=f"{url}/v1beta", models=models, **provider),
        "ollama": ProviderSection(base_url=url, models=models, **provider),
        "mine": ProviderSection(base_url=f"{url}/v1", kind="responses", models=models, **provider),
    }
    settings = Settings(clocks=ClocksSection(max_tries=1), providers=made)
    async with open_provider(settings, lambda _: None, os.environ, runtime) as router:
        yield router


async def body_of(
    service: ModelServer,
    runtime: Path,
    model: str,
    section: ModelSection | None = None,
    provider: dict[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """What the provider is sent for one request."""
    service.script({"text": "x"})
    models = {model.partition("/")[2]: section} if section else {}
    async with opened(runtime, service.url, models, **(provider or {})) as router:
        await collect(router, request(model, **more))
    return service.bodies()[0]


async def test_an_effort_is_said_in_the_words_of_each_wire(
    service: ModelServer, runtime: Path
) -> None:
    can = ModelSection(can_reason=True)
    chat = await body_of(service, runtime, "openai/gpt-test", can, effort="high")
    assert chat["reasoning_effort"] == "high"
    responses = await body_of(service, runtime, "mine/codex-test", can, effort="low")
    assert responses["reasoning"]["effort"] == "low"
    claude = await body_of(service, runtime, "anthropic/claude-sonnet-4-5", effort="high")
    assert claude["thinking"]["type"] == "enabled"
    assert claude["thinking"]["budget_tokens"] < claude["max_tokens"]
    gemini = await body_of(service, runtime, "google/gemini-2.5-pro", effort="low")
    assert gemini["generationConfig"]["thinkingConfig"]["thinkingBudget"] > 0
    ollama = await body_of(service, runtime, "ollama/llama3.2", effort="high")
    assert ollama["think"]


async def test_tokens_to_think_are_a_number_where_the_wire_takes_one(
    service: ModelServer, runtime: Path
) -> None:
    claude = await body_of(service, runtime, "anthropic/claude-sonnet-4-5", effort="5000")
    assert claude["thinking"] == {"type": "enabled", "budget_tokens": 5000}
    gemini = await body_of(service, runtime, "google/gemini-2.5-pro", effort="3000")
    assert gemini["generationConfig"]["thinkingConfig"]["thinkingBudget"] == 3000
    can = ModelSection(can_reason=True)
    chat = await body_of(service, runtime, "openai/gpt-test", can, effort="3000")
    assert chat["reasoning_effort"] == "low"


async def test_a_variant_is_chosen_where_an_effort_is(service: ModelServer, runtime: Path) -> None:
    section = ModelSection(
        can_reason=True,
        options={"seed": 1},
        variants={
            "fast": {"reasoningEffort": "minimal", "seed": 7, "topP": 0.5},
            "off": {"disabled": True, "seed": 9},
        },
    )
    fast = await body_of(service, runtime, "openai/gpt-test", section, effort="fast")
    assert (fast["reasoning_effort"], fast["seed"], fast["top_p"]) == ("minimal", 7, 0.5)
    plain = await body_of(service, runtime, "openai/gpt-test", section)
    assert "reasoning_effort" not in plain
    assert plain["seed"] == 1
    async with opened(runtime, service.url, {"gpt-test": section}) as router:
        assert (await router.info("openai/gpt-test")).efforts == ("fast",)
        assert not (await router.info("openai/gpt-test")).missing
        assert "no key" in (await router.info("mistral/mistral-large-latest")).missing
        known = (await router.info("anthropic/claude-sonnet-4-5")).efforts
    assert {"low", "medium", "high"} <= set(known)


@pytest.mark.parametrize(
    ("model", "places"),
    [
        ("openai/gpt-test", ("temperature", "top_p", "max_tokens")),
        ("anthropic/claude-sonnet-4-5", ("temperature", "top_p", "max_tokens")),
        ("ollama/llama3.2", ("options.temperature", "options.top_p", "options.num_predict")),
        (
            "google/gemini-2.5-pro",
            (
                "generationConfig.temperature",
                "generationConfig.top_p",
                "generationConfig.max_output_tokens",
            ),
        ),
    ],
)
async def test_temperature_top_p_and_max_tokens_reach_every_wire(
    service: ModelServer, runtime: Path, model: str, places: tuple[str, ...]
) -> None:
    provider = {"temperature": 0.1, "top_p": 0.8, "max_tokens": 700}
    own = ModelSection(temperature=0.3, max_tokens=600)

    async def seen(section: ModelSection | None, **more: Any) -> list[Any]:
        body = await body_of(service, runtime, model, section, provider, **more)
        found: list[Any] = []
        for place in places:
            value: Any = body
            for name in place.split("."):
                value = value[name]
            found.append(value)
        return found

    assert await seen(None) == [0.1, 0.8, 700]
    assert await seen(own) == [0.3, 0.8, 600]
    assert await seen(own, temperature=0.9, max_tokens=50) == [0.9, 0.8, 50]


async def test_options_of_model_and_agent_go_out_as_they_are_and_another_id_is_used(
    service: ModelServer, runtime: Path
) -> None:
    section = ModelSection(id="real-name", options={"seed": 1, "house_rule": "a"})
    more = {"options": {"house_rule": "b"}}
    body = await body_of(
        service, runtime, "openai/nick", section, {"options": {"seed": 0, "user": "me"}}, **more
    )
    assert body["model"] == "real-name"
    assert (body["seed"], body["user"], body["house_rule"]) == (1, "me", "b")


async def test_more_than_a_model_can_write_is_never_asked_for(
    service: ModelServer, runtime: Path
) -> None:
    section = ModelSection(max_output=512)
    body = await body_of(service, runtime, "openai/gpt-test", section, {"max_tokens": 90_000})
    assert body["max_tokens"] == 512


def test_run_takes_an_effort_or_a_variant(service: ModelServer, project: Path) -> None:
    user = Path(os.environ["HOME"]) / ".config" / "opencode"
    user.mkdir(parents=True)
    (user / "opencode.toml").write_text(
        f'[provider.mine]\nbase_url = "{service.url}/v1"\n'
        "[provider.mine.models.m.variants.deep]\nseed = 5\n"
    )
    service.script({"text": "Thought."})
    command = ["run", "-m", "mine/m", "--variant", "deep", "Think"]
    done = subprocess.run(
        [sys.executable, "-m", "opencode", *command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert "Thought." in done.stdout, done.stderr
    assert service.bodies()[0]["seed"] == 5
