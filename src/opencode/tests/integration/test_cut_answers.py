"""An answer that breaks off in the middle, on the wires of the clouds, as a person sees it."""

from pathlib import Path
from typing import Any

import pytest

from opencode.tests.fakes.model_client import model_server
from opencode.tests.fakes.wired import wired

MODELS = {
    "bedrock": "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "cohere": "command-a-03-2025",
}
KEYS = {"bedrock": "AKIDEXAMPLE:secret", "cohere": "k"}


@pytest.mark.parametrize("provider", MODELS)
async def test_what_was_said_is_kept_the_error_is_told_and_the_talk_goes_on(
    provider: str, project: Path
) -> None:
    cut = {"text": ["Half ", "of it"], "fault": {"kind": "cut", "after": 4}}
    model = f"{provider}/{MODELS[provider]}"
    with model_server([cut, {"text": "All of it."}]) as service:
        settings: dict[str, Any] = {provider: {"api_key": KEYS[provider], "base_url": service.url}}
        async with wired(project, model, settings, {"clocks": {"max_tries": 1}}) as at:
            session = await at.say("Say it")
            first = (await at.door.session(session)).messages[-1]
            await at.say("Go on", session)
            last = (await at.door.session(session)).messages[-1]
            ends = at.ends()
        sent = str(service.bodies()[-1])
    assert first.text.startswith("Half ")
    assert (first.finish, ends[0].reason) == ("error", "error")
    assert "ended" in ends[0].detail or "broke" in ends[0].detail
    assert last.text == "All of it."
    assert "Half " in sent
