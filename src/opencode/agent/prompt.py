"""The words a model gets: a prefix that never changes in a session, changing facts at its tail."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files

from opencode.agent.agents import offered
from opencode.core.agent import Agent
from opencode.core.message import Message, TextPart
from opencode.core.session import Prefix, Session
from opencode.core.tool import AnyTool

_NAMED = 3
"""Tools that joined and are named to the person; the others are counted."""


@dataclass(frozen=True)
class Setting:
    """What the system prompt says of the project, gathered once a session."""

    directory: str
    is_git: bool
    rules: list[tuple[str, str]]
    """Rules files as (path, text), outermost first."""


def prefix_of(
    session: Session,
    agent: Agent,
    model: str,
    tools: Mapping[str, AnyTool],
    setting: Setting,
    few: Mapping[str, AnyTool] | None = None,
) -> Prefix:
    """The session's stored prefix, or the first one. It is rebuilt only for another model, and
    grows at its end when tools join; both are counted, since they cost a cache. `few` are the
    tools of a small model, which gets shorter words, too."""
    old = session.prefix
    lean = old.lean if old and old.model == model else few is not None
    if lean:
        names = {t.name for t in old.tools} if old and few is None else few or {}
        tools = {name: tool for name, tool in tools.items() if name in names}
    specs = [tool.spec() for tool in offered(agent, tools)]
    if old is None:
        return Prefix(model, system_text(agent, setting, lean=lean), specs, lean=lean)
    if old.lean != lean:
        breaks = [*old.breaks, f"model {model}"]
        return Prefix(model, system_text(agent, setting, lean=lean), specs, breaks, lean)
    known = {tool.name for tool in old.tools}
    joined = [spec for spec in specs if spec.name not in known]
    if old.model != model:
        gone = known - set(tools)
        kept = [t for t in old.tools if t.name not in gone]
        breaks = [*old.breaks, f"model {model}"]
        return Prefix(model, old.system, [*kept, *joined], breaks, lean)
    if joined:
        names = ", ".join(spec.name for spec in joined[:_NAMED])
        more = f" and {len(joined) - _NAMED} more" if len(joined) > _NAMED else ""
        breaks = [*old.breaks, f"tools {names}{more}"]
        return Prefix(model, old.system, [*old.tools, *joined], breaks, lean)
    return old


def system_text(agent: Agent, setting: Setting, *, lean: bool = False) -> str:
    """The system prompt: our words, the agent's, where it works, the project's rules."""
    where = (
        f"Working directory: {setting.directory}"
        f"{' (git)' if setting.is_git else ''}. System: {platform.system()}."
    )
    blocks = [words_of("lean" if lean else "system")]
    if agent.prompt:
        blocks.append(agent.prompt.strip())
    blocks.append(where)
    blocks += [rules_block(path, text) for path, text in setting.rules]
    return "\n\n".join(blocks)


def words_of(name: str) -> str:
    """Our own words, by the name of their file."""
    return files("opencode.agent").joinpath(f"prompts/{name}.md").read_text("utf-8").strip()


def rules_block(path: str, text: str) -> str:
    """A rules file as the model sees it."""
    return f'<rules from="{path}">\n{text.strip()}\n</rules>'


def facts(session: Session, agent: Agent, today: date) -> list[TextPart]:
    """What changed since the model was last told: the day, the agent. They go with the newest
    user message, so that everything before stays as it was sent."""
    told = _told(session.messages)
    lines: list[str] = []
    day = f"Today is {today.isoformat()}."
    if day not in told:
        lines.append(day)
    last = _last_agent(session.messages)
    if last and agent.name != last:
        lines.append(_switch(agent))
    return [TextPart("\n".join(lines), origin="facts")] if lines else []


def _switch(agent: Agent) -> str:
    if agent.prompt:
        return f"From here on you are the {agent.name} agent. {agent.prompt.strip()}"
    return f"From here on you are the {agent.name} agent: you may change files and run commands."


def _last_agent(messages: list[Message]) -> str:
    """Who was told to answer last; the first agent's words stand in the system prompt."""
    spoke = [m.agent for m in messages if m.role == "user" and m.agent]
    return spoke[-1] if spoke else ""


def _told(messages: list[Message]) -> str:
    for message in reversed(messages):
        for part in message.parts:
            if isinstance(part, TextPart) and part.origin == "facts" and "Today is" in part.text:
                return part.text
    return ""
