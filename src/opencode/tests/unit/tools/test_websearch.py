import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from opencode.config.schema import SearchSection, Settings
from opencode.core.error import ToolError
from opencode.tests.fakes.toy_web import Answer, toy_web
from opencode.tests.unit.tools.search_trees import context
from opencode.tools.websearch import WebSearch, WebSearchInput
from opencode.workspace.opening.shelf import services

ENGINES = {
    "exa": ("EXA_API_KEY", "EXA_BASE_URL", "/search", ("results",), "text"),
    "tavily": ("TAVILY_API_KEY", "TAVILY_BASE_URL", "/search", ("results",), "content"),
    "brave": (
        "BRAVE_API_KEY",
        "BRAVE_BASE_URL",
        "/res/v1/web/search",
        ("web", "results"),
        "description",
    ),
    "searxng": ("SEARXNG_API_KEY", "SEARXNG_URL", "/search", ("results",), "content"),
}


def known(**variables: str) -> Callable[[str], str]:
    return lambda name: variables.get(name, "")


@pytest.mark.parametrize("engine", ENGINES)
async def test_each_service_is_asked_in_its_own_way(project: Path, engine: str) -> None:
    key, address, path, results, text = ENGINES[engine]
    answer: object = [{"title": "T", "url": "https://e.com/", text: "some\n words"}] * 3
    for name in reversed(results):
        answer = {name: answer}
    with toy_web({path: Answer(json.dumps(answer), "application/json")}) as web:
        secret = known(**{key: "k-1", address: web.url})
        ctx = replace(context(project), secret=secret)
        assert WebSearch().is_usable(secret)
        output = (await WebSearch().run(WebSearchInput("what is it", 2), ctx)).output
        ((asked, headers, body),) = web.asked
    assert (
        output == "1. T\n   https://e.com/\n   some words\n2. T\n   https://e.com/\n   some words"
    )
    assert "k-1" in str(headers)
    assert "what" in asked + body.decode()


async def test_a_refused_key_is_told_in_the_services_words(project: Path) -> None:
    with toy_web({"/search": Answer("bad key", status=401)}) as web:
        ctx = replace(context(project), secret=known(EXA_API_KEY="k", EXA_BASE_URL=web.url))
        with pytest.raises(ToolError, match=r"401\. Check its key\. bad key"):
            await WebSearch().run(WebSearchInput("x"), ctx)


async def test_without_a_service_it_is_not_offered_and_names_what_is_missing(
    project: Path,
) -> None:
    ctx = replace(context(project), secret=known(SEARXNG_API_KEY="alone is no address"))
    assert not WebSearch().is_usable(ctx.secret)
    with pytest.raises(ToolError, match="EXA_API_KEY, TAVILY_API_KEY, BRAVE_API_KEY or SEARXNG_U"):
        await WebSearch().run(WebSearchInput("x"), ctx)


async def test_settings_choose_the_service_its_address_and_its_key(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAVILY_API_KEY", "t-1")
    monkeypatch.setenv("COMPANY_KEY", "b-1")
    found = {"web": {"results": [{"title": "A &amp; B", "url": "https://e.com/"}]}}
    with toy_web({"/gate/res/v1/web/search": Answer(found, "application/json")}) as web:
        section = SearchSection(
            engine="brave", base_url=f"{web.url}/gate", api_key_env="COMPANY_KEY"
        )
        secret = services(Settings(search=section))
        ctx = replace(context(project), secret=secret)
        output = (await WebSearch().run(WebSearchInput("x"), ctx)).output
        ((_, headers, _),) = web.asked
    assert output == "1. A & B\n   https://e.com/"
    assert headers["X-Subscription-Token"] == "b-1"


async def test_a_chosen_service_without_a_key_is_not_replaced_by_another(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAVILY_API_KEY", "t-1")
    secret = services(Settings(search=SearchSection(engine="exa")))
    assert not WebSearch().is_usable(secret)
    with pytest.raises(ToolError, match="exa is chosen and has no key"):
        await WebSearch().run(WebSearchInput("x"), replace(context(project), secret=secret))
