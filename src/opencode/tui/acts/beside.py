"""What the sidebar shows beyond the events, and what choosing one of its rows does."""

import asyncio

from opencode.tui.acts import files
from opencode.tui.desk import Desk
from opencode.tui.state.filling import filling


async def measure(desk: Desk) -> None:
    """Read what fills the window, which files changed, how large the window is."""
    facts = desk.facts
    if not facts.window:
        known = {model.id: model.window for model in await desk.models()}
        facts.window = known.get(facts.model, 0)
    if facts.session:
        session = await desk.door.session(facts.session)
        facts.filling = await asyncio.to_thread(filling, session, facts.context)
        facts.parent = session.parent
        facts.changes = [] if session.parent else await desk.door.changes(facts.session)
    for server in await desk.door.mcp_servers():
        facts.servers.setdefault(f"mcp {server.name}", server.state)
    desk.refresh()


async def choose(desk: Desk, value: str) -> None:
    """A row of the sidebar: a session, a file, all changes."""
    kind, _, name = value.partition(":")
    match kind:
        case "session":
            await desk.show_session(await desk.door.session(name))
        case "file":
            await files.show_file(desk, name)
        case "diff":
            await files.review(desk, name)
        case _:
            pass
