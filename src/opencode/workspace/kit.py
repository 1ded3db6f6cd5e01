"""Packs what one run works with: the only place where the loop's collaborators come together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from opencode.agent.agents import agent_named
from opencode.agent.budget import Budget
from opencode.agent.gate import Gate
from opencode.agent.history import sendable
from opencode.agent.inbox import Inbox
from opencode.agent.loop import Kit, Save, execute
from opencode.agent.media import Media
from opencode.agent.prompt import Setting, facts, prefix_of
from opencode.config.schema import Settings
from opencode.core.agent import Agent
from opencode.core.ask import Ask, Question
from opencode.core.bus import Bus
from opencode.core.error import ToolError
from opencode.core.event import Notice, ToolProgress
from opencode.core.ids import new_id
from opencode.core.message import Message, TextPart, ToolPart
from opencode.core.place import Place
from opencode.core.provider import ModelRequest, Provider
from opencode.core.session import Session
from opencode.core.shell import Shell
from opencode.core.tool import AnyTool, ToolContext
from opencode.workspace.live import Live
from opencode.workspace.project import rules_near
from opencode.workspace.shelf import service_variable


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
    media: Media = field(default_factory=Media)
    """Pictures shrunk once, not at every step."""


def pack(rooms: Rooms, live: Live, save: Save) -> Kit:
    """The kit of one run."""
    limits = rooms.settings.limits

    def agent(session: Session) -> Agent:
        return agent_named(session.agent, rooms.agents)

    async def compose(session: Session, agent: Agent) -> ModelRequest:
        return await _compose(rooms, session, agent)

    def context(session: Session, agent: Agent, message: Message, call: ToolPart) -> ToolContext:
        return _context(rooms, live, kit, agent, message, call)

    kit = Kit(
        provider=rooms.provider,
        tools=rooms.tools,
        agent=agent,
        compose=compose,
        gate=rooms.gate,
        place=rooms.place,
        emit=rooms.bus.emit,
        save=save,
        context=context,
        budget=Budget(limits.max_steps, limits.max_cost, limits.max_seconds),
    )
    return kit


async def _compose(rooms: Rooms, session: Session, agent: Agent) -> ModelRequest:
    model = agent.model or session.model
    info = await rooms.provider.info(model)
    breaks = len(session.prefix.breaks) if session.prefix else 0
    session.prefix = prefix_of(session, agent, model, rooms.tools, rooms.setting)
    if len(session.prefix.breaks) > breaks:
        why = session.prefix.breaks[-1]
        rooms.bus.emit(
            Notice(session.id, "info", "prefix.break", f"The prompt cache starts anew: {why}.")
        )
    messages = sendable(
        session.messages,
        limit=rooms.settings.session.history_limit,
        can_see=info.can_see,
        can_read_pdf=info.can_read_pdf,
        fit=rooms.media.fit,
    )
    return ModelRequest(
        model,
        session.prefix.system,
        messages,
        session.prefix.tools,
        session=session.id,
        temperature=agent.temperature,
        effort=agent.effort or session.effort,
    )


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
            new_id("que"), session.id, "question", call.tool, call.id, questions=questions
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

    def scratch(name: str, content: bytes) -> str:
        rooms.scratch.mkdir(parents=True, exist_ok=True)
        path = rooms.scratch / f"{session.id}_{Path(name).name}"
        path.write_bytes(content)
        return str(path)

    return ToolContext(
        place=rooms.place,
        session=session,
        agent=agent,
        call=call,
        files=live.files,
        shell=rooms.shell,
        ask=ask,
        run_tool=run_tool,
        progress=lambda text: rooms.bus.emit(ToolProgress(session.id, call.id, text)),
        rules_near=near,
        scratch=scratch,
        secret=service_variable,
    )
