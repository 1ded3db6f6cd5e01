import os
import socket
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from opencode.config.schema import (
    ClocksSection,
    ModelSection,
    ProviderSection,
    Settings,
)
from opencode.core.error import RequestRefused, UsageError
from opencode.providers.local.gguf import window_of
from opencode.providers.router import Router, open_provider
from opencode.tests.fakes.tiny_gguf import write_tiny_model
from opencode.tests.integration.worker_room import collect, finish_of, request

pytest.importorskip("xllamacpp", reason="the extra `local` is not installed")


@asynccontextmanager
async def opened(
    runtime: Path, models: Mapping[str, ModelSection] | None = None
) -> AsyncGenerator[Router]:
    settings = Settings(
        clocks=ClocksSection(max_tries=1),
        providers={"local": ProviderSection(models=dict(models or {}), max_tokens=12)},
    )
    async with open_provider(settings, lambda _: None, dict(os.environ), runtime) as router:
        yield router


async def test_a_model_in_a_file_answers_and_ends_with_us(tmp_path: Path, runtime: Path) -> None:
    file = tmp_path / "tiny.gguf"
    write_tiny_model(file)
    model = f"local/{file}"
    async with opened(runtime) as router:
        info = await router.info(model)
        first = finish_of(await collect(router, request(model)))
        address = (await router.route(request(model))).base_url
        again = finish_of(await collect(router, request(model)))
        assert (await router.route(request(model))).base_url == address
    assert (info.window, info.input_price) == (4096, 0.0)
    assert first.usage.output == again.usage.output == 12
    assert first.usage.prompt > 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", urlsplit(address).port or 0))


async def test_nobody_else_may_ask_it(tmp_path: Path, runtime: Path) -> None:
    write_tiny_model(tmp_path / "tiny.gguf")
    async with opened(runtime) as router:
        route = await router.route(request(f"local/{tmp_path}/tiny.gguf"))
        async with httpx.AsyncClient(trust_env=False) as http:
            body = {"messages": [{"role": "user", "content": "x"}], "max_tokens": 1}
            answer = await http.post(f"{route.base_url}/chat/completions", json=body)
    assert answer.status_code == 401


async def test_the_window_may_be_asked_for(tmp_path: Path, runtime: Path) -> None:
    file = tmp_path / "tiny.gguf"
    write_tiny_model(file)
    async with opened(runtime, {str(file): ModelSection(window=2048)}) as router:
        assert (await router.info(f"local/{file}")).window == 2048
        await collect(router, request(f"local/{file}"))


async def test_a_file_that_is_not_there_or_no_model_is_named(tmp_path: Path, runtime: Path) -> None:
    write_tiny_model(tmp_path / "tiny.gguf")
    (tmp_path / "broken.gguf").write_bytes((tmp_path / "tiny.gguf").read_bytes()[:30_000])
    (tmp_path / "text.gguf").write_text("not a model")
    async with opened(runtime) as router:
        with pytest.raises(UsageError) as missing:
            await router.info(f"local/{tmp_path}/tinny.gguf")
        assert "tiny.gguf" in missing.value.hint
        with pytest.raises(UsageError, match="no GGUF file"):
            await router.info(f"local/{tmp_path}/text.gguf")
        with pytest.raises(RequestRefused, match="cannot be used"):
            await collect(router, request(f"local/{tmp_path}/broken.gguf"))


def test_the_head_of_a_file_tells_its_window(tmp_path: Path) -> None:
    file = tmp_path / "tiny.gguf"
    write_tiny_model(file)
    assert window_of(file) == 4096
    file.write_bytes(file.read_bytes()[:40])
    with pytest.raises(ValueError, match="ends in its head"):
        window_of(file)
