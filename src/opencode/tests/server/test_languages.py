import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from opencode.i18n.catalog import Catalogue
from opencode.tests.server.served import served

PAGE = {"x-requested-with": "opencode"}


async def test_what_goes_wrong_is_told_to_the_page_in_its_language(project: Path) -> None:
    async with served(project) as at, httpx.AsyncClient(base_url=at.url) as http:
        told = {
            name: (await http.get("/session/nosuch", headers=headers)).json()["error"]["message"]
            for name, headers in (
                ("page", {**PAGE, "accept-language": "de-AT,en;q=0.5"}),
                ("english page", {**PAGE, "accept-language": "en"}),
                ("program", {"accept-language": "de"}),
            )
        }
    german = Catalogue("de").t("errors.no_session_goes_by", text="nosuch")
    assert told["page"].startswith(german)
    assert told["program"] == told["english page"]
    assert told["program"].startswith("No session goes by 'nosuch'.")


@pytest.mark.parametrize("language", ["de", "en"])
async def test_why_a_run_ended_is_told_in_the_language_of_the_page(
    project: Path, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    headers = {**PAGE, "accept-language": language}
    async with (
        served(project) as at,
        httpx.AsyncClient(base_url=at.url, timeout=20) as http,
        http.stream("GET", "/web/events", headers=headers) as answer,
    ):
        lines = answer.aiter_lines()
        await anext(lines)
        session = (await http.post("/session")).json()["id"]
        prompt = {"content": "hello", "model": "openai/gpt-5"}
        await http.post(f"/session/{session}/prompt_async", json=prompt)
        end: dict[str, Any] = {}
        async for line in lines:
            event = json.loads(line.removeprefix("data: ")) if line.startswith("data: ") else {}
            if event.get("type") == "run.end":
                end = event
                break
    names = {"name": "OpenAI", "variable": "OPENAI_API_KEY"}
    assert end["detail"] == Catalogue(language).t("errors.there_is_no_key_not_found", **names)
    assert ("Set OPENAI_API_KEY" in end["hint"]) == (language == "en")


async def test_arabic_is_sent_with_its_direction(project: Path) -> None:
    async with served(project) as at, httpx.AsyncClient(base_url=at.url) as http:
        said = (await http.get("/web/texts/auto", headers={"accept-language": "ar-EG"})).json()
    assert (said["language"], said["direction"]) == ("ar", "rtl")
    assert len(said["languages"]) > 10
