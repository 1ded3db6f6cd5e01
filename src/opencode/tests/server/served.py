"""A real server on a real port around a project and a scripted model."""

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from opencode.providers.scripted import ScriptedProvider
from opencode.server.access.auth import Rules
from opencode.server.app import create_app
from opencode.server.listen import bind, running
from opencode.server.openai.completion import Completions
from opencode.workspace.open import Opening, open_workspace
from opencode.workspace.workspace import Workspace


@dataclass(frozen=True)
class Served:
    url: str
    door: Workspace
    model: str


def say(text: str, tokens: int = 3) -> list[dict[str, Any]]:
    usage = {"input": 7, "output": tokens}
    return [
        *({"text": piece + " "} for piece in text.split(" ")[:-1]),
        {"text": text.split(" ")[-1]},
        {"finish": "stop", "usage": usage},
    ]


def call(tool: str, **arguments: Any) -> list[dict[str, Any]]:
    return [{"call": [tool, arguments]}]


@asynccontextmanager
async def served(
    project: Path,
    script: Sequence[Any] = (),
    rules: Rules | None = None,
    completions: Completions | None = None,
    only: Sequence[str] | None = None,
    idle: int = 20,
) -> AsyncGenerator[Served]:
    file = project.parent / "script.json"
    file.write_text(json.dumps([*script]))
    model = f"scripted/{file}"
    async with open_workspace(Opening(project, model=model)) as door:
        listener = bind("127.0.0.1", 0, usual=0)
        app = create_app(door, rules or Rules(), completions or Completions(), only)
        async with running(app, listener, idle):
            yield Served(f"http://127.0.0.1:{listener.getsockname()[1]}", door, model)


def watched(at: Served, script: list[Any], errands: Sequence[Any] = ()) -> ScriptedProvider:
    """Another provider from the next request on, one that tells what it was asked."""
    provider = ScriptedProvider(script, errands=errands)
    at.door.rooms = replace(at.door.rooms, provider=provider)
    return provider
