import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from opencode.core.provider import ToolSpec
from opencode.tests.fakes.scripts import desk, script
from opencode.workspace.opening.shelf import tool_names, tool_on_shelf

LIMIT = 3000
"""Tokens of o200k: what every first request of the build agent costs before a word is said."""


@pytest.fixture
def tokens(monkeypatch: pytest.MonkeyPatch) -> "Tokens":
    spec = find_spec("litellm")  # finds it without importing it: it brings the vocabulary along
    assert spec is not None
    assert spec.submodule_search_locations
    folder = Path(spec.submodule_search_locations[0]) / "litellm_core_utils" / "tokenizers"
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(folder))
    return Tokens()


class Tokens:
    def __init__(self) -> None:
        import tiktoken

        self._encoding = tiktoken.get_encoding("o200k_base")

    def of(self, text: str) -> int:
        return len(self._encoding.encode(text))

    def of_tool(self, tool: ToolSpec) -> int:
        seen = {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description,
                "parameters": tool.schema,
            },
        }
        return self.of(json.dumps(seen, separators=(",", ":")))


async def test_the_first_request_of_build_with_every_tool_stays_small(
    project: Path, tmp_path: Path, tokens: Tokens, capsys: pytest.CaptureFixture[str]
) -> None:
    async with desk(project, script(tmp_path, "one", [{"text": "hi"}])) as at:
        prefix = (await at.door.session(await at.say("hi"))).prefix
    assert prefix is not None
    offered = {tool.name: tool for tool in prefix.tools}
    left_out = [tool_on_shelf(name).spec() for name in tool_names() if name not in offered]
    system = tokens.of(prefix.system)
    tools = {tool.name: tokens.of_tool(tool) for tool in (*offered.values(), *left_out)}
    total = system + sum(tools.values())
    with capsys.disabled():
        listed = " ".join(f"{name} {count}" for name, count in sorted(tools.items()))
        print(f"\nfirst request: {total} tokens (system {system}; {len(tools)} tools: {listed})")
    assert total <= LIMIT
    assert {"bash", "batch", "question", "task", "todo"} <= set(offered)
    assert "skill" not in offered  # there is none here
