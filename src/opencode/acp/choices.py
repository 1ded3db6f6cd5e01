"""What a person may set in the editor for a session: agent, model and effort."""

from acp.schema import (
    AvailableCommand,
    AvailableCommandInput,
    SessionConfigOptionSelect,
    SessionConfigSelectOption,
    SessionMode,
    SessionModeState,
    UnstructuredCommandInput,
)

from opencode.core.agent import Agent
from opencode.core.command import Command
from opencode.core.door import Door
from opencode.core.provider import ModelInfo
from opencode.core.session import Session

DEFAULT = "default"
"""An effort nobody chose: the settings speak."""
OWN = {
    "compact": ("Fold the conversation to make room.", "what matters most"),
    "undo": ("Take the last prompt back with the files it changed.", ""),
    "redo": ("Bring back what the last undo took.", ""),
}
"""Commands that are acts of ours and no prompts: (what they do, what may follow)."""


async def modes(door: Door, session: Session) -> SessionModeState:
    """The agents a person can talk to."""
    there = [agent for agent in await door.agents() if agent.mode != "subagent"]
    return SessionModeState(
        current_mode_id=session.agent,
        available_modes=[
            SessionMode(id=agent.name, name=agent.name, description=agent.description or None)
            for agent in there
        ],
    )


async def options(door: Door, session: Session) -> list[SessionConfigOptionSelect]:
    """The same as lists to choose from; effort only where the model knows any."""
    agents = [agent for agent in await door.agents() if agent.mode != "subagent"]
    models = await door.models()
    current = next((one for one in models if one.id == session.model), None)
    found = [
        _select("mode", "Agent", "mode", session.agent, [_agent(one) for one in agents]),
        _select("model", "Model", "model", session.model, [_model(one) for one in models]),
    ]
    efforts = [*current.efforts] if current else []
    if efforts:
        values = [SessionConfigSelectOption(value=one, name=one) for one in (DEFAULT, *efforts)]
        chosen = session.effort or DEFAULT
        found.append(_select("effort", "Effort", "thought_level", chosen, values))
    return found


def commands(there: list[Command]) -> list[AvailableCommand]:
    """What may be typed as `/name`; ours first."""
    own = [_command(name, words, hint) for name, (words, hint) in OWN.items()]
    others = [c for c in there if c.name not in OWN]
    return [*own, *(_command(c.name, c.description or c.name, _hint(c)) for c in others)]


def _select(
    name: str,
    label: str,
    category: str,
    current: str,
    values: list[SessionConfigSelectOption],
) -> SessionConfigOptionSelect:
    if current not in {one.value for one in values}:
        values = [SessionConfigSelectOption(value=current, name=current), *values]
    return SessionConfigOptionSelect.model_validate(
        {
            "id": name,
            "name": label,
            "category": category,
            "type": "select",
            "currentValue": current,
            "options": values,
        }
    )


def _agent(agent: Agent) -> SessionConfigSelectOption:
    return SessionConfigSelectOption(
        value=agent.name, name=agent.name, description=agent.description or None
    )


def _model(info: ModelInfo) -> SessionConfigSelectOption:
    return SessionConfigSelectOption(
        value=info.id, name=info.name or info.id, description=info.id if info.name else None
    )


def _command(name: str, words: str, hint: str) -> AvailableCommand:
    more = AvailableCommandInput(root=UnstructuredCommandInput(hint=hint)) if hint else None
    return AvailableCommand(name=name, description=words, input=more)


def _hint(command: Command) -> str:
    return "arguments" if "$" in command.template else ""
