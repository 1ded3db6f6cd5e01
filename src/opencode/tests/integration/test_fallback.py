"""Another model goes on in the same session where the first one cannot."""

from pathlib import Path
from typing import Any

import pytest

from opencode.core.event import AgentSwitched, Notice
from opencode.tests.fakes.model_client import model_server
from opencode.tests.fakes.wired import wired


@pytest.mark.parametrize(
    "failure",
    [
        {"status": 429, "error": "quota"},
        {"status": 529, "error": "overloaded", "repeat": 2, "headers": {"retry-after": "0"}},
        {"status": 400, "error": "context"},
    ],
    ids=["quota", "overloaded", "context"],
)
async def test_a_session_goes_on_with_the_fallback_and_says_so(
    project: Path, failure: dict[str, Any]
) -> None:
    with model_server([failure]) as first, model_server([{"text": "I go on."}]) as second:
        providers = {
            "one": {"base_url": f"{first.url}/v1", "models": {"m": {"window": 50_000}}},
            "two": {"base_url": f"{second.url}/v1", "models": {"n": {"window": 90_000}}},
        }
        more = {"fallback_model": "two/n"}
        async with wired(project, "one/m", providers, more) as at:
            session = await at.say("hello")
            said = await at.door.session(session)
    assert said.messages[-1].text == "I go on."
    assert said.messages[-1].model == said.model == "two/n"
    assert [end.reason for end in at.ends()] == ["done"]
    [notice] = [e for e in at.events if isinstance(e, Notice) and e.code == "fallback"]
    assert notice.level == "warning"
    assert notice.text.startswith("one/m cannot go on: ")
    assert notice.text.endswith(" two/n does.")
    assert [e.model for e in at.events if isinstance(e, AgentSwitched)] == ["two/n"]


async def test_what_another_model_cannot_mend_is_an_error_and_one_change_is_all(
    project: Path,
) -> None:
    refused = {"status": 401, "error": "auth"}
    quota = {"status": 429, "error": "quota", "repeat": True}
    with model_server([refused, quota]) as first, model_server([quota]) as second:
        providers = {
            "one": {"base_url": f"{first.url}/v1", "api_key": "k"},
            "two": {"base_url": f"{second.url}/v1"},
        }
        async with wired(project, "one/m", providers, {"fallback_model": "two/n"}) as at:
            await at.say("hello")
            assert second.bodies() == []
            await at.say("hello")
    assert [end.code for end in at.ends()] == ["provider.auth", "provider.quota"]


async def test_offline_stays_with_the_chosen_provider(project: Path) -> None:
    quota = {"status": 429, "error": "quota", "repeat": True}
    with model_server([quota]) as first, model_server([{"text": "no"}]) as second:
        providers = {
            "one": {"base_url": f"{first.url}/v1"},
            "two": {"base_url": f"{second.url}/v1"},
        }
        more = {"fallback_model": "two/n", "offline": True}
        async with wired(project, "one/m", providers, more) as at:
            await at.say("hello")
            assert second.requests() == []
    assert at.ends()[0].code == "provider.quota"
    assert "offline is set" in at.told()
