"""Every command: one row serves slash, palette, help and keys."""

import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from opencode.core.command import Command as Named
from opencode.core.message import FilePart
from opencode.i18n.catalog import t
from opencode.tui.acts import (
    answering,
    browsing,
    files,
    queue,
    reports,
    saying,
    servers,
    session,
    settings,
    setup,
    view,
)
from opencode.tui.desk import Desk
from opencode.tui.keys import spelled_out
from opencode.tui.widgets.choices import Choice

Act = Callable[[Desk, str], Awaitable[None]]

_SERVED = ("init", "review")
"""Prompts of opencode's own, which are told in the person's language."""
_SKILL = "SKILL.md"
_LONE = re.compile(r"/[a-z_-]+")


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
        Choice(c.summary, c.name, ", ".join(map(spelled_out, desk.keys.of(c.name))) or f"/{c.name}")
        for c in COMMANDS
        if c.name != "palette"
    ]
    more = await desk.door.commands()
    own = {f"/{c.name}": c for c in more if c.name not in BY_NAME or _wins(c)}
    rows += [Choice(_told(c) or name, name, name) for name, c in own.items()]
    chosen = await desk.pick(t("command.palette"), rows)
    if chosen in own:
        await _call(desk, own[chosen])
    elif chosen:
        await BY_NAME[chosen].act(desk, "")


async def _call(desk: Desk, command: Named) -> None:
    """A prompt with a name; one that wants words is put into the input."""
    if "$" in command.template:
        desk.write(f"/{command.name} ")
    else:
        await saying.prompt(desk, f"/{command.name}")


COMMANDS: tuple[Command, ...] = (
    Command("help", view.help),
    Command("new", session.new),
    Command("sessions", browsing.sessions, ("resume", "continue")),
    Command("rename", session.rename),
    Command("fork", session.fork),
    Command("undo", session.undo),
    Command("redo", session.redo),
    Command("compact", session.compact, ("summarize",)),
    Command("delete", session.delete),
    Command("export", session.export),
    Command("copy", session.copy),
    Command("save", session.save),
    Command("timeline", session.timeline),
    Command("queue", queue.queue),
    Command("models", answering.models, ("model",)),
    Command("agents", answering.agents, ("agent",)),
    Command("themes", setup.themes, ("theme",)),
    Command("settings", settings.settings, ("config",)),
    Command("mcp", servers.mcp, ("mcps",)),
    Command("permissions", setup.permissions),
    Command("language", view.language),
    Command("diff", files.review, ("changes",)),
    Command("open", files.open_file, ("preview",)),
    Command("parent", files.parent),
    Command("sidebar", view.sidebar),
    Command("details", view.details),
    Command("find", view.find),
    Command("editor", view.editor),
    Command("status", reports.status),
    Command("cost", reports.cost, ("usage",)),
    Command("share", reports.share),
    Command("unshare", reports.unshare),
    Command("clear", view.clear),
    Command("quit", view.quit, ("exit", "q")),
    Command("palette", _palette, hidden=True),
    Command("sidebar_move", view.sidebar_move, hidden=True),
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


def slashed(more: Iterable[Named] = ()) -> list[tuple[str, str]]:
    """What can be typed after a slash: (name, what it does), our own and prompts with names."""
    named = {c.name: _told(c) for c in more if c.name not in BY_NAME or _wins(c)}
    own = [(c.name, c.summary) for c in COMMANDS if not c.hidden and c.name not in named]
    return own + list(named.items())


def _wins(command: Named) -> bool:
    """A prompt that a person wrote down under the name of one of ours is meant by that name."""
    return bool(command.source) and not command.source.endswith(_SKILL)


def _told(command: Named) -> str:
    is_ours = command.name in _SERVED and not command.source
    return t(f"command.{command.name}") if is_ours else command.description


async def obey(desk: Desk, text: str, attached: Sequence[FilePart] = ()) -> None:
    """What a sent text means: a command, a shell line, a sentence that means a command, or a
    prompt, which alone takes attachments."""
    stripped = text.strip()
    name, _, argument = stripped.removeprefix("/").partition(" ")
    theirs = {c.name for c in await desk.named() if _wins(c)} if name in BY_NAME else set[str]()
    if text.startswith("/") and name in BY_NAME and name not in theirs:
        await BY_NAME[name].act(desk, argument.strip())
    elif text.startswith("!") and stripped[1:]:
        await saying.shell(desk, stripped[1:].strip())
    elif stripped == "!":
        desk.say(t("help.shell"))
        desk.write(stripped)
    elif meant := await _misspelt(desk, text.rstrip()):
        desk.tell("warning", t("chat.no_command", name=name) + meant)
        desk.write(text, attached)
    else:
        await saying.prompt(desk, text, attached)


async def _misspelt(desk: Desk, text: str) -> str:
    """What a single word after a slash may have meant that no command has, but one nearly."""
    if not _LONE.fullmatch(text):
        return ""
    # Few people mistype; the others do not pay for the search of near names.
    from opencode.config.suggest import did_you_mean  # noqa: PLC0415

    named = [name for name, _ in slashed(await desk.door.commands())]
    return "" if text[1:] in named else did_you_mean(text, [f"/{name}" for name in named])
