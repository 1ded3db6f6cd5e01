"""Commands that act on sessions: new, open, rename, fork, undo, export, delete."""

import asyncio
import os
from pathlib import Path

import msgspec

from opencode.core.door import Restored
from opencode.core.error import SessionError
from opencode.core.ids import short_id
from opencode.core.session import Session
from opencode.i18n.catalog import t
from opencode.tui.blocks.block import UserBlock
from opencode.tui.desk import Desk
from opencode.tui.state.as_markdown import as_markdown
from opencode.tui.widgets.choices import Choice


def begun(desk: Desk) -> str:
    """The session in view. SessionError when nothing was said yet: no command makes one."""
    if not desk.facts.session:
        raise SessionError(t("sessions.not_begun"))
    return desk.facts.session


async def new(desk: Desk, argument: str) -> None:
    """A fresh conversation with the same agent and model; it is kept once something is said."""
    desk.show_nothing()
    desk.facts.title = argument


async def save(desk: Desk, argument: str) -> None:
    """Sessions are saved as they grow; say so, and give it a title when one was written."""
    if argument:
        await _name(desk, argument)
    desk.say(t("sessions.saved"))


async def rename(desk: Desk, argument: str) -> None:
    """Another title."""
    title = argument or await desk.ask_line(t("sessions.rename"), desk.facts.title)
    if title:
        await _name(desk, title)
        desk.say(title)


async def _name(desk: Desk, title: str) -> None:
    """What is not begun yet is called so from its first prompt on."""
    if desk.facts.session:
        await desk.door.update(desk.facts.session, title=title)
    desk.facts.title = title


async def fork(desk: Desk, argument: str) -> None:
    """Go on in a copy: of all of it, or up to a prompt one chooses."""
    del argument
    session = await desk.door.session(begun(desk))
    rows = [Choice(t("sessions.fork_all"), "")]
    prompts = [m for m in session.messages if m.role == "user" and m.text]
    rows.extend(Choice(m.text.split("\n")[0], m.id) for m in reversed(prompts))
    chosen = await desk.pick(t("sessions.fork"), rows)
    if chosen is not None:
        await desk.show_session(await desk.door.fork(session.id, chosen))
        desk.say(t("sessions.forked"))


async def undo(desk: Desk, argument: str) -> None:
    """Take back the last prompt and what it changed; the prompt comes back into the input."""
    del argument
    restored = await desk.door.undo(begun(desk))
    await _show_restored(desk, restored, "sessions.undone")
    if restored.prompt and not desk.written():
        desk.write(restored.prompt.text)


async def redo(desk: Desk, argument: str) -> None:
    """Bring back what undo took."""
    del argument
    await _show_restored(desk, await desk.door.redo(begun(desk)), "sessions.redone")


async def compact(desk: Desk, argument: str) -> None:
    """Fold the conversation; words say what matters most. Esc stops it."""
    session = begun(desk)
    folding = t("status.folding")
    desk.facts.begin(folding)
    desk.refresh()
    try:
        await desk.door.compact(session, argument)
        desk.say(t("sessions.folded"))
    finally:
        if desk.facts.doing == folding:
            desk.facts.busy = False
        desk.refresh()


async def _show_restored(desk: Desk, restored: Restored, key: str) -> None:
    await desk.show_session(await desk.door.session(begun(desk)))
    files = ", ".join(restored.files)
    desk.tell("info", t(key, n=len(restored.files)) + (f" {files}" if files else ""))
    if restored.conflicts:
        desk.tell("warning", t("sessions.conflicts", files=", ".join(restored.conflicts)))


async def delete(desk: Desk, argument: str) -> None:
    """To the trash, after asking; a new one takes its place."""
    del argument
    await throw_away(desk, begun(desk), desk.facts.title)


async def throw_away(desk: Desk, id: str, title: str) -> None:
    """A session to the trash, after asking."""
    rows = [Choice(t("confirm.no"), ""), Choice(t("confirm.yes"), "yes")]
    if await desk.pick(t("sessions.delete", title=title), rows):
        await desk.door.delete(id)
        if id == desk.facts.session:
            await new(desk, "")
        desk.say(t("sessions.deleted"))


async def export(desk: Desk, argument: str) -> None:
    """The conversation as a JSON file; a name that ends in .md makes a page to read."""
    await write_out(desk, await desk.door.session(begun(desk)), argument)


async def write_out(desk: Desk, session: Session, name: str) -> None:
    """A session as a file of that name, or of one of its own."""
    name = name.strip() or f"opencode-session-{short_id(session.id)}.json"
    file = Path(desk.facts.directory or ".") / name
    if file.suffix == ".md":
        data = as_markdown(session).encode()
    else:
        data = msgspec.json.format(msgspec.json.encode(session), indent=2) + b"\n"
    await asyncio.to_thread(_write, file, data)
    desk.tell("info", t("sessions.exported", file=str(file)))


def _write(file: Path, data: bytes) -> None:
    part = file.with_name(f".{file.name}.{os.getpid()}")
    part.write_bytes(data)
    part.replace(file)


async def copy(desk: Desk, argument: str) -> None:
    """The last answer, as it was written."""
    del argument
    session = await desk.door.session(begun(desk))
    answers = [m.text for m in session.messages if m.role == "assistant" and m.text]
    if answers:
        await desk.copy(answers[-1])


async def timeline(desk: Desk, argument: str) -> None:
    """Go to one of the prompts."""
    del argument
    said = [b for b in desk.transcript.page.blocks if isinstance(b, UserBlock)]
    rows = [Choice(block.text.split("\n")[0], block.id) for block in reversed(said)]
    if rows and (chosen := await desk.pick(t("command.timeline"), rows)):
        desk.transcript.go_to(chosen)
