"""Model servers on the user's machine, asked over real sockets."""

import asyncio
import socket
from collections.abc import Mapping

import pytest

from opencode.config.schema import ModelSection, ProviderSection, Settings
from opencode.core.provider import ModelInfo
from opencode.providers.choose import choose
from opencode.providers.local.servers import Servers, size_in_name
from opencode.providers.models import Models
from opencode.tests.fakes.local_servers import (
    Pages,
    llama_cpp,
    lm_studio,
    local_server,
    new_lm_studio,
    ollama,
    vllm,
)


def models(providers: dict[str, ProviderSection], *, offline: bool = False) -> Models:
    env: Mapping[str, str] = {}
    return Models(Settings(providers=providers, offline=offline), lambda _: None, env)


async def info(known: Models, name: str) -> ModelInfo:
    return await known.info(choose(known._settings, name, known.facts))


@pytest.mark.parametrize(
    ("provider", "pages", "model", "advice"),
    [
        ("ollama", ollama(4096), "big:latest", "reads no more than 4096 tokens"),
        ("lmstudio", lm_studio(4096), "qwen3-30b", "lms load qwen3-30b --context-length 32768"),
        ("llamacpp", llama_cpp(4096), "a.gguf", "llama-server -c 32768"),
        ("vllm", vllm(4096), "meta/llama-70b", "--max-model-len 32768"),
        ("mine", vllm(4096), "meta/llama-70b", "--max-model-len 32768"),
    ],
)
async def test_each_server_tells_its_models_and_how_much_they_really_read(
    provider: str, pages: Pages, model: str, advice: str
) -> None:
    with local_server(pages) as server:
        address = server.url if provider == "ollama" else f"{server.url}/v1"
        known = models({provider: ProviderSection(base_url=address)})
        found = await info(known, f"{provider}/{model}")
        listed = {one.id: one for one in await known.all() if one.provider == provider}
    assert found.window == 4096
    assert advice in found.advice
    assert found.lean
    assert list(listed) == [f"{provider}/{model}"]
    assert listed[f"{provider}/{model}"].window == 4096


async def test_what_a_server_serves_it_can_do() -> None:
    with local_server(ollama(131072, tools=False)) as server:
        known = models({"ollama": ProviderSection(base_url=server.url)})
        found = await info(known, "ollama/big:latest")
    assert (found.can_call_tools, found.can_see, found.can_reason) == (False, True, True)
    assert not found.lean
    with local_server(lm_studio(65536)) as server:
        known = models({"lmstudio": ProviderSection(base_url=server.url)})
        found = await info(known, "lmstudio/qwen3-30b")
    assert (found.can_call_tools, found.can_see, found.window) == (True, True, 65536)


async def test_ollama_is_asked_for_more_than_its_few_thousand_tokens_but_not_for_all() -> None:
    with local_server(ollama(131072)) as server:
        known = models({"ollama": ProviderSection(base_url=server.url)})
        assert (await info(known, "ollama/big:latest")).window == 32_768
    with local_server(ollama(131072, parameters="num_ctx 65536\nstop x")) as server:
        known = models({"ollama": ProviderSection(base_url=server.url)})
        assert (await info(known, "ollama/big:latest")).window == 65_536
    with local_server(ollama(131072)) as server:
        section = ModelSection(options={"num_ctx": 4096})
        provider = ProviderSection(base_url=server.url, models={"big:latest": section})
        found = await info(models({"ollama": provider}), "ollama/big:latest")
    assert found.window == 4096
    assert "num_ctx" in found.advice


async def roomy(known: Models) -> ModelInfo:
    """What LM Studio's model reads once it is asked for the first time, as promised before."""
    promised = await info(known, "lmstudio/qwen3-30b")
    for _ in range(2):
        await known.make_room(choose(known._settings, "lmstudio/qwen3-30b", known.facts))
    found = await info(known, "lmstudio/qwen3-30b")
    assert promised.window in (found.window, 32_768)
    return found


async def test_a_server_is_asked_about_a_model_without_a_name_too() -> None:
    async with asyncio.timeout(30):  # the name of no model was that of the question for all of them
        await Servers().make_room("http://127.0.0.1:9/v1", "", "", 0)


@pytest.mark.parametrize("loaded", [None, 4096])
async def test_lm_studio_loads_a_model_with_room_for_the_tools(loaded: int | None) -> None:
    with local_server(new_lm_studio(loaded)) as server:
        known = models({"lmstudio": ProviderSection(base_url=f"{server.url}/v1")})
        found = await roomy(known)
    assert (found.window, found.lean) == (32_768, False)
    assert server.count("/api/v1/models/unload") == (1 if loaded else 0)
    assert server.count("/api/v1/models/load") == 1


async def test_lm_studio_keeps_what_it_has_where_it_is_enough_or_memory_ends() -> None:
    with local_server(new_lm_studio(20_000)) as server:
        known = models({"lmstudio": ProviderSection(base_url=f"{server.url}/v1")})
        assert (await roomy(known)).window == 20_000
        assert "/api/v1/models/load" not in server
    with local_server(new_lm_studio(4096, memory=8192)) as server:
        known = models({"lmstudio": ProviderSection(base_url=f"{server.url}/v1")})
        found = await roomy(known)
        assert (found.window, found.lean) == (4096, True)
        assert "lms load" in found.advice
        section = ProviderSection(
            base_url=f"{server.url}/v1", models={"qwen3-30b": ModelSection(window=8192)}
        )
        assert (await roomy(models({"lmstudio": section}))).window == 8192
        assert server.count("/api/v1/models/load") == 3


async def test_models_for_embeddings_are_not_offered() -> None:
    pages = ollama(8192)
    pages["/api/show"]["capabilities"] = ["embedding"]
    with local_server(pages) as server:
        known = models({"ollama": ProviderSection(base_url=server.url)})
        assert [one for one in await known.all() if one.provider == "ollama"] == []


async def test_few_parameters_make_a_model_lean_unless_the_settings_say_otherwise() -> None:
    with local_server(ollama(131072, "3.2B")) as server:
        known = models({"ollama": ProviderSection(base_url=server.url)})
        assert (await info(known, "ollama/big:latest")).lean
        provider = ProviderSection(
            base_url=server.url, models={"big:latest": ModelSection(lean=False)}
        )
        assert not (await info(models({"ollama": provider}), "ollama/big:latest")).lean


async def test_a_server_is_asked_once_in_a_while_and_keeps_its_window_when_it_falls_silent() -> (
    None
):
    with local_server(vllm(8000)) as server:
        known = models({"vllm": ProviderSection(base_url=server.url)})
        for _ in range(3):
            assert (await info(known, "vllm/meta/llama-70b")).window == 8000
        assert server == ["/v1/models"]
        asked = known._servers._known
        asked.update({what: (0.0, found) for what, (_, found) in asked.items()})
    assert (await info(known, "vllm/meta/llama-70b")).window == 8000


async def test_something_else_on_the_port_is_no_model_server() -> None:
    for pages in ({}, {"/v1/models": ["?"]}, {"/v1/models": {"data": [{"name": 1}]}}):
        with local_server(pages) as server:
            known = models({"vllm": ProviderSection(base_url=server.url)})
            assert [one for one in await known.all() if one.provider == "vllm"] == []


async def hang_up(deaf: socket.socket) -> None:
    """On everybody who calls."""
    while True:
        (await asyncio.get_running_loop().sock_accept(deaf))[0].close()


async def test_servers_that_never_answer_are_waited_for_side_by_side() -> None:
    loop = asyncio.get_running_loop()
    names = ("ollama", "lmstudio", "llamacpp", "vllm")
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        deaf.setblocking(False)
        address = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        providers = {name: ProviderSection(base_url=f"{address}/{name}") for name in names}
        known = models(providers)
        asking = asyncio.create_task(known.all())
        waiting = [(await loop.sock_accept(deaf))[0] for _ in names]
        assert not asking.done()
        for connection in waiting:
            connection.close()
        busy = asyncio.create_task(hang_up(deaf))
        assert [one for one in await asking if one.provider in names] == []
        busy.cancel()


@pytest.mark.parametrize(
    ("name", "billions"),
    [
        ("qwen2.5-coder:1.5b", 1.5),
        ("llama3.1:70b-instruct", 70),
        ("smollm:135m", 0.135),
        ("gpt-4o", 0),
        ("llama3.2", 0),
        ("Qwen3-30B-A3B", 30),
    ],
)
def test_the_size_is_read_from_the_name(name: str, billions: float) -> None:
    assert size_in_name(name) == billions
