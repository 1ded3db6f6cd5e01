"""Every command: one row serves slash, palette, help and keys."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from opencode.i18n.catalog import t
from opencode.tui.acts import answering, files, session, setup, view
from opencode.tui.desk import Desk
from opencode.tui.widgets.choices import Choice

Act = Callable[[Desk, str], Awaitable[None]]


@dataclass(frozen=True)
class Command:
    """A name people type, what it does, other names; `hidden` ones have a key only."""

    name: str
    act: Act
    aliases: tuple[str, ...] = ()
    hidden: bool = False

    @property
    def summary(self) -> str:
        """What it does, in the person's language."""
        return t(f"command.{self.name}")


async def _palette(desk: Desk, argument: str) -> None:
    """Choose any command."""
    del argument
    rows = [
        Choice(c.summary, c.name, ", ".join(desk.keys.of(c.name)) or f"/{c.name}")
        for c in COMMANDS
        if c.name != "palette"
    ]
    if chosen := await desk.pick(t("command.palette"), rows):
        await BY_NAME[chosen].act(desk, "")


COMMANDS: tuple[Command, ...] = (
    Command("help", view.help),
    Command("new", session.new),
    Command("sessions", session.sessions, ("resume", "continue")),
    Command("rename", session.rename),
    Command("fork", session.fork),
    Command("undo", session.undo),
    Command("redo", session.redo),
    Command("delete", session.delete),
    Command("export", session.export),
    Command("copy", session.copy),
    Command("save", session.save),
    Command("timeline", session.timeline),
    Command("models", answering.models, ("model",)),
    Command("agents", answering.agents, ("agent",)),
    Command("themes", setup.themes, ("theme",)),
    Command("settings", setup.settings, ("config",)),
    Command("mcp", setup.mcp, ("mcps",)),
    Command("permissions", setup.permissions),
    Command("language", view.language),
    Command("diff", files.review, ("review",)),
    Command("open", files.open_file, ("preview",)),
    Command("parent", files.parent),
    Command("sidebar", view.sidebar),
    Command("details", view.details),
    Command("find", view.find),
    Command("editor", view.editor),
    Command("status", view.status),
    Command("clear", view.clear),
    Command("quit", view.quit, ("exit", "q")),
    Command("palette", _palette, hidden=True),
    Command("next_agent", answering.next_agent, hidden=True),
    Command("last_agent", answering.last_agent, hidden=True),
    Command("transcript", view.transcript, hidden=True),
    Command("suspend", view.suspend, hidden=True),
    Command("page_up", view.page_up, hidden=True),
    Command("page_down", view.page_down, hidden=True),
    Command("first", view.first, hidden=True),
    Command("last", view.last, hidden=True),
)

BY_NAME = {name: c for c in COMMANDS for name in (c.name, *c.aliases)}


def slashed() -> list[tuple[str, str]]:
    """What can be typed after a slash: (name, what it does)."""
    return [(c.name, c.summary) for c in COMMANDS if not c.hidden]
