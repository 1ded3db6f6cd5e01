"""Names a session by its model, in the background; costs are counted, failures only logged."""

import logging

from opencode.agent.agents import hidden_agent
from opencode.agent.title import title_of_model
from opencode.core.error import OpenCodeError, ProviderError
from opencode.core.session import Session
from opencode.providers.choose import small_model
from opencode.workspace.rooms import Rooms

log = logging.getLogger(__name__)


async def name_by_model(rooms: Rooms, session: Session, text: str) -> None:
    """Ask the same provider's small model for a name, unless a person gave one meanwhile or
    the agent `title` is switched off."""
    if "title" not in rooms.agents:
        return
    model = small_model(rooms.settings, session.model)
    if rooms.settings.offline and model.partition("/")[0] != session.model.partition("/")[0]:
        model = session.model
    namer = hidden_agent("title", rooms.agents, session.model, rooms.settings.offline)
    try:
        title, usage = await title_of_model(rooms.provider, namer, model, text)
    except ProviderError as error:
        session.usage += error.usage
        log.info("no title: %s", error.message)
        return
    except OpenCodeError as error:
        log.info("no title: %s", error.message)
        return
    session.usage += usage
    if title and session.titled_by == "words":
        session.title, session.titled_by = title, "model"
