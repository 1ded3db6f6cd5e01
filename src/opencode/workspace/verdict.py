"""What the rules say about a call that is not made: for people who test their rules."""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from opencode.agent.agents import agent_named
from opencode.config import trust
from opencode.config.grants import Grants
from opencode.config.load import Loaded, load_settings
from opencode.config.rules import layers_of
from opencode.config.schema import Settings
from opencode.core.agent import Agent
from opencode.core.error import UsageError
from opencode.core.layers import agent_layer, builtin_layer, grants_layer, tool_request
from opencode.core.permission import Judgement, Layer, Request, Verdict, judge
from opencode.core.place import Place
from opencode.core.shell import Isolation
from opencode.core.tool import AnyTool
from opencode.host.wall.sandbox import Sandbox
from opencode.host.wall.views import Policy
from opencode.workspace.opening.extend import agents_here
from opencode.workspace.opening.shelf import tool_on_shelf

Walls = tuple[Isolation, Isolation]
"""What stands around agents that may write, and around those that only read."""


class Checked(Struct, frozen=True):
    """The verdict of the rules alone, and what the sandbox of this machine makes of it."""

    tool: str
    input: dict[str, Any]
    agent: str
    verdict: Verdict
    """Of the rules alone, as if there were no sandbox to answer."""
    reasons: list[str]
    requests: list[Request]
    """Every command and path that was found."""
    isolation: Isolation
    sandboxed: Verdict
    """The verdict with the sandbox; the same where there is none."""
    sandbox: str
    """In words, what the sandbox changes."""


class Checker:
    """Judges calls as they would be judged here; loads settings once for each overlay."""

    def __init__(self, walls: Walls | None = None) -> None:
        self._given = walls
        self._found: dict[tuple[str, bytes], tuple[Loaded, Walls]] = {}

    def check(
        self,
        tool: str,
        input: Mapping[str, Any],
        *,
        agent: str = "",
        cwd: Path,
        overlay: Mapping[str, Any] | None = None,
    ) -> Checked:
        """The verdict on one call, of which nothing is run. `overlay` is settings laid over the
        user's. UsageError for an unknown tool, agent or folder, or an input that does not fit."""
        if not cwd.is_dir():
            raise UsageError(f"{cwd} is no folder.")
        loaded, walls = self._settings(cwd, overlay or {})
        chosen = agent_named(agent or loaded.settings.default_agent, agents_here(loaded, cwd))
        isolation = walls[1] if chosen.read_only else walls[0]
        kind = tool_on_shelf(tool)
        arguments = {kind.aliases.get(key, key): value for key, value in input.items()}
        requests = _requests(kind, arguments, Place(cwd.resolve()))
        layers = _layers(loaded, chosen, cwd, isolation)
        plain = judge(requests, layers)
        walled = plain
        if isolation != "none" and tool == "bash" and not chosen.read_only:
            walled = judge(requests, layers, sandboxed=True)
        return Checked(
            tool,
            dict(arguments),
            chosen.name,
            plain.verdict,
            plain.reasons,
            requests,
            isolation,
            walled.verdict,
            _change(tool, plain, walled, isolation, chosen),
        )

    def _settings(self, cwd: Path, overlay: Mapping[str, Any]) -> tuple[Loaded, Walls]:
        key = (str(cwd), msgspec.json.encode(overlay, order="sorted"))
        if key not in self._found:
            loaded = load_settings(cwd, overrides=overlay, trusted=trust.is_trusted)
            self._found[key] = (loaded, self._given or _walls(loaded.settings, cwd))
        return self._found[key]


def _layers(loaded: Loaded, agent: Agent, cwd: Path, isolation: Isolation) -> list[Layer]:
    granted = Grants().rules("", loaded.root)
    return [
        builtin_layer(),
        *layers_of(loaded.sources, cwd),
        agent_layer(agent, isolation),
        grants_layer(granted),
    ]


def _requests(tool: AnyTool, arguments: dict[str, Any], place: Place) -> list[Request]:
    try:
        args = tool.parse(arguments)
    except msgspec.ValidationError as error:
        raise UsageError(f"The input does not fit {tool.name}: {error}") from None
    return tool_request(tool.name, tool.requests(args, place))


def _walls(settings: Settings, cwd: Path) -> Walls:
    with closing(Sandbox(Policy((cwd,)), enabled=settings.sandbox.enabled)) as sandbox:
        return sandbox.isolation, "none" if sandbox.wall.kind == "none" else "read-only"


def _change(
    tool: str, plain: Judgement, walled: Judgement, isolation: Isolation, agent: Agent
) -> str:
    if tool != "bash":
        return "the sandbox is for commands; it changes nothing here"
    if isolation == "none":
        return "there is no sandbox here, or it is switched off; it changes nothing"
    if agent.read_only:
        return f"{agent.name} runs commands in a read-only sandbox; the verdict stays"
    if plain.verdict == walled.verdict:
        return "the verdict stays the same in the sandbox"
    return f"{walled.verdict} instead of {plain.verdict}: it runs in the sandbox"
