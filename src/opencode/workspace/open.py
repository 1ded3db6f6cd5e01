"""Opens a project: reads its settings, starts the model worker early, and wires the rooms."""

import asyncio
import os
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from opencode.agent.gate import Gate, OnAsk
from opencode.agent.inbox import Inbox
from opencode.config import paths, trust
from opencode.config.grants import Grants
from opencode.config.load import Loaded, load_settings
from opencode.config.rules import layers_of
from opencode.config.secrets import stored_keys
from opencode.core.agent import Agent
from opencode.core.bus import Bus
from opencode.core.error import OpenCodeError, UsageError
from opencode.core.files import Buffers
from opencode.core.layers import agent_layer, builtin_layer, grants_layer
from opencode.core.permission import Layer, Rule, Scope
from opencode.core.place import Place
from opencode.core.session import Session
from opencode.core.shell import Isolation, Terminals
from opencode.core.tool import AnyTool
from opencode.host import log
from opencode.providers import catalog
from opencode.providers.choose import default_model
from opencode.providers.router import Router, open_provider
from opencode.session.places import Folder, session_folder
from opencode.session.store import SessionStore
from opencode.tools.shared.formatters import Formatters
from opencode.workspace.collaborators.foreseeing import foresight
from opencode.workspace.collaborators.hooks import UserHooks
from opencode.workspace.collaborators.in_sight import InSight
from opencode.workspace.collaborators.joining import Joining
from opencode.workspace.collaborators.vouching import Vouching
from opencode.workspace.opening import diary
from opencode.workspace.opening.extend import Extras, extras_of, usable
from opencode.workspace.opening.intel import code_of, environment_of
from opencode.workspace.opening.project import git_root, setting_of
from opencode.workspace.opening.reaching import servers_within_reach, settle, shut
from opencode.workspace.opening.shelf import services, tools_on_shelf
from opencode.workspace.opening.upkeep import tidy
from opencode.workspace.opening.walls import Walls, walls_of
from opencode.workspace.rooms import Rooms
from opencode.workspace.subagents.family import Family
from opencode.workspace.workspace import Workspace


@dataclass(frozen=True)
class Opening:
    """How a project is to be opened."""

    directory: Path
    profile: str = ""
    model: str = ""
    on_ask: OnAsk = "wait"
    allow_irreversible: bool = False
    trust: bool = False
    """What the project's settings say takes effect, this time."""
    overrides: dict[str, Any] = field(default_factory=dict[str, Any])
    """Settings by flags, spelled as in a file."""
    titles: bool = False
    """Whether a model may name sessions: a request nobody typed."""
    what: str = "opencode"
    """What another process reads about who holds a session."""
    servers_within: float | None = 0.0
    """Seconds a first request waits for MCP servers that are starting; None starts none."""
    buffers: Buffers | None = None
    """Files an editor holds open."""
    terminals: Terminals | None = None
    """Where agents that may write run their commands, instead of in our sandbox."""
    tools: Sequence[AnyTool] = ()
    """Tools of the program that opens it: allowed unless a rule says otherwise."""
    say: Callable[[str], str] = str
    """Puts what the keyless rules say into the language of the person."""


@asynccontextmanager
async def open_workspace(opening: Opening) -> AsyncGenerator[Workspace]:
    """The project, until the block ends: then runs are cancelled, sessions saved, children gone.
    UsageError when there is no such folder."""
    if not await asyncio.to_thread(opening.directory.is_dir):
        raise UsageError(f"{opening.directory} is no folder.")
    loaded = load_settings(
        opening.directory,
        profile=opening.profile,
        overrides=opening.overrides,
        trusted=True if opening.trust else trust.is_trusted,
        key_variables=catalog.key_variables(),
    )
    keys: dict[str, str] = {}
    stored = stored_keys()

    def secret(provider: str) -> str | None:
        return keys[provider] or None if provider in keys else stored.get(provider)

    settings = loaded.settings
    loaded.warnings.extend(settle(settings))
    log.settle(settings.log.level, json=settings.log.json)
    log.hide([*stored.values(), *(one.api_key for one in settings.providers.values())])
    async with AsyncExitStack() as stack:
        stack.enter_context(_unwrapped())
        provider = await stack.enter_async_context(
            open_provider(settings, secret, os.environ, paths.runtime_dir(), opening.say)
        )
        model = opening.model or default_model(settings, secret, os.environ)
        group = await stack.enter_async_context(asyncio.TaskGroup())
        starting = group.create_task(_start(provider, model))
        workspace = _wire(opening, loaded, provider, model, keys, group)
        serving = group.create_task(workspace.rooms.joining.start())
        tidying = group.create_task(tidy(workspace.store))
        stack.callback(serving.cancel)
        if workspace.rooms.code:
            stack.push_async_callback(workspace.rooms.code.close)
        stack.push_async_callback(workspace.close)
        yield workspace
        starting.cancel()
        tidying.cancel()


@contextmanager
def _unwrapped() -> Generator[None]:
    """An error of the block comes out as it is, without the task group around it."""
    try:
        yield
    except ExceptionGroup as group:
        alike = all(isinstance(error, OpenCodeError) for error in group.exceptions)
        if alike or len(group.exceptions) == 1:
            raise group.exceptions[0] from None
        raise


async def _start(provider: Router, model: str) -> None:
    """Have the worker ready; if it cannot start, the first request says why."""
    try:
        await provider.start(model)
    except OpenCodeError:
        return


def _wire(
    opening: Opening,
    loaded: Loaded,
    provider: Router,
    model: str,
    keys: dict[str, str],
    group: asyncio.TaskGroup,
) -> Workspace:
    settings, here = loaded.settings, opening.directory
    data = paths.data_dir()
    folder = _place_of_sessions(loaded, here, data)
    store = SessionStore(folder.path, data, here, settings.session, what=opening.what)
    extras = extras_of(loaded, here)
    rooms = _rooms(opening, loaded, provider, extras, group)
    workspace = Workspace(rooms, store, group, model=model, keys=keys, titles=opening.titles)
    workspace.notices.extend([*loaded.warnings, *filter(None, [folder.notice])])
    laid = rooms.formatters.notices if rooms.formatters else []
    workspace.notices.extend([*extras.notices, *rooms.joining.notices, *laid])
    return workspace


def _rooms(
    opening: Opening,
    loaded: Loaded,
    provider: Router,
    extras: Extras,
    group: asyncio.TaskGroup,
) -> Rooms:
    settings, here = loaded.settings, opening.directory
    bus, family = Bus(diary.note), Family()
    vouching = Vouching(loaded.pins, family)
    hooks = UserHooks(settings.hooks, here, os.environ, bus.emit, vouching)
    inbox = Inbox(hooks.emit)
    vouching.inbox = inbox if opening.on_ask == "wait" else None
    scratch = paths.data_dir() / "outputs"
    walls = walls_of(settings, here, scratch, bus)
    root = git_root(here)
    place = Place(here, (scratch, *((root,) if root and root != here else ())))
    mcp = servers_within_reach(settings)
    shelf = shut(settings, tools_on_shelf(settings.tools, services(settings)))
    code = code_of(settings, here, bus.emit, loaded.pins)
    if code is None:
        shelf.pop("lsp", None)
    return Rooms(
        settings=settings,
        place=place,
        setting=setting_of(here, paths.config_dir(), settings.instructions),
        provider=provider,
        tools={
            **usable(shelf, extras, is_anyone_here=opening.on_ask == "wait"),
            **{tool.name: tool for tool in opening.tools},
        },
        agents=extras.agents,
        commands=extras.commands,
        hooks=hooks,
        shell=walls.shell,
        gate=_gate(opening, loaded, inbox, walls, family, group),
        inbox=inbox,
        bus=bus,
        scratch=scratch,
        joining=Joining(mcp, place, shelf, bus.emit, opening.servers_within, loaded.pins),
        family=family,
        code=code,
        formatters=_formatters(loaded, here),
        buffers=opening.buffers,
        in_sight=partial(InSight, walls.shell, opening.terminals) if opening.terminals else None,
    )


def _formatters(loaded: Loaded, here: Path) -> Formatters:
    settings, env = loaded.settings.formatter, environment_of(loaded.settings)
    return Formatters(here, settings, env, trusted=loaded.trusted, pins=loaded.pins)


def _place_of_sessions(loaded: Loaded, here: Path, data: Path) -> Folder:
    return session_folder(
        here,
        data,
        loaded.settings.project_dir,
        of_project=loaded.origins.get("project_dir", "").startswith("project"),
        trusted=loaded.trusted,
    )


def _gate(
    opening: Opening,
    loaded: Loaded,
    inbox: Inbox,
    walls: Walls,
    family: Family,
    group: asyncio.TaskGroup,
) -> Gate:
    here, grants = opening.directory, Grants()
    sandbox, shell = walls
    prepared = group.create_task(shell.prepare())
    own = Layer("program", [Rule(tool.name, verdict="allow") for tool in opening.tools])
    written = [own, *layers_of(loaded.sources, here)]

    def isolation() -> Isolation:
        return "none" if opening.terminals else shell.isolation

    def layers(session: Session, agent: Agent) -> list[Layer]:
        wall = "read-only" if sandbox.wall.kind != "none" else "none"
        return [
            builtin_layer(),
            *written,
            agent_layer(agent, wall if agent.read_only else isolation()),
            Layer("session", [r for one in family.line(session) for r in grants.bound(one.id)]),
            grants_layer(grants.rules(family.root(session), loaded.root)),
        ]

    async def remember(session: Session, rules: list[Rule], scope: Scope) -> None:
        if scope != "once":
            await asyncio.to_thread(
                grants.add, rules, scope, session=family.root(session), project=loaded.root
            )

    async def ready() -> None:
        await asyncio.shield(prepared)

    return Gate(
        inbox,
        layers,
        remember,
        lambda agent, _: not agent.read_only and isolation() != "none",
        path=family.path,
        on_ask=lambda: opening.on_ask,
        ready=ready,
        allow_irreversible=opening.allow_irreversible,
        above=family.above,
        foresee=foresight(Place(here)),
    )
