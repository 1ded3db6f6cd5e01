"""Packs what one run works with: the only place where the loop's collaborators come together."""

from collections.abc import Awaitable, Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from opencode.agent.agents import agent_named, hidden_agent
from opencode.agent.budget import Budget
from opencode.agent.context.compaction import Compaction
from opencode.agent.kit import Kit, Save
from opencode.agent.loop import execute
from opencode.agent.prompt import facts
from opencode.agent.structured import WithShape
from opencode.agent.wishes import narrowed
from opencode.config.schema import LimitsSection
from opencode.core.agent import Agent
from opencode.core.ask import Ask, Question
from opencode.core.delegate import Delegates
from opencode.core.error import ToolError
from opencode.core.event import AgentSwitched, Event, MessageAdded, TodosChanged, ToolProgress
from opencode.core.ids import new_id
from opencode.core.message import Message, TextPart, ToolPart
from opencode.core.provider import ModelRequest
from opencode.core.session import Session
from opencode.core.shell import Shell
from opencode.core.tool import Spawned, ToolContext
from opencode.workspace.collaborators.buffered import behind
from opencode.workspace.collaborators.composing import Composer
from opencode.workspace.collaborators.fallback import Fallback
from opencode.workspace.collaborators.formatting import Layout
from opencode.workspace.collaborators.inspecting import Inspector, patience
from opencode.workspace.collaborators.joining import Joined
from opencode.workspace.collaborators.lending import lent
from opencode.workspace.collaborators.offer import Offer
from opencode.workspace.collaborators.reading import readable
from opencode.workspace.live import Live
from opencode.workspace.opening.project import rules_near
from opencode.workspace.opening.shelf import services
from opencode.workspace.rooms import Rooms


@dataclass(frozen=True)
class Asker:
    """Who wants a sub-agent, and in which call."""

    live: Live
    agent: Agent
    """As it may work here, itself perhaps a sub-agent."""
    call: ToolPart
    kit: Kit
    progress: Callable[[str], None]


class Spawn(Protocol):
    """Sub-agents, waited for or not."""

    async def __call__(self, by: Asker, name: str, prompt: str, session_id: str) -> Spawned:
        """See `core.tool.ToolContext.spawn`."""
        ...

    def delegates(self, by: Asker) -> Delegates:
        """Those in the background."""
        ...

    async def heard(self, session: Session) -> None:
        """See `agent.kit.Kit`."""
        ...


Compose = Callable[[Session, Agent], Awaitable[ModelRequest]]


def pack(rooms: Rooms, live: Live, save: Save, spawn: Spawn) -> Kit:
    """The kit of one run."""
    offer = Offer(live.session, rooms.gate, rooms.family)
    joined = Joined(rooms.tools, rooms.joining)
    inspector = Inspector(rooms.code, rooms.place, live.unlooked, patience(rooms.joining))
    layout = Layout(rooms.formatters, rooms.place)
    fallback = Fallback(rooms.settings, rooms.provider, rooms.bus.emit)
    composer = Composer(rooms.settings, rooms.provider, rooms.setting, rooms.media, rooms.bus.emit)

    def agent(session: Session) -> Agent:
        held = rooms.family.held_back(session, agent_named(session.agent, rooms.agents))
        return narrowed(fallback.agent(held, session), live.wish, joined.tools)

    async def compose(session: Session, agent: Agent) -> ModelRequest:
        if changed := await joined.complete(session):
            await save(session, *changed)
        return await composer.request(live, agent, offer.tools(agent, joined.tools))

    def context(session: Session, agent: Agent, message: Message, call: ToolPart) -> ToolContext:
        made = _context(rooms, live, kit, agent, message, call)
        asker = Asker(live, agent, call, kit, made.progress)
        return replace(
            made,
            spawn=partial(spawn, asker),
            delegates=spawn.delegates(asker),
            files=layout.over(behind(live.files, rooms.buffers, rooms.family.root(session))),
            may_read=readable(rooms.gate, rooms.place, session, agent),
            ask_model=lent(rooms.provider, session, agent.model or session.model),
        )

    kit = Kit(
        provider=rooms.provider,
        tools=WithShape(lambda: joined.tools, lambda: live.wish),
        agent=agent,
        compose=compose,
        gate=rooms.gate,
        place=rooms.place,
        emit=partial(_emit, rooms, live),
        save=save,
        context=context,
        budget=_budget(rooms.settings.limits, agent(live.session).max_steps),
        make_room=compaction_of(rooms, live, save, compose).make_room,
        look=lambda result: inspector.look(layout.told(result)),
        late=inspector.late,
        wish=lambda: live.wish,
        hooks=rooms.hooks,
        heard=spawn.heard,
        fall_back=fallback.take,
    )
    return kit


def _emit(rooms: Rooms, live: Live, event: Event) -> None:
    """Of a prompt that joins the run: what changes from now on is undone with it."""
    if isinstance(event, MessageAdded) and event.message.role == "user" and not live.is_guest:
        live.files.begin(event.message.id)
    rooms.bus.emit(event)


def _budget(limits: LimitsSection, own: int) -> Budget:
    """What a run may use: of steps an agent's own number, which widens nothing."""
    steps = own or limits.max_steps
    return Budget(min(limits.max_steps or steps, steps), limits.max_cost, limits.max_seconds)


def compaction_of(rooms: Rooms, live: Live, save: Save, compose: Compose) -> Compaction:
    """What makes room in this session."""

    def running(session: str) -> list[str]:
        jobs = [job for job in rooms.shell.running(session) if job.code is None]
        below = rooms.family.below(session)
        return [
            *(f"{job.id}: {job.command} (pid {job.pid})" for job in jobs),
            *(f"{child.id}: the sub-agent {child.agent}, {child.title}" for child in below),
        ]

    return Compaction(
        rooms.provider,
        rooms.gauge,
        compose,
        save,
        rooms.bus.emit,
        _scratch(rooms, live.session),
        running,
        live.told.clear,
        rooms.hooks,
        hidden_agent("compaction", rooms.agents, live.session.model, rooms.settings.offline),
    )


def _scratch(rooms: Rooms, session: Session) -> Callable[[str, bytes], str]:
    def keep(name: str, content: bytes) -> str:
        rooms.scratch.mkdir(parents=True, exist_ok=True)
        path = rooms.scratch / f"{session.id}_{Path(name).name}"
        path.write_bytes(content)
        return str(path)

    return keep


def told_now(session: Session, agent: Agent) -> list[TextPart]:
    """What the model must hear with the next prompt."""
    return facts(session, agent, date.today())


def _context(
    rooms: Rooms, live: Live, kit: Kit, agent: Agent, message: Message, call: ToolPart
) -> ToolContext:
    session = live.session

    async def ask(questions: list[Question]) -> list[list[str]]:
        if rooms.gate.on_ask() != "wait":
            raise ToolError("Nobody is here to answer. Decide yourself and say what you assumed.")
        waiting = Ask(
            new_id("que"),
            session.id,
            "question",
            call.tool,
            call.id,
            questions=questions,
            path=rooms.family.path(session),
        )
        reply = await rooms.inbox.ask(waiting)
        if reply.verdict == "reject":
            raise ToolError(f"The person did not answer. {reply.reason}".strip())
        return reply.answers

    async def run_tool(name: str, input: dict[str, Any]) -> ToolPart:
        inner = ToolPart(new_id("call"), name, input)
        await execute(session, agent, message, inner, kit)
        return inner

    def near(path: str) -> str:
        return rules_near(rooms.place.resolve(path), rooms.place.cwd, live.told)

    return ToolContext(
        place=rooms.place,
        session=session,
        agent=agent,
        call=call,
        files=live.files,
        shell=_shell(rooms, session, call),
        ask=ask,
        run_tool=run_tool,
        require=partial(kit.gate.require, session, agent, call),
        progress=lambda text: rooms.bus.emit(ToolProgress(session.id, call.id, text)),
        rules_near=near,
        scratch=_scratch(rooms, session),
        output_lines=rooms.settings.limits.tool_output_lines,
        output_bytes=_output_bytes(rooms.settings.limits.tool_output_bytes, live.window),
        changed=_teller(rooms, session),
        secret=services(rooms.settings),
        code=rooms.code,
    )


def _shell(rooms: Rooms, session: Session, call: ToolPart) -> Shell:
    if rooms.in_sight is None:
        return rooms.shell
    return rooms.in_sight(rooms.family.root(session), call.id)


def _output_bytes(limit: int, window: int) -> int:
    """Bytes of one output: the limit, or about a quarter of what the model can read."""
    return min(limit, window) if window else limit


def _teller(rooms: Rooms, session: Session) -> Callable[[], None]:
    """Tells what is other than now when it is called."""
    todos, agent = deepcopy(session.todos), session.agent

    def tell() -> None:
        if session.todos != todos:
            rooms.bus.emit(TodosChanged(session.id, deepcopy(session.todos)))
        if session.agent != agent:
            rooms.bus.emit(AgentSwitched(session.id, session.agent, session.model))

    return tell
