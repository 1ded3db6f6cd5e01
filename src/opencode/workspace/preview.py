"""The request a prompt would make, without making it: nothing is sent, run or written down."""

import re
from typing import Any

import msgspec
from msgspec import Struct

from opencode.agent.agents import agent_named
from opencode.agent.context.measure import Gauge, size_of, size_of_text
from opencode.config import paths
from opencode.core.door import NOTHING_ALONG
from opencode.core.error import UsageError
from opencode.core.message import FilePart, Message, TextPart
from opencode.core.provider import ModelRequest
from opencode.core.session import Session, new_session
from opencode.core.tool import Spawned
from opencode.providers.choose import BUILT_IN
from opencode.providers.router import Router
from opencode.providers.wire.convert import arguments, message_dicts
from opencode.session.undo.history import FileHistory
from opencode.workspace.door.heard import message_of, understood
from opencode.workspace.kit import Asker, pack
from opencode.workspace.live import Live
from opencode.workspace.workspace import Workspace

_RULES = re.compile(r'<rules from="([^"\n]+)">.*?</rules>', re.DOTALL)


class Portion(Struct, frozen=True):
    """One part of a request and about how many tokens it is."""

    part: str
    """system, rules, tool, user or assistant."""
    name: str
    tokens: int


async def request_of(
    workspace: Workspace, text: str, *, session: str = "", agent: str = "", model: str = ""
) -> ModelRequest:
    """What would be sent if `text` were said now, in that session or in a new one. MCP servers
    are started and their tools are among it. UsageError for names that do not exist."""
    rooms = workspace.rooms
    heard = understood(text, rooms, agent, model)
    if session:
        conversation = await workspace.session(session)
    else:
        conversation = new_session(str(rooms.place.cwd), agent=rooms.settings.default_agent)
        conversation.effort = rooms.settings.effort
    conversation.agent = heard.agent or conversation.agent
    chosen = agent_named(conversation.agent, rooms.agents)
    wanted = heard.model or conversation.model or chosen.model or workspace.model
    conversation.model = (await rooms.provider.info(wanted)).id
    if text:
        message = await message_of(heard, conversation, [], rooms, NOTHING_ALONG)
        conversation.messages.append(message)
    files = FileHistory(paths.data_dir(), rooms.place.cwd, conversation.id)
    kit = pack(rooms, Live(conversation, files), _keep_nothing, _Nobody())
    return await kit.compose(conversation, kit.agent(conversation))


def portions(request: ModelRequest) -> list[Portion]:
    """The parts of a request by size; a token is guessed at, as the model has not counted yet."""
    gauge = Gauge()

    def portion(part: str, name: str, size: int) -> Portion:
        return Portion(part, name, gauge.tokens(size, request.model))

    rules = list(_RULES.finditer(request.system))
    own = size_of_text(request.system) - sum(size_of_text(found[0]) for found in rules)
    found = [portion("system", "instructions", own)]
    found += [portion("rules", one[1], size_of_text(one[0])) for one in rules]
    found += [portion("tool", tool.name, len(msgspec.json.encode(tool))) for tool in request.tools]
    found += [portion(m.role, _name(m), size_of([m])) for m in request.messages]
    return found


def _name(message: Message) -> str:
    words = " ".join(message.text.split())
    also = [part.origin for part in message.parts if isinstance(part, TextPart) and part.origin]
    also += [part.name for part in message.parts if isinstance(part, FilePart)]
    also += [call.tool for call in message.calls]
    return words[:40] + ("…" if len(words) > 40 else "") + (f" + {', '.join(also)}" if also else "")


async def _keep_nothing(session: Session, *touched: Message, sync: bool = False) -> None:
    del session, touched, sync


class _Nobody:
    """Stands in for sub-agents: a request that is only looked at starts none."""

    async def __call__(self, by: Asker, name: str, prompt: str, session_id: str) -> Spawned:
        """Nobody is there."""
        raise UsageError("This request is only looked at.")

    def delegates(self, by: Asker) -> Any:
        """None."""
        raise UsageError("This request is only looked at.")

    async def heard(self, session: Session) -> None:
        """Nothing is waited for."""
        del session


async def wire_of(workspace: Workspace, request: ModelRequest) -> dict[str, Any]:
    """The request in the words the provider's library gets, keys blacked out. AuthError without a
    key; {} for the keyless default, which sends nothing."""
    provider = workspace.rooms.provider
    if not isinstance(provider, Router) or request.model.partition("/")[0] in BUILT_IN:
        return {}
    route = await provider.route(request)
    history = [one for m in request.messages for one in message_dicts(m, thinks=route.thinks)]
    call = arguments(route, request.system, request.tools, history, request.session)
    secret = ("key", "token", "secret", "authorization")
    return {
        name: "[hidden]" if value and name.lower().endswith(secret) else value
        for name, value in call.items()
    }
