"""What users and projects add to a workspace: agents, commands, skills and tools of their own."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from opencode.agent.agents import BUILT_IN, merge_agents, subagents
from opencode.config.extras import PATTERNS, Kind, project_folders, user_folders
from opencode.config.load import Loaded
from opencode.config.rules import layers_of, map_rules
from opencode.config.schema import AgentSection, CommandSection, Settings
from opencode.core.agent import Agent
from opencode.core.command import Command
from opencode.core.error import ConfigError
from opencode.core.layers import builtin_layer
from opencode.core.permission import Request, judge
from opencode.core.skill import Skill
from opencode.core.tool import AnyTool
from opencode.tools.skill import SkillTool
from opencode.tools.task import Task
from opencode.workspace.door.commands import BUILT_IN as BUILT_IN_COMMANDS


@dataclass(frozen=True)
class Extras:
    """Everything that was added, laid over what is built in."""

    agents: dict[str, Agent]
    commands: dict[str, Command]
    skills: dict[str, Skill]
    tools: dict[str, AnyTool]
    notices: list[str] = field(default_factory=list[str])
    """What could not be used and why, one line each."""


def extras_of(loaded: Loaded, directory: Path) -> Extras:
    """Read what there is; a project's own files only when it is trusted."""
    gatherer = _Gatherer(loaded, directory)
    commands = {command.name: command for command in BUILT_IN_COMMANDS}
    skills = gatherer.skills()
    commands |= {skill.name: _command_of(skill) for skill in skills.values()}
    commands |= gatherer.commands()
    for name, section in loaded.settings.commands.items():
        commands[name] = _command(name, section)
    gatherer.notices += [
        f"hooks.{name} never runs: it needs `on` and either `run` or `python`."
        for name, hook in loaded.settings.hooks.items()
        if not hook.on or not (hook.run or hook.python)
    ]
    return Extras(
        agents_of(loaded.settings, gatherer.agents()),
        dict(sorted(commands.items())),
        skills,
        gatherer.tools(),
        gatherer.notices,
    )


def _command_of(skill: Skill) -> Command:
    """People ask for a skill by its name, too."""
    words = f"Load the skill {skill.name} with the skill tool and do what it says.\n\n$ARGUMENTS"
    return Command(skill.name, words, skill.description, source=skill.path)


def agents_here(loaded: Loaded, directory: Path) -> dict[str, Agent]:
    """The agents alone, for those who need nothing else."""
    return agents_of(loaded.settings, _Gatherer(loaded, directory).agents())


def agents_of(settings: Settings, written: Mapping[str, AgentSection]) -> dict[str, Agent]:
    """The built-in agents, over them those written as markdown, over them the settings'."""
    known = {agent.name for agent in BUILT_IN}
    sections = [*written.items(), *settings.agents.items()]
    changes: list[Agent] = []
    for name, section in sections:
        mode = section.mode or ("primary" if name in known else "all")
        changes.append(_agent(name, section, mode))
        known.add(name)
    return merge_agents(changes, {name for name, section in sections if section.disable})


def usable(
    tools: Mapping[str, AnyTool], extras: Extras, *, is_anyone_here: bool
) -> dict[str, AnyTool]:
    """The tools that can do something here, those that list what there is with their lists."""
    found = {**tools, **extras.tools}
    if not is_anyone_here:
        found.pop("question", None)
    if "task" in found:
        below = subagents(extras.agents)
        lines = [f"{agent.name} ({agent.description.rstrip('.')})" for agent in below]
        found["task"] = Task(f"Agents: {', '.join(lines)}.")
        if not below:
            del found["task"]
    if "skill" in found:
        found["skill"] = SkillTool(extras.skills)
        if not extras.skills:
            del found["skill"]
    return found


class _Gatherer:
    """Reads the folders; what is broken is told and left out."""

    def __init__(self, loaded: Loaded, directory: Path) -> None:
        self._loaded, self._directory = loaded, directory
        self.notices: list[str] = []

    def agents(self) -> dict[str, AgentSection]:
        return self._pages("agent", lambda writing, page: writing.agent_of(page))

    def commands(self) -> dict[str, Command]:
        found: dict[str, Command] = {}

        def make(writing: Any, page: Any) -> None:
            section = writing.command_of(page)
            found[page.name] = _command(page.name, section, str(page.path))

        self._pages("command", make)
        return found

    def skills(self) -> dict[str, Skill]:
        """By the name in the front matter, else the folder's; without those that rules deny."""
        found: dict[str, Skill] = {}

        def make(writing: Any, page: Any) -> None:
            del writing
            name = str(page.meta.get("name") or page.path.parent.name)
            described = str(page.meta.get("description") or "")
            if not described:
                raise ConfigError("a skill needs a description", file=str(page.path))
            found[name] = Skill(name, described, str(page.path))

        self._pages("skill", make)
        layers = [builtin_layer(), *layers_of(self._loaded.sources, self._directory)]
        return {
            name: skill
            for name, skill in sorted(found.items())
            if judge([Request("skill", name)], layers).verdict != "deny"
        }

    def tools(self) -> dict[str, AnyTool]:
        """Those of files and installed packages that bear no name of ours."""
        files = [path for path, _ in self._files("tool")]
        own = import_module("opencode.workspace.opening.custom_tools")
        found: dict[str, AnyTool] = own.custom_tools(files, self.notices.append)
        switches = self._loaded.settings.tools
        return {name: tool for name, tool in found.items() if switches.get(name, True)}

    def _pages(self, kind: Kind, make: Callable[[Any, Any], Any]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for path, name in self._files(kind):
            writing = import_module(
                "opencode.config.formats.markdown"
            )  # 13 ms, where there is a file
            try:
                made[name] = make(writing, writing.page(path, name))
            except ConfigError as error:
                self.notices.append(error.message)
        return made

    def _files(self, kind: Kind) -> Iterator[tuple[Path, str]]:
        folders = user_folders(kind)
        if self._loaded.trusted:
            folders += project_folders(kind, self._loaded.root, self._directory)
        for folder in dict.fromkeys(folders):
            for path in sorted(folder.glob(PATTERNS[kind])):
                if path.is_file():
                    yield path, path.relative_to(folder).with_suffix("").as_posix()


def _agent(name: str, section: AgentSection, mode: Any) -> Agent:
    return Agent(
        name,
        section.description,
        mode,
        section.prompt,
        section.model,
        map_rules(section.permission),
        section.tools,
        max_steps=section.steps or 0,
        temperature=section.temperature,
        effort=section.effort,
        options=section.options,
        color=section.color,
        hidden=section.hidden,
    )


def _command(name: str, section: CommandSection, source: str = "") -> Command:
    return Command(
        name,
        section.template,
        section.description,
        section.agent,
        section.model,
        section.subtask,
        source,
    )
