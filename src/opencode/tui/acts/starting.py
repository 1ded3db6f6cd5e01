"""What is looked up once the door is open, and what the command line named that must exist."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from opencode.core.agent import Agent
from opencode.core.error import OpenCodeError, UsageError
from opencode.i18n.catalog import t
from opencode.tui.desk import Desk
from opencode.tui.options import Options


def check(options: Options, agents: Sequence[Agent]) -> None:
    """UsageError for an agent nobody knows or that only others may call."""
    known = [agent.name for agent in agents if agent.mode != "subagent"]
    if options.agent and options.agent not in known:
        raise UsageError(
            f"There is no agent {options.agent!r}.", hint=f"There are: {', '.join(known)}."
        )


async def show(desk: Desk, options: Options, session_id: str) -> None:
    """A session, answered by whom the command line names; or nothing yet."""
    if session_id:
        session = await desk.door.session(session_id)
        if options.agent or options.model:
            named = {"agent": options.agent, "model": options.model}
            session = await desk.door.update(session.id, **named)
        await desk.show_session(session)
    else:
        wanted = options.agent or options.default_agent
        desk.facts.agent = wanted or (desk.agents[0].name if desk.agents else "")
        desk.refresh()


async def look_at_wall(desk: Desk) -> None:
    """What stands around commands."""
    desk.facts.isolation = await desk.door.isolation()
    desk.refresh()


async def look_at_model(desk: Desk) -> None:
    """Who will answer; without any key a line that says what can be done about it."""
    try:
        info = await desk.door.default_model()
    except OpenCodeError as error:
        desk.facts.stranger = desk.facts.model
        desk.tell("warning", error.message, error.hint)
        desk.refresh()
        return
    if desk.facts.model == info.id:
        desk.facts.window = info.window
        desk.refresh()
    if desk.facts.session or not info.id:
        return
    if desk.facts.model in ("", desk.ground.options.model):
        desk.facts.model, desk.facts.window = info.id, info.window
        desk.refresh()
    if info.missing and desk.facts.model == info.id:
        desk.facts.locked = info.id
        what, _, how = info.missing.partition("\n")
        desk.tell("warning", what, how)
        desk.refresh()
    if desk.facts.model.startswith("offline/"):
        desk.tell("info", t("models.keyless"), t("models.keyless_hint"), "models.keyless")


async def look_at_branch(desk: Desk) -> None:
    """The branch that is checked out."""
    facts = desk.facts
    is_known = bool(facts.session or not facts.where)
    folder = Path(facts.directory or ".")
    branch = await asyncio.to_thread(branch_of, folder) if is_known else ""
    if branch != desk.facts.branch:
        desk.facts.branch = branch
        desk.refresh()


def branch_of(folder: Path) -> str:
    """The branch of the work tree `folder` lies in, read from its files without running git; the
    beginning of the commit when it is detached, "" outside of git."""
    for place in (folder, *folder.parents):
        marked = place / ".git"
        try:
            if marked.is_file():  # a worktree or submodule says where its own files are
                marked = place / marked.read_text("utf-8").strip().removeprefix("gitdir: ")
            head = (marked / "HEAD").read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            continue
        name = head.removeprefix("ref: ").removeprefix("refs/heads/")
        return name if head.startswith("ref: ") else head[:8]
    return ""
