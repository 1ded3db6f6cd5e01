"""What the worker's tests share: one worker and one scripted service for all of them."""

import os
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

from opencode.config.schema import ClocksSection, ProviderSection, Settings, WorkerSection
from opencode.core.delta import CallDelta, Delta, Finish, ReasoningDelta, Retrying, TextDelta
from opencode.core.message import Message, absorb, user_message
from opencode.core.provider import ModelRequest, ToolSpec
from opencode.providers.router import Router, open_provider

MODELS = {
    "chat": "openai/gpt-test",
    "responses": "custom/codex-test",
    "anthropic": "anthropic/claude-sonnet-4-5",
    "gemini": "google/gemini-2.5-pro",
    "ollama": "ollama/llama3.2",
    "cohere": "cohere/command-a-reasoning-08-2025",
    "bedrock": "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
}
"""A model for each wire of the scripted service."""

READ = ToolSpec(
    "read", "Read a file.", {"type": "object", "properties": {"path": {"type": "string"}}}
)


def settings(url: str, keep: str = "", **clocks: float) -> Settings:
    kept: dict[str, Any] = {"max_tries": 1, **clocks}
    return Settings(
        worker=WorkerSection(keep=keep) if keep else WorkerSection(),
        clocks=ClocksSection(**kept),
        providers={
            "openai": ProviderSection(api_key="key-of-openai", base_url=f"{url}/v1"),
            "anthropic": ProviderSection(api_key="key-of-anthropic", base_url=url),
            "google": ProviderSection(api_key="key-of-google", base_url=f"{url}/v1beta"),
            "ollama": ProviderSection(base_url=url),
            "cohere": ProviderSection(api_key="key-of-cohere", base_url=url),
            "bedrock": ProviderSection(api_key="AKIDEXAMPLE:secret", base_url=url),
            "custom": ProviderSection(base_url=f"{url}/v1", kind="responses"),
        },
    )


@asynccontextmanager
async def router(
    runtime: Path,
    url: str,
    *,
    keep: str = "",
    env: dict[str, str] | None = None,
    **clocks: float,
) -> AsyncGenerator[Router]:
    chosen = settings(url, keep, **clocks)
    environment = dict(os.environ) if env is None else env
    async with open_provider(chosen, lambda _: None, environment, runtime) as opened:
        yield opened


def request(model: str, *messages: Message, session: str = "", **more: Any) -> ModelRequest:
    said = list(messages) or [user_message("Hello")]
    return ModelRequest(model, "Be brief.", said, [READ], session=session, **more)


async def collect(opened: Router, asked: ModelRequest) -> list[Delta]:
    async with aclosing(opened.stream(asked)) as deltas:
        return [delta async for delta in deltas]


def answer_of(deltas: Iterable[Delta], model: str = "") -> Message:
    message = Message("msg_answer", "assistant", model=model)
    for delta in deltas:
        absorb(message, delta)
    return message


def text_of(deltas: Iterable[Delta]) -> str:
    return "".join(delta.text for delta in deltas if isinstance(delta, TextDelta))


def thoughts_of(deltas: Iterable[Delta]) -> str:
    return "".join(delta.text for delta in deltas if isinstance(delta, ReasoningDelta))


def calls_of(deltas: Iterable[Delta]) -> list[tuple[str, dict[str, Any] | None]]:
    return [(delta.tool, delta.input) for delta in deltas if isinstance(delta, CallDelta)]


def retries_of(deltas: Iterable[Delta]) -> list[int]:
    return [delta.attempt for delta in deltas if isinstance(delta, Retrying)]


def finish_of(deltas: list[Delta]) -> Finish:
    last = deltas[-1]
    assert isinstance(last, Finish)
    return last
