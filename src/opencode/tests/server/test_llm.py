"""A program others wrote for OpenAI's API, `llm`, unchanged, against ours."""

import asyncio
import os
from pathlib import Path

import pytest

from opencode.server.access.auth import Rules
from opencode.server.app import OPENAI
from opencode.server.openai.completion import Completions
from opencode.tests.fakes.real_tools import HERE
from opencode.tests.server.served import call, say, served, watched

LLM = HERE / "llm" / "bin" / "llm"
SCHEMA = '{"type": "object", "properties": {"name": {"type": "string"}}}'
TWICE = 'def twice(n: int) -> int:\n    "Twice n"\n    return n * 2'

pytestmark = pytest.mark.skipif(not LLM.exists(), reason="needs llm (make setup-real)")


async def llm(home: Path, *words: str) -> str:
    folder = {"PATH": os.environ["PATH"], "HOME": str(home), "LLM_USER_PATH": str(home)}
    process = await asyncio.create_subprocess_exec(
        *(str(LLM), *words, "--key", "the-key"),
        env=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    return out.decode().strip()


async def test_it_streams_calls_its_own_tools_wants_json_and_goes_on(
    project: Path, tmp_path: Path
) -> None:
    rules = Rules(secret="the-key", bearer_only=True)
    async with served(project, rules=rules, completions=Completions(), only=OPENAI) as at:
        (tmp_path / "extra-openai-models.yaml").write_text(
            f"- model_id: ours\n  model_name: opencode/default\n  api_base: {at.url}/v1\n"
            "  api_key_name: ours\n  supports_tools: true\n  supports_schema: true\n"
        )
        script = [call("twice", n=21), say("It is 42."), say('{"name": "Rex"}'), say("As before")]
        provider = watched(at, script)
        ask = (tmp_path, "prompt", "-m", "ours")
        counted = await llm(*ask, "--functions", TWICE, "--usage", "Twice 21?")
        named = await llm(*ask, "--schema", SCHEMA, "--no-stream", "A dog")
        again = await llm(tmp_path, "prompt", "--continue", "And now?")
    assert counted.startswith("It is 42.")
    assert "7 input, 3 output" in counted
    assert named == '{"name": "Rex"}'
    assert again == "As before"
    told = provider.requests[1].messages[-1].calls[0]
    assert (told.tool, told.output) == ("twice", "42")
    assert provider.requests[2].options["response_format"]["type"] == "json_schema"
    assert [one.text for one in provider.requests[3].messages] == ["A dog", named, "And now?"]
