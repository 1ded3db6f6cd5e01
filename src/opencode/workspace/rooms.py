"""The rooms as one project holds them open: wired once, lent to every run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from opencode.agent.context.measure import Gauge
from opencode.agent.context.media import Media
from opencode.agent.gate import Gate
from opencode.agent.hooks import Hooks, NoHooks
from opencode.agent.inbox import Inbox
from opencode.agent.prompt import Setting
from opencode.config.schema import Settings
from opencode.core.agent import Agent
from opencode.core.bus import Bus
from opencode.core.code import CodeIntel
from opencode.core.command import Command
from opencode.core.files import Buffers
from opencode.core.place import Place
from opencode.core.provider import Provider
from opencode.core.shell import Shell
from opencode.core.tool import AnyTool
from opencode.tools.shared.formatters import Formatters
from opencode.workspace.collaborators.joining import Joining
from opencode.workspace.subagents.family import Family


@dataclass(frozen=True)
class Rooms:
    """What the workspace holds open for every run."""

    settings: Settings
    place: Place
    setting: Setting
    provider: Provider
    tools: Mapping[str, AnyTool]
    agents: Mapping[str, Agent]
    shell: Shell
    gate: Gate
    inbox: Inbox
    bus: Bus
    scratch: Path
    """Where long outputs lie whole."""
    joining: Joining
    family: Family = field(default_factory=Family)
    commands: Mapping[str, Command] = field(default_factory=dict[str, Command])
    hooks: Hooks = field(default_factory=NoHooks)
    media: Media = field(default_factory=Media)
    """Pictures shrunk once, not at every step."""
    gauge: Gauge = field(default_factory=Gauge)
    """What each model calls a token, learned from its answers."""
    code: CodeIntel | None = None
    """What language servers know."""
    formatters: Formatters | None = None
    """What lays edits out."""
    buffers: Buffers | None = None
    """What an editor holds open."""
    in_sight: Callable[[str, str], Shell] | None = None
    """The shell of a (person's session, call) whose commands run in the person's terminals."""
