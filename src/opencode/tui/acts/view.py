"""Commands about what is seen: themes, languages, panels, folding, finding, leaving."""

import asyncio
import os
import shlex
import sys
import tempfile
from pathlib import Path

from opencode.i18n.catalog import language_of, spoken, t
from opencode.i18n.catalog import languages as known_languages
from opencode.tui.desk import Desk
from opencode.tui.here import app_of
from opencode.tui.terminal import has_shell
from opencode.tui.widgets.choices import Choice
from opencode.tui.widgets.transcript import Transcript

_EDITOR = "notepad" if sys.platform == "win32" else "vi"


async def language(desk: Desk, argument: str) -> None:
    """Choose the language of everything we say."""
    chosen = language_of(argument) or None
    if argument and not chosen:
        desk.say(t("language.none", name=argument))
    if chosen is None:
        rows = [Choice(name, code, code) for code, name in known_languages().items()]
        chosen = await desk.pick(t("command.language"), rows, spoken().language)
    if chosen:
        desk.show_language(chosen)


async def help(desk: Desk, argument: str) -> None:
    """Keys and commands."""
    del argument
    desk.toggle("help")


async def sidebar(desk: Desk, argument: str) -> None:
    """Show or hide the sidebar."""
    del argument
    desk.toggle("sidebar")


async def sidebar_move(desk: Desk, argument: str) -> None:
    """Let the keys move in the sidebar."""
    del argument
    desk.enter_sidebar()


async def clear(desk: Desk, argument: str) -> None:
    """Empty the view; the session stays as it is."""
    del argument
    desk.transcript.show([])


async def details(desk: Desk, argument: str) -> None:
    """Open or shut everything that can be folded."""
    del argument
    desk.transcript.fold_all(None)


async def find(desk: Desk, argument: str) -> None:
    """Look for a text in the conversation."""
    desk.transcript.post_message(Transcript.Seeking(argument))


async def transcript(desk: Desk, argument: str) -> None:
    """Put the cursor into the conversation."""
    del argument
    desk.transcript.focus()


async def editor(desk: Desk, argument: str) -> None:
    """Write the prompt in one's own editor."""
    del argument
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or _EDITOR
    app = app_of(desk.transcript)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "prompt.md"
        file.write_text(desk.written(), "utf-8")
        with app.suspend():
            code = await _edited(command, file)
        text = file.read_text("utf-8", "replace")
    app.refresh()
    if code == 0:
        desk.write(text.rstrip("\n"))
    else:
        desk.tell("error", t("editor.failed", command=command), t("editor.hint"))


async def _edited(command: str, file: Path) -> int:
    """What the editor returned, 1 when there is none: an error in here would leave the app without
    its terminal. It ends with us."""
    try:
        process = await asyncio.create_subprocess_exec(*shlex.split(command), str(file))
    except (OSError, ValueError):
        return 1
    try:
        return await process.wait()
    finally:
        if process.returncode is None:
            process.terminate()


async def suspend(desk: Desk, argument: str) -> None:
    """To the background, as the shell's job control does it."""
    del argument
    if has_shell():
        app_of(desk.transcript).action_suspend_process()
    else:
        desk.say(t("chat.no_shell"))


async def quit(desk: Desk, argument: str) -> None:
    """Leave."""
    del argument
    desk.leave()


async def page_up(desk: Desk, argument: str) -> None:
    """A page up."""
    del argument
    desk.read.action_pages(-1)


async def page_down(desk: Desk, argument: str) -> None:
    """A page down."""
    del argument
    desk.read.action_pages(1)


async def first(desk: Desk, argument: str) -> None:
    """The beginning."""
    del argument
    desk.read.action_edge("home")


async def last(desk: Desk, argument: str) -> None:
    """The end."""
    del argument
    desk.read.action_edge("end")
