"""A tool a person or a program calls without a model: the same gate, written down like any call."""

from typing import Any

from opencode.agent.loop import Kit, execute
from opencode.core.ids import new_id
from opencode.core.message import ToolPart
from opencode.workspace.live import Live


async def called_by_hand(live: Live, kit: Kit, name: str, input: dict[str, Any]) -> ToolPart:
    """The call with its outcome, an answer of the session of its own."""
    session = live.session
    message = session.begin_answer(session.agent, "")
    call = ToolPart(new_id("call"), name, dict(input))
    message.parts.append(call)
    live.files.begin(message.id)
    await execute(session, kit.agent(session), message, call, kit)
    message.finish = "stop"
    await kit.save(session, message, sync=True)
    return call
